/**
 * self.c - threads that take away what they stand on.
 */
#include "test.h"

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

TEST_SUITE(self, {"a thread may delete itself", deletes_itself},
           {"a thread that loses its Table runs on without any capability", loses_its_table},
           {"a server that loses its Table still answers, and receives no more",
            loses_its_table_while_serving});
