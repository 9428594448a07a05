/**
 * lending.c - a call lends the caller's time to the server.
 */
#include "test.h"

#include "native/counter.h"
#include "sdk/rt/time.h"

#define MS NANOS_PER_MS

static cap_t service, client;
static nanos_t work_ns;
static volatile uint64_t served;

static void burn(nanos_t span_ns)
{
    const nanos_t end = time_now() + span_ns;
    while (time_now() < end)
        counter_pause();
}

static void serve(void *unused)
{
    struct message m = {0};
    (void)unused;
    for (;;) {
        const uint64_t received = ipc_reply_wait(service, &m);
        if (received & (RECEIVED_ERROR | RECEIVED_SIGNAL))
            continue;
        burn(work_ns);
        served++;
        m = (struct message){.tag = TAG(OK, 0)};
    }
}

static cap_t start_server_at(uint32_t floor, cap_t home)
{
    const struct helper helper = {.run = serve, .floor = floor, .sched = home};
    served = 0;
    service = env_endpoint();
    client = env_caller(service, 1);
    return helper_run(&helper);
}

static cap_t start_server(cap_t home) { return start_server_at(PRIORITY_HIGH, home); }

static void call_service(void *result)
{
    struct message m = {0};
    *(volatile uint64_t *)result = 0x100 | ipc_call(client, &m);
}

static void caller_pays(void)
{
    struct message m = {0};
    const cap_t home = env_sched_split(5 * MS, 100 * MS, 1);
    work_ns = 3 * MS;
    start_server(home);
    const nanos_t mine = env_consumed(env_sched);
    const nanos_t its = env_consumed(home);
    CHECK_OK(ipc_call(client, &m));
    CHECK(env_consumed(env_sched) - mine >= 2 * MS);
    CHECK(env_consumed(home) - its < 1 * MS);
}

static void server_keeps_its_floor(void)
{
    uint64_t result = 0;
    const cap_t poor = env_sched_split(20 * MS, 100 * MS, PRIORITY_LOW);
    const struct helper low = {.run = call_service, .argument = &result, .sched = poor};
    work_ns = 3 * MS;
    start_server(env_sched);
    helper_run(&low);
    sleep_until(time_now() + MS); /* it calls, and the server is above us */
    CHECK(served == 1 || env_consumed(poor) > 0);
    sleep_until(time_now() + 10 * MS);
    CHECK_EQUAL(served, 1);
    CHECK_EQUAL(*(volatile uint64_t *)&result, 0x100 | OK);
}

static void dry_goes_home(void)
{
    uint64_t result = 0;
    const cap_t home = env_sched_split(30 * MS, 100 * MS, 1);
    const cap_t poor = env_sched_split(1 * MS, 200 * MS, PRIORITY_LOW);
    const struct helper low = {.run = call_service, .argument = &result, .sched = poor};
    work_ns = 6 * MS;
    start_server(home);
    const nanos_t its = env_consumed(home);
    helper_run(&low);
    sleep_until(time_now() + 40 * MS);
    CHECK_EQUAL(served, 1);
    CHECK(env_consumed(home) - its >= 3 * MS);
    CHECK(env_consumed(poor) <= 3 * MS);
    /* The answer is there, but its owner has to wait for time. */
    CHECK_EQUAL(*(volatile uint64_t *)&result, 0);
    sleep_until(time_now() + 250 * MS);
    CHECK_EQUAL(*(volatile uint64_t *)&result, 0x100 | OK);
}

static void lent_sched_dies(void)
{
    uint64_t result = 0;
    const cap_t home = env_sched_split(20 * MS, 100 * MS, 1);
    const cap_t poor = env_sched_split(15 * MS, 100 * MS, PRIORITY_LOW);
    const struct helper low = {.run = call_service, .argument = &result, .sched = poor};
    work_ns = 10 * MS;
    start_server_at(PRIORITY_LOW + 1, home);
    const cap_t caller = helper_run(&low);
    sleep_until(time_now() + 3 * MS); /* wakes above the server, in the midst of its work */
    CHECK_EQUAL(thread_state(caller), STATE_CALLING);
    CHECK_OK(table_delete(SLOT_TABLE, poor));
    CHECK_EQUAL(served, 0);
    sleep_until(time_now() + 60 * MS);
    CHECK_EQUAL(served, 1);
    CHECK(env_consumed(home) >= 3 * MS);
    CHECK_EQUAL(*(volatile uint64_t *)&result, 0);
    CHECK_EQUAL(thread_state(caller), STATE_SUSPENDED);
}

static void server_serves_again(void)
{
    uint64_t result = 0;
    struct message m = {0};
    const cap_t home = env_sched_split(30 * MS, 100 * MS, 1);
    const cap_t poor = env_sched_split(1 * MS, 200 * MS, PRIORITY_LOW);
    const struct helper low = {.run = call_service, .argument = &result, .sched = poor};
    work_ns = 6 * MS;
    start_server(home);
    helper_run(&low);
    sleep_until(time_now() + 30 * MS);
    CHECK_EQUAL(served, 1);
    const nanos_t its = env_consumed(home);
    const nanos_t mine = env_consumed(env_sched);
    CHECK_OK(ipc_call(client, &m));
    CHECK_EQUAL(served, 2);
    CHECK(env_consumed(env_sched) - mine >= 4 * MS);
    CHECK(env_consumed(home) - its < 1 * MS);
}

static void demand(void)
{
    struct message m = {0};
    uint64_t result = 0;
    const cap_t poor = env_sched_split(1 * MS, 100 * MS, PRIORITY_LOW);
    const struct helper low = {.run = call_service, .argument = &result, .sched = poor};
    work_ns = 0;
    start_server(env_sched);
    CHECK_OK(endpoint_demand_budget(service, 5 * MS));
    CHECK_OK(ipc_call(client, &m));
    helper_run(&low);
    sleep_until(time_now() + 5 * MS);
    CHECK_EQUAL(*(volatile uint64_t *)&result, 0x100 | BUDGET);
    CHECK_EQUAL(served, 1);
    CHECK_OK(endpoint_demand_budget(service, 0));
    CHECK_OK(ipc_call(client, &m));
    CHECK_EQUAL(served, 2);
}

static cap_t far_service;

static void forward(void *unused)
{
    struct message m = {0};
    (void)unused;
    for (;;) {
        (void)!ipc_reply_wait(far_service, &m);
        CHECK_OK(ipc_call(client, &m));
    }
}

static void chain_pays(void)
{
    struct message m = {0};
    const cap_t home = env_sched_split(5 * MS, 100 * MS, 1);
    const cap_t middle_home = env_sched_split(5 * MS, 100 * MS, 1);
    const struct helper middle = {.run = forward, .floor = PRIORITY_HIGH, .sched = middle_home};
    work_ns = 3 * MS;
    start_server(home);
    far_service = env_endpoint();
    helper_run(&middle);
    const nanos_t mine = env_consumed(env_sched);
    CHECK_OK(ipc_call(env_caller(far_service, 1), &m));
    CHECK_EQUAL(served, 1);
    CHECK(env_consumed(env_sched) - mine >= 2 * MS);
    CHECK(env_consumed(home) + env_consumed(middle_home) < MS);
}

static void queued_caller_loses_its_sched(void)
{
    uint64_t result = 0;
    const cap_t home = env_sched_split(20 * MS, 100 * MS, 1);
    const cap_t poor = env_sched_split(5 * MS, 100 * MS, PRIORITY_LOW);
    const struct helper caller = {
        .run = call_service, .argument = &result, .sched = poor, .floor = PRIORITY_HIGH};
    work_ns = 2 * MS;
    const cap_t server = start_server(home);
    CHECK_OK(thread_suspend(server));
    const cap_t thread = helper_run(&caller);
    CHECK_EQUAL(thread_state(thread), STATE_QUEUED);
    CHECK_OK(table_delete(SLOT_TABLE, poor));
    CHECK_EQUAL(thread_state(thread), STATE_QUEUED);
    CHECK_OK(thread_resume(server));
    CHECK_EQUAL(served, 1);
    CHECK(env_consumed(home) >= MS);
    CHECK_EQUAL(*(volatile uint64_t *)&result, 0);
    CHECK_EQUAL(thread_state(thread), STATE_SUSPENDED);
    CHECK_OK(sched_bind(env_sched, thread));
    CHECK_OK(thread_resume(thread));
    CHECK_EQUAL(*(volatile uint64_t *)&result, 0x100 | OK);
}

static void home_dies_while_lent(void)
{
    struct message m = {0};
    const cap_t home = env_sched_split(5 * MS, 100 * MS, 1);
    work_ns = MS;
    const cap_t server = start_server(home);
    CHECK_OK(table_delete(SLOT_TABLE, home));
    CHECK_EQUAL(thread_state(server), STATE_RECEIVING);
    CHECK_OK(ipc_call(client, &m));
    CHECK_EQUAL(served, 1);
    CHECK_OK(ipc_call(client, &m));
    CHECK_EQUAL(served, 2);
}

static void callers_of_one_sched(void)
{
    uint64_t results[2] = {0, 0};
    const cap_t home = env_sched_split(10 * MS, 100 * MS, 1);
    const cap_t poor = env_sched_split(2 * MS, 200 * MS, PRIORITY_LOW);
    struct helper low = {.run = call_service, .sched = poor};
    work_ns = 3 * MS;
    start_server(home);
    for (uint32_t i = 0; i < 2; i++) {
        low.argument = &results[i];
        helper_run(&low);
    }
    sleep_until(time_now() + 50 * MS);
    /* The first drained the Sched that both have; the second has not called yet. */
    CHECK_EQUAL(served, 1);
    CHECK(env_consumed(poor) <= 3 * MS);
    CHECK_EQUAL(results[0] | results[1], 0);
}

static void demands(void)
{
    struct message m = {0};
    work_ns = 0;
    start_server(env_sched);
    CHECK_OK(endpoint_demand_budget(service, ~0ull));
    CHECK_STATUS(ipc_call(client, &m), BUDGET);
    CHECK_STATUS(ipc_call_deadline(client, &m, DEADLINE_POLL), BUDGET);
    CHECK_OK(endpoint_demand_budget(service, 1));
    CHECK_OK(ipc_call(client, &m));
    CHECK_OK(endpoint_demand_budget(env_copy(service, ENDPOINT_RIGHT_MANAGE), ENV_BUDGET_NS + 1));
    CHECK_STATUS(ipc_call(client, &m), BUDGET);
    CHECK_EQUAL(served, 1);
}

TEST_SUITE(lending, {"a call lends the caller's Sched: the caller pays", caller_pays},
           {"a server runs at its floor on a poor caller's time", server_keeps_its_floor},
           {"a server whose borrowed Sched runs dry finishes at home", dry_goes_home},
           {"a server whose borrowed Sched is deleted finishes at home", lent_sched_dies},
           {"a server that finished at home is lent to by the next caller again",
            server_serves_again},
           {"through a chain of calls the first caller pays", chain_pays},
           {"a queued caller whose Sched is deleted is served at the server's expense, then stops",
            queued_caller_loses_its_sched},
           {"a server whose home is deleted still serves on what callers lend",
            home_dies_while_lent},
           {"callers that share a Sched use up each other's time", callers_of_one_sched},
           {"an Endpoint may demand budget: a poorer caller gets BUDGET", demand},
           {"any budget may be demanded, by who manages the Endpoint", demands});
