/**
 * revoke.c - taking memory away from under threads that run, wait, call and serve.
 */
#include "access.h"

#include "sdk/rt/time.h"

#define MS        NANOS_PER_MS
#define POOL_LOG2 20

static cap_t pool;
static struct kit pool_kit;
static volatile uint64_t results[2];
static cap_t service;

/* A component in miniature: everything is made of one Untyped, with slots of the case. */
static void begin(void)
{
    struct kit_limits limits = env.limits;
    pool = env_make(OBJECT_UNTYPED, POOL_LOG2, 0);
    limits.first_slot = env.next_slot;
    limits.end_slot = env.next_slot + 64;
    limits.first_space_slot = env.next_space_slot;
    limits.end_space_slot = env.next_space_slot + 4;
    limits.address = ADDRESS_REVOKE;
    env.next_slot += 64;
    env.next_space_slot += 4;
    kit_init(&pool_kit, pool, &limits);
    results[0] = results[1] = 0;
}

/* All slots are empty, and all memory comes back. */
static void end(void)
{
    uint64_t base = 0, size = 0, used = 1, device = 0;
    CHECK_OK(table_revoke(SLOT_TABLE, pool));
    for (cap_t slot = pool_kit.limits.first_slot; slot < pool_kit.limits.end_slot; slot++)
        CHECK_EQUAL(slot_type(slot), 0);
    CHECK_OK(untyped_reset(pool));
    CHECK_OK(untyped_info(pool, &base, &size, &used, &device));
    CHECK_EQUAL(used, 0);
}

/* A thread of the miniature component, on its own stack. */
static cap_t start(void (*main)(void *), uint32_t floor)
{
    struct kit_thread spec = {.sched = env_sched, .fault = env_fault, .floor = floor, .main = main};
    cap_t region = CAP_NONE, thread = CAP_NONE;
    CHECK_OK(kit_memory(&pool_kit, KIT_STACK_LOG2, &region, &spec.stack));
    spec.stack_bytes = BIT(KIT_STACK_LOG2);
    CHECK_OK(kit_thread_make(&pool_kit, &spec, &thread));
    CHECK_OK(kit_thread_start(thread, &spec));
    return thread;
}

static cap_t make(enum object_type type)
{
    cap_t slot = CAP_NONE;
    CHECK_OK(kit_make(&pool_kit, type, 0, 0, &slot));
    return slot;
}

static void call(void *unused)
{
    struct message m = {0};
    (void)unused;
    results[0] = ipc_call(service, &m) + 1000;
    for (;;)
        ipc_yield();
}

static void receive(void *unused)
{
    struct message m = {0};
    (void)unused;
    results[0] = ipc_reply_wait(service, &m);
    for (;;)
        ipc_yield();
}

static void listen(void *unused)
{
    (void)unused;
    results[0] = notification_wait(service, DEADLINE_NEVER);
    for (;;)
        ipc_yield();
}

static void spin(void *unused)
{
    (void)unused;
    for (;;)
        results[1]++;
}

static void call_result(void *unused)
{
    struct message m = {0};
    (void)unused;
    results[1] = 0x100 | ipc_call(service, &m);
}

static void blocked_in_call(void)
{
    begin();
    service = env_endpoint();
    start(call, PRIORITY_HIGH);
    end();
    struct message m = {0};
    CHECK_EQUAL(ipc_reply_wait_deadline(service, &m, DEADLINE_POLL), RECEIVED_ERROR | TIMEOUT);
    CHECK_EQUAL(results[0], 0);
}

static void blocked_in_receive(void)
{
    begin();
    service = env_endpoint();
    start(receive, PRIORITY_HIGH);
    end();
    struct message m = {0};
    CHECK_STATUS(ipc_call_deadline(service, &m, DEADLINE_POLL), TIMEOUT);
    CHECK_EQUAL(results[0], 0);
}

static void blocked_at_own_endpoint(void)
{
    begin();
    service = make(OBJECT_ENDPOINT);
    start(receive, PRIORITY_HIGH);
    end();
    CHECK_EQUAL(results[0] & ~(RECEIVED_ERROR | GONE), 0);
}

static void blocked_at_notification(void)
{
    begin();
    service = make(OBJECT_NOTIFICATION);
    start(listen, PRIORITY_HIGH);
    end();
}

static void outsider_blocked(void)
{
    begin();
    service = make(OBJECT_ENDPOINT);
    helper_high(call_result, NULL);
    end();
    CHECK_EQUAL(results[1], 0x100 | GONE);
}

static void being_served(void)
{
    struct message m = {0};
    begin();
    service = env_endpoint();
    start(call, PRIORITY_HIGH);
    CHECK_EQUAL(ipc_reply_wait(service, &m), 0);
    end();
    CHECK_EQUAL(ipc_reply_wait_deadline(service, &m, DEADLINE_POLL), RECEIVED_ERROR | TIMEOUT);
}

static void while_serving(void)
{
    begin();
    service = env_endpoint();
    start(receive, PRIORITY_CASE);
    ipc_yield();
    helper_high(call_result, NULL);
    end();
    CHECK_EQUAL(results[1], 0x100 | GONE);
}

static void while_running(void)
{
    begin();
    const cap_t thread = start(spin, PRIORITY_CASE);
    CHECK_EQUAL(thread_state(thread), STATE_READY);
    end();
    const uint64_t seen = results[1];
    ipc_yield();
    CHECK_EQUAL(results[1], seen);
}

static void waits_with_deadline(void *unused)
{
    (void)unused;
    results[0] = notification_wait(service, time_now() + 2 * MS);
    for (;;)
        ipc_yield();
}

static void deadline_dies_along(void)
{
    begin();
    service = make(OBJECT_NOTIFICATION);
    start(waits_with_deadline, PRIORITY_HIGH);
    end();
    sleep_until(time_now() + 5 * MS);
    CHECK_EQUAL(results[0], 0);
}

static void mapped_memory(void)
{
    cap_t region = CAP_NONE;
    void *memory = NULL;
    begin();
    CHECK_OK(kit_memory(&pool_kit, 14, &region, &memory));
    *(volatile uint8_t *)memory = 1;
    end();
    CHECK(access_page_fault(ACCESS_READ, memory, 0));
}

static void own_code_and_stack(void *unused)
{
    (void)unused;
    results[0] = table_revoke(SLOT_TABLE, pool);
    results[0] = 0xbad;
}

static void revokes_its_own_ground(void)
{
    begin();
    start(own_code_and_stack, PRIORITY_HIGH);
    CHECK_EQUAL(results[0], 0);
    end();
}

static void held_in_tables_of_others(void)
{
    const cap_t table = env_make(OBJECT_TABLE, 4, 0);
    uint64_t type = 1, rights = 0, badge = 0;
    begin();
    const cap_t endpoint = make(OBJECT_ENDPOINT);
    CHECK_OK(table_mint(SLOT_TABLE, endpoint, table, 3, ~0ull, 9));
    end();
    CHECK_OK(table_inspect(table, 3, &type, &rights, &badge));
    CHECK_EQUAL(type, 0);
}

static void a_hundred_times(void)
{
    begin();
    const struct kit_limits limits = pool_kit.limits;
    service = env_endpoint();
    for (uint32_t i = 0; i < 100; i++) {
        struct message m = {0};
        kit_init(&pool_kit, pool, &limits);
        start(call, PRIORITY_HIGH);
        CHECK_EQUAL(ipc_reply_wait(service, &m), 0);
        end();
    }
}

TEST_SUITE(revoke, {"revoke takes a thread that waits in a call", blocked_in_call},
           {"revoke takes a thread that waits at an Endpoint of others", blocked_in_receive},
           {"revoke takes a thread that waits at its own Endpoint", blocked_at_own_endpoint},
           {"revoke takes a thread that waits at its own Notification", blocked_at_notification},
           {"an outsider that calls a revoked Endpoint gets GONE", outsider_blocked},
           {"revoke takes a thread whose call is being served", being_served},
           {"revoke takes a thread that serves: its caller gets GONE", while_serving},
           {"revoke takes a thread that is ready to run", while_running},
           {"revoke takes a thread with a deadline, which then does not fire", deadline_dies_along},
           {"revoke takes memory that is mapped", mapped_memory},
           {"revoke takes the ground on which the revoking thread itself stands",
            revokes_its_own_ground},
           {"revoke takes capabilities in others' Tables", held_in_tables_of_others},
           {"revoke and reset a hundred times leave nothing behind", a_hundred_times});
