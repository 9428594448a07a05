/**
 * serve.c - the event loop of a single-threaded component.
 */
#include "sdk/ipc/serve.h"

#include <corm/status.h>
#include "lib/base/bits.h"
#include "sdk/ipc/invoke.h"
#include "sdk/rt/component.h"

static void serve_each(void *ctx, uint64_t bits, void (*handle)(void *ctx, uint32_t index))
{
    for (; bits != 0 && handle != NULL; bits &= bits - 1)
        handle(ctx, bits_lowest(bits));
}

static void serve_signals(const struct component_ops *ops, void *ctx, uint64_t bits)
{
    const uint64_t sessions = bits >> SIGNAL_SESSION & (BIT(COMPONENT_SESSIONS_MAX) - 1);
    const uint64_t devices = bits >> SIGNAL_DEVICE & (BIT(COMPONENT_DEVICES_MAX) - 1);
    if (bits & BIT(SIGNAL_STATUS) && ops->status != NULL)
        ops->status(ctx);
    serve_each(ctx, devices, ops->device);
    serve_each(ctx, sessions, ops->session);
    if (bits & BIT(SIGNAL_PING))
        heartbeat_answer();
}

/** Answer with @m and take what comes next, from the service or else from the Notification. */
static uint64_t serve_next(bool serves, struct message *m)
{
    return serves ? ipc_reply_wait(SLOT_SERVICE, m)
                  : notification_wait(SLOT_NOTIFICATION, DEADLINE_NEVER);
}

void component_serve(const struct component_info *info, const struct component_ops *ops, void *ctx)
{
    const bool serves = info->flags & COMPONENT_SERVES && ops->call != NULL;
    struct message m = {0};
    for (;;) {
        const uint64_t received = serve_next(serves, &m);
        if (received & RECEIVED_ERROR) {
            ASSERT((received & BADGE_MASK) == CANCELLED);
            m = (struct message){0};
        } else if (received & RECEIVED_SIGNAL) {
            serve_signals(ops, ctx, received & BADGE_MASK);
            m = (struct message){0};
        } else {
            ops->call(ctx, received, &m);
        }
    }
}
