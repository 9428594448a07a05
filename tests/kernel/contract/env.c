/**
 * env.c - the environment of a case: made of one Untyped, gone with it.
 */
#include "run.h"

#include "sdk/rt/component.h"
#include "sdk/rt/time.h"

/* Slots of the component's Table: a few that stay, then the case's. */
enum {
    SLOT_ENV_UNTYPED = SLOT_FIRST_FREE + 8,
    SLOT_ENV_FIRST = SLOT_ENV_UNTYPED + 1,
    SLOT_ENV_END = SLOT_ENV_FIRST + 448,
};

#define ENV_FIRST_PERIOD_NS                                                                        \
    (20 * NANOS_PER_MS) /* beyond the period of the component's own Sched                          \
                         */

struct kit env;
cap_t env_sched;
const cap_t env_untyped = SLOT_ENV_UNTYPED;
static cap_t silence; /* an Endpoint that nobody calls */

static const struct kit_limits limits = {
    .first_slot = SLOT_ENV_FIRST,
    .end_slot = SLOT_ENV_END,
    .first_space_slot = ENV_SPACE_FIRST,
    .end_space_slot = ENV_SPACE_END,
    .address = COMPONENT_ADDRESS_FREE,
};

void env_begin(void)
{
    kit_init(&env, env_untyped, &limits);
    env_sched = CAP_NONE;
    ASSERT(kit_sched(&env, SLOT_SCHED, ENV_BUDGET_NS, ENV_PERIOD_NS, PRIORITY_CASE, &env_sched) ==
           OK);
    ASSERT(kit_make(&env, OBJECT_ENDPOINT, 0, 0, &silence) == OK);
    /* The first period of a new Sched is short: the case begins with a whole one. */
    for (const nanos_t end = time_now() + ENV_FIRST_PERIOD_NS; time_now() < end;) {
        struct message m = {0};
        (void)!ipc_reply_wait_deadline(silence, &m, end);
    }
}

/* Copies of what the component itself holds do not go with the case's Untyped. */
static status_t delete_copies(void)
{
    for (cap_t slot = limits.first_slot; slot < env.next_slot; slot++) {
        const status_t status = table_delete(SLOT_TABLE, slot);
        if (status != OK)
            return status;
    }
    return OK;
}

status_t env_end(void)
{
    status_t status = table_revoke(SLOT_TABLE, env_untyped);
    if (status == OK)
        status = delete_copies();
    return status == OK ? untyped_reset(env_untyped) : status;
}

cap_t env_make(enum object_type type, uint64_t size_log2, uint64_t flags)
{
    cap_t slot = CAP_NONE;
    CHECK_OK(kit_make(&env, type, size_log2, flags, &slot));
    return slot;
}

cap_t env_slot(void)
{
    cap_t slot = CAP_NONE;
    CHECK_OK(kit_slot(&env, &slot));
    return slot;
}

cap_t env_mint(cap_t source, uint64_t rights, uint64_t badge)
{
    cap_t slot = CAP_NONE;
    CHECK_OK(kit_mint(&env, source, rights, badge, &slot));
    return slot;
}

cap_t env_copy(cap_t source, uint64_t rights)
{
    const cap_t slot = env_slot();
    CHECK_OK(table_copy(SLOT_TABLE, source, SLOT_TABLE, slot, rights));
    return slot;
}

void *env_memory(unsigned size_log2, cap_t *region)
{
    void *address = NULL;
    CHECK_OK(kit_memory(&env, size_log2, region, &address));
    return address;
}

cap_t env_sched_split(nanos_t budget_ns, nanos_t period_ns, uint32_t priority)
{
    cap_t slot = CAP_NONE;
    CHECK_OK(kit_sched(&env, env_sched, budget_ns, period_ns, priority, &slot));
    return slot;
}

nanos_t env_consumed(cap_t sched)
{
    uint64_t consumed_ns = 0, left_ns = 0;
    CHECK_OK(sched_consumed(sched, &consumed_ns, &left_ns));
    return consumed_ns;
}

cap_t env_endpoint(void) { return env_make(OBJECT_ENDPOINT, 0, 0); }

cap_t env_notification(void) { return env_make(OBJECT_NOTIFICATION, 0, 0); }

cap_t env_signal(cap_t notification, uint64_t bits)
{
    return env_mint(notification, NOTIFICATION_RIGHT_SIGNAL, bits);
}

cap_t env_caller(cap_t endpoint, uint64_t badge)
{
    return env_mint(endpoint, ENDPOINT_RIGHT_CALL, badge);
}

cap_t env_device(enum device_kind kind)
{
    const struct component_device *device = component_device(component_self(), kind);
    return device == NULL ? CAP_NONE : (cap_t)device->slot;
}

uint64_t slot_type(cap_t index)
{
    uint64_t type = 0, rights = 0, badge = 0;
    return table_inspect(SLOT_TABLE, index, &type, &rights, &badge) == OK ? type : 0;
}

void sleep_until(nanos_t deadline_ns)
{
    struct message m = {0};
    CHECK_EQUAL(ipc_reply_wait_deadline(silence, &m, deadline_ns), RECEIVED_ERROR | TIMEOUT);
}
