/**
 * session.c - calls that survive the death of the server.
 */
#include "sdk/ipc/session.h"

#include "lib/base/string.h"
#include "sdk/ipc/invoke.h"
#include "sdk/rt/component.h"
#include "sdk/rt/time.h"

void session_of(struct session *session, const struct component_info *info, uint32_t index)
{
    ASSERT(index < info->count_sessions);
    const struct component_session *entry = &info->sessions[index];
    *session = (struct session){
        .endpoint = entry->endpoint_slot,
        .signal = entry->signal_slot,
        .peer = entry->peer_index,
        .bit = SIGNAL_SESSION + index,
        .timeout_ns = SESSION_TIMEOUT_NS,
        .memory = (void *)(uintptr_t)entry->region_address,
        .memory_bytes = entry->region_bytes,
    };
}

status_t session_open(struct session *session, const struct component_info *info,
                      const char *service)
{
    for (uint32_t i = 0; i < info->count_sessions; i++) {
        const struct component_session *entry = &info->sessions[i];
        if (entry->role == SESSION_CLIENT && strcmp(entry->service, service) == 0) {
            session_of(session, info, i);
            return OK;
        }
    }
    return DENIED;
}

/** One attempt, with the peer's present generation. A reply of STALE is the result STALE. */
static status_t attempt(const struct session *session, struct message *m, nanos_t deadline_ns)
{
    m->tag |= (uint64_t)(peer_generation(session->peer) & 0xffff) << TAG_GENERATION_SHIFT;
    const status_t status = ipc_call_deadline(session->endpoint, m, deadline_ns);
    return status == OK && tag_label(m->tag) == STALE ? STALE : status;
}

status_t session_call(struct session *session, struct message *m)
{
    const nanos_t deadline_ns = time_now() + session->timeout_ns;
    const struct message call = *m;
    unsigned deaths = 0;
    for (;;) {
        if (!peer_available(session->peer))
            return GONE;
        const status_t status = attempt(session, m, deadline_ns);
        if (status == GONE && ++deaths == SESSION_DEATHS_MAX)
            return GONE;
        if (status != GONE && status != STALE && status != CANCELLED)
            return status;
        if (time_now() >= deadline_ns)
            return TIMEOUT;
        *m = call;
    }
}
