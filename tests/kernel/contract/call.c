/**
 * call.c - calls and replies: what arrives, in which order, and what happens when nobody comes.
 */
#include "test.h"

#include "sdk/rt/time.h"

#define MS         NANOS_PER_MS
#define BADGE      0x123456789abcdefull
#define LABEL      0xabcu
#define GENERATION 0xfedcu
#define TAG_SENT   (TAG(LABEL, 8) | (uint64_t)GENERATION << TAG_GENERATION_SHIFT)

static cap_t service;
static struct message seen;
static volatile uint64_t seen_badge;
static volatile uint64_t count_served;

/* Answer each call with its words plus one, label 1. */
static void echo(void *unused)
{
    struct message m = {0};
    (void)unused;
    for (;;) {
        const uint64_t received = ipc_reply_wait(service, &m);
        if (received & (RECEIVED_ERROR | RECEIVED_SIGNAL))
            continue;
        seen = m;
        seen_badge = received;
        count_served++;
        m.tag = TAG(1, 8);
        for (uint32_t i = 0; i < MESSAGE_WORDS; i++)
            m.words[i]++;
    }
}

/* A server above the worker waits: the fast path. Below it: the call is queued first. */
static cap_t start_echo(bool high)
{
    const struct helper low = {.run = echo};
    count_served = 0;
    service = env_endpoint();
    if (high)
        helper_high(echo, NULL);
    else
        helper_run(&low);
    return env_caller(service, BADGE);
}

static void check_round_trip(cap_t client)
{
    struct message m = {.tag = TAG_SENT, .words = {1, ~0ull, 3, 4, 5ull << 60, 6, 7, 8}};
    const struct message sent = m;
    CHECK_OK(ipc_call(client, &m));
    CHECK_EQUAL(seen_badge, BADGE);
    CHECK_EQUAL(seen.tag, TAG_SENT);
    CHECK_EQUAL(m.tag, TAG(1, 8));
    for (uint32_t i = 0; i < MESSAGE_WORDS; i++) {
        CHECK_EQUAL(seen.words[i], sent.words[i]);
        CHECK_EQUAL(m.words[i], sent.words[i] + 1);
    }
}

static void round_trip_waiting(void)
{
    const cap_t client = start_echo(true);
    for (uint32_t i = 0; i < 3; i++)
        check_round_trip(client);
}

static void round_trip_queued(void)
{
    const cap_t client = start_echo(false);
    for (uint32_t i = 0; i < 3; i++)
        check_round_trip(client);
}

static void round_trip_deadline(void)
{
    struct message m = {.tag = TAG_SENT, .words = {41}};
    const cap_t client = start_echo(true);
    CHECK_OK(ipc_call_deadline(client, &m, time_now() + MS));
    CHECK_EQUAL(m.words[0], 42);
    CHECK_OK(ipc_call_deadline(client, &m, DEADLINE_POLL));
    CHECK_EQUAL(m.words[0], 43);
    CHECK_OK(ipc_call_deadline(client, &m, DEADLINE_NEVER));
    CHECK_EQUAL(count_served, 3);
}

static void any_operation(void)
{
    const cap_t client = start_echo(true);
    for (uint32_t op = 2; op < ENDPOINT_OP_CALL_DEADLINE; op++) {
        struct message m = {.tag = TAG_SENT, .words = {op}};
        CHECK_EQUAL(trap(HANDLE(client, op), &m), OK);
        CHECK_EQUAL(m.words[0], op + 1);
    }
}

static void nobody_receives(void)
{
    struct message m = {0};
    const cap_t client = env_caller(env_endpoint(), 1);
    const nanos_t start = time_now();
    CHECK_STATUS(ipc_call_deadline(client, &m, DEADLINE_POLL), TIMEOUT);
    CHECK_STATUS(ipc_call_deadline(client, &m, start), TIMEOUT);
    CHECK_STATUS(ipc_call_deadline(client, &m, start + 2 * MS), TIMEOUT);
    CHECK(time_now() >= start + 2 * MS);
}

static void nobody_calls(void)
{
    struct message m = {0};
    const cap_t endpoint = env_endpoint();
    const nanos_t start = time_now();
    CHECK_EQUAL(ipc_reply_wait_deadline(endpoint, &m, DEADLINE_POLL), RECEIVED_ERROR | TIMEOUT);
    CHECK_EQUAL(ipc_reply_wait_deadline(endpoint, &m, start + 2 * MS), RECEIVED_ERROR | TIMEOUT);
    CHECK(time_now() >= start + 2 * MS);
}

static void slow_server(void *unused)
{
    struct message m = {0};
    (void)unused;
    CHECK_EQUAL(ipc_reply_wait(service, &m), BADGE);
    const nanos_t end = time_now() + 4 * MS;
    while (time_now() < end)
        ;
    m.tag = TAG(7, 0);
    (void)!ipc_reply_wait(service, &m);
}

static void check_deadline_while_served(uint32_t server_floor)
{
    const struct helper helper = {.run = slow_server, .floor = server_floor};
    struct message m = {0};
    service = env_endpoint();
    const cap_t client = env_caller(service, BADGE);
    helper_run(&helper);
    const nanos_t start = time_now();
    CHECK_OK(ipc_call_deadline(client, &m, start + MS));
    CHECK(time_now() >= start + 4 * MS);
    CHECK_EQUAL(tag_label(m.tag), 7);
}

static void deadline_is_for_queueing(void)
{
    check_deadline_while_served(PRIORITY_HIGH);
    check_deadline_while_served(0); /* the call is queued first */
}

static uint64_t order[4];

static void call_in_order(void *client)
{
    struct message m = {.tag = TAG(2, 0)};
    const cap_t slot = *(const cap_t *)client;
    order[0] += ipc_call(slot, &m) == OK;
}

static void first_come(void)
{
    struct message m = {0};
    cap_t clients[3];
    service = env_endpoint();
    order[0] = 0;
    for (uint32_t i = 0; i < 3; i++) {
        clients[i] = env_caller(service, i + 1);
        helper_high(call_in_order, &clients[i]);
    }
    for (uint32_t i = 0; i < 3; i++) {
        CHECK_EQUAL(ipc_reply_wait(service, &m), i + 1);
        CHECK_EQUAL(order[0], i);
    }
    CHECK_EQUAL(ipc_reply_wait_deadline(service, &m, DEADLINE_POLL), RECEIVED_ERROR | TIMEOUT);
    CHECK_EQUAL(order[0], 3);
}

static cap_t relay_to;

static void relay(void *unused)
{
    struct message m = {0};
    (void)unused;
    CHECK_EQUAL(ipc_reply_wait(service, &m), 1);
    m.words[0]++;
    CHECK_OK(ipc_call(relay_to, &m));
    m.words[0]++;
    m.tag = TAG(OK, 1);
    (void)!ipc_reply_wait(service, &m);
}

static void nested(void)
{
    struct message m = {.tag = TAG(1, 1), .words = {10}};
    relay_to = start_echo(true);
    const cap_t inner = service;
    service = env_endpoint();
    helper_high(relay, NULL);
    CHECK(inner != service);
    CHECK_OK(ipc_call(env_caller(service, 1), &m));
    CHECK_EQUAL(m.words[0], 13);
}

static void reply_without_caller(void)
{
    struct message m = {.tag = TAG(5, 8), .words = {1, 2, 3}};
    const cap_t notification = env_notification();
    CHECK_EQUAL(ipc_reply_wait_deadline(env_endpoint(), &m, DEADLINE_POLL),
                RECEIVED_ERROR | TIMEOUT);
    CHECK_EQUAL(m.words[0] | m.words[1] | m.words[2] | m.tag, 0);
    CHECK_OK(ipc_signal(env_signal(notification, 3)));
    m.words[0] = 9;
    CHECK_EQUAL(
        trap_deadline(HANDLE(notification, NOTIFICATION_OP_RECEIVE_DEADLINE), &m, DEADLINE_POLL),
        RECEIVED_SIGNAL | 3);
    CHECK_EQUAL(m.words[0], 0);
}

static void reply_to_bad_handle(void)
{
    struct message m = {0};
    cap_t client = CAP_NONE;
    service = env_endpoint();
    order[0] = 0;
    client = env_caller(service, 1);
    helper_high(call_in_order, &client);
    CHECK_EQUAL(ipc_reply_wait(service, &m), 1);
    CHECK_EQUAL(ipc_reply_wait(env_slot(), &m), RECEIVED_ERROR | BAD_HANDLE);
    CHECK_EQUAL(order[0], 1);
}

TEST_SUITE(call,
           {"tag, eight words and badge reach a server that waits, and its answer the caller",
            round_trip_waiting},
           {"tag, eight words and badge of a queued call reach the server that comes to it, and "
            "its answer the caller",
            round_trip_queued},
           {"a call with a deadline is served like any other", round_trip_deadline},
           {"an Endpoint passes every operation on to its server", any_operation},
           {"a call that nobody takes ends at its deadline with TIMEOUT", nobody_receives},
           {"a receive that nobody calls ends at its deadline with TIMEOUT", nobody_calls},
           {"a call's deadline holds while it is queued, not while it is served",
            deadline_is_for_queueing},
           {"queued calls are taken in the order in which they came", first_come},
           {"a server may call another one", nested},
           {"a receive without a message leaves nothing in the registers", reply_without_caller},
           {"an answer goes out even if the handle to receive from is bad", reply_to_bad_handle});
