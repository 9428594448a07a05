/**
 * self.c - threads that take away what they stand on.
 */
#include "test.h"

#include "abi/fault.h"
#include "abi/guest.h"
#include "sdk/rt/time.h"

#define MS      NANOS_PER_MS
#define PENDING 0xdead0000ull /* not a result */

static volatile uint64_t results[2];

static void delete_self(void *self)
{
    results[0] = 1;
    CHECK_OK(table_delete(SLOT_TABLE, *(const cap_t *)self));
    results[0] = 2;
}

static void deletes_itself(void)
{
    cap_t self = CAP_NONE;
    const struct helper helper = {.run = delete_self, .argument = &self, .floor = PRIORITY_HIGH};
    results[0] = results[1] = PENDING;
    self = helper_make(&helper);
    helper_start(self);
    CHECK_EQUAL(results[0], 1);
    CHECK_EQUAL(slot_type(self), 0);
}

static void call_until_bad(void *table)
{
    const cap_t own_table = *(const cap_t *)table;
    results[0] = table_delete(1, own_table);
    results[1] = ipc_signal(2);
    for (;;)
        ipc_yield();
}

static void loses_its_table(void)
{
    static uint8_t stack[4096] ALIGNED(16);
    cap_t thread = CAP_NONE, own = 3;
    const cap_t table = env_make(OBJECT_TABLE, 4, 0);
    const cap_t signal = env_signal(env_notification(), 1);
    struct kit_thread spec = {.table = table,
                              .fault = env_fault,
                              .floor = PRIORITY_HIGH,
                              .main = call_until_bad,
                              .argument = &own,
                              .stack = stack,
                              .stack_bytes = sizeof(stack),
                              .sched = env_sched_split(MS, 100 * MS, PRIORITY_LOW)};
    results[0] = results[1] = PENDING;
    CHECK_OK(kit_thread_make(&env, &spec, &thread));
    CHECK_OK(table_mint(SLOT_TABLE, table, table, 1, ~0ull, 0));
    CHECK_OK(table_copy(SLOT_TABLE, signal, table, 2, ~0ull));
    CHECK_OK(table_move(SLOT_TABLE, table, table, 3));
    CHECK_OK(kit_thread_start(thread, &spec));
    CHECK_EQUAL(results[1], BAD_HANDLE);
    CHECK_OK(thread_suspend(thread));
}

static cap_t service;

static void serve_until_bad(void *unused)
{
    struct message m = {0};
    (void)unused;
    results[0] = ipc_reply_wait(1, &m);
    m = (struct message){.tag = TAG(7, 0)};
    results[1] = ipc_reply_wait(1, &m);
    for (;;)
        ipc_yield();
}

static void call_it(void *result)
{
    struct message m = {0};
    const status_t status = ipc_call(service, &m);
    *(volatile uint64_t *)result = status == OK ? tag_label(m.tag) : status;
}

/* The server is below the worker, which takes the Table while the call is being served. */
static void loses_its_table_while_serving(void)
{
    static uint8_t stack[4096] ALIGNED(16);
    cap_t thread = CAP_NONE;
    uint64_t result = PENDING;
    const cap_t table = env_make(OBJECT_TABLE, 4, 0);
    const cap_t poor = env_sched_split(MS, 100 * MS, PRIORITY_LOW);
    const struct kit_thread spec = {.table = table,
                                    .fault = env_fault,
                                    .main = serve_until_bad,
                                    .stack = stack,
                                    .stack_bytes = sizeof(stack),
                                    .sched = poor};
    const struct helper caller = {
        .run = call_it, .argument = &result, .floor = PRIORITY_HIGH, .sched = poor};
    results[0] = results[1] = PENDING;
    service = env_endpoint();
    CHECK_OK(table_copy(SLOT_TABLE, service, table, 1, ENDPOINT_RIGHT_RECEIVE));
    CHECK_OK(kit_thread_make(&env, &spec, &thread));
    CHECK_OK(kit_thread_start(thread, &spec));
    sleep_until(time_now() + 100 * NANOS_PER_US);
    CHECK_EQUAL(thread_state(thread), STATE_RECEIVING);
    helper_run(&caller);
    CHECK_EQUAL(results[0], PENDING);
    CHECK_OK(table_delete(SLOT_TABLE, table));
    sleep_until(time_now() + 100 * NANOS_PER_US);
    CHECK_EQUAL(results[0], 0);
    CHECK_EQUAL(*(volatile uint64_t *)&result, 7);
    CHECK_EQUAL(results[1], RECEIVED_ERROR | BAD_HANDLE);
    CHECK_OK(thread_suspend(thread));
}

#define GROUND_LOG2 22

static void revoke_ground(void *ground)
{
    (void)!table_revoke(SLOT_TABLE, (cap_t)(uintptr_t)ground);
    for (;;)
        ipc_yield();
}

/* All of @ground is memory again, of which nothing that is left needs what was there. */
static void scribble_over(cap_t ground)
{
    const cap_t region = env_slot();
    void *memory = NULL;
    CHECK_OK(table_revoke(SLOT_TABLE, ground));
    CHECK_OK(untyped_reset(ground));
    CHECK_OK(untyped_retype(ground, OBJECT_REGION, GROUND_LOG2, 0, SLOT_TABLE, region));
    CHECK_OK(kit_map(&env, region, GROUND_LOG2, RIGHTS_RW, &memory));
    for (uint64_t i = 0; i < BIT(GROUND_LOG2) / sizeof(uint64_t); i++)
        ((uint64_t *)memory)[i] = ~0ull;
}

/* A thread of ours, which outlives it, in a Space that is made of @ground. */
static void loses_its_space(void)
{
    struct kit ground_kit;
    struct peer peer;
    struct message m = {0};
    cap_t thread = CAP_NONE;
    struct kit_limits limits = env.limits;
    const cap_t ground = env_make(OBJECT_UNTYPED, GROUND_LOG2, 0);
    const cap_t faults = env_endpoint();
    struct kit_thread spec = {.sched = env_sched,
                              .fault = env_caller(faults, 1),
                              .floor = PRIORITY_HIGH,
                              .main = revoke_ground,
                              .argument = (void *)(uintptr_t)ground};
    limits.first_slot = env.next_slot;
    limits.first_space_slot = env.next_space_slot;
    limits.address = ADDRESS_REVOKE;
    kit_init(&ground_kit, ground, &limits);
    CHECK_OK(peer_make(&ground_kit, &peer));
    peer_thread(&peer, &spec);
    spec.table = CAP_NONE;
    env.next_slot = ground_kit.next_slot;
    env.next_space_slot = ground_kit.next_space_slot;
    CHECK_OK(kit_thread_make(&env, &spec, &thread));
    CHECK_OK(kit_thread_start(thread, &spec));
    CHECK_EQUAL(ipc_reply_wait_deadline(faults, &m, DEADLINE_POLL), 1);
    CHECK_EQUAL(tag_label(m.tag), FAULT_PAGE);
    CHECK_EQUAL(m.words[0], m.words[2]);
    CHECK_EQUAL(m.words[1], GUEST_ACCESS_EXECUTE);
    CHECK_EQUAL(slot_type(peer.space), 0);
    scribble_over(ground);
    CHECK_EQUAL(thread_state(thread), STATE_CALLING);
}

TEST_SUITE(self, {"a thread may delete itself", deletes_itself},
           {"a thread that takes away the Space in which it runs finds nothing there any more",
            loses_its_space},
           {"a thread that loses its Table runs on without any capability", loses_its_table},
           {"a server that loses its Table still answers, and receives no more",
            loses_its_table_while_serving});
