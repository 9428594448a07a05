/**
 * death.c - callers, servers and third parties that die at each point of a call.
 */
#include "test.h"

#define PENDING 0xdead0000ull /* not a result */

static cap_t service, inner_service;
static volatile uint64_t results[3];
static volatile uint64_t served;

static void call(void *result)
{
    struct message m = {.tag = TAG(1, 8), .words = {1, 2, 3, 4, 5, 6, 7, 8}};
    const uint64_t status = ipc_call(service, &m);
    *(volatile uint64_t *)result = status;
}

static void receive(void *result)
{
    struct message m = {0};
    *(volatile uint64_t *)result = ipc_reply_wait(service, &m);
}

/* Receives, then waits for ever in a call of its own while it serves. */
static void serve_never(void *unused)
{
    struct message m = {0};
    (void)unused;
    (void)!ipc_reply_wait(service, &m);
    served++;
    (void)!ipc_call(inner_service, &m);
}

/* Receives and suspends itself. */
static void serve_and_stop(void *self)
{
    struct message m = {0};
    (void)!ipc_reply_wait(service, &m);
    served++;
    CHECK_OK(thread_suspend(*(const cap_t *)self));
}

static void forward(void *unused)
{
    struct message m = {0};
    (void)unused;
    (void)!ipc_reply_wait(service, &m);
    results[1] = ipc_call(inner_service, &m);
    m = (struct message){.tag = TAG(9, 0)};
    (void)!ipc_reply_wait(service, &m);
}

static void reset_results(void)
{
    for (uint32_t i = 0; i < ARRAY_LENGTH(results); i++)
        results[i] = PENDING;
    served = 0;
    service = env_endpoint();
    inner_service = env_endpoint();
}

static void *result_of(uint32_t index) { return (void *)(uintptr_t)&results[index]; }

static void caller_dies_queued(void)
{
    struct message m = {0};
    reset_results();
    const cap_t caller = helper_high(call, result_of(0));
    CHECK_OK(table_delete(SLOT_TABLE, caller));
    CHECK_EQUAL(ipc_reply_wait_deadline(service, &m, DEADLINE_POLL), RECEIVED_ERROR | TIMEOUT);
    CHECK_EQUAL(results[0], PENDING);
}

static void caller_dies_served(void)
{
    struct message m = {0};
    reset_results();
    const cap_t caller = helper_high(call, result_of(0));
    CHECK_EQUAL(ipc_reply_wait(service, &m), 0);
    CHECK_OK(table_delete(SLOT_TABLE, caller));
    CHECK_EQUAL(ipc_reply_wait_deadline(service, &m, DEADLINE_POLL), RECEIVED_ERROR | TIMEOUT);
    helper_high(call, result_of(1));
    CHECK_EQUAL(ipc_reply_wait(service, &m), 0);
    m = (struct message){.tag = TAG(OK, 0)};
    CHECK_EQUAL(ipc_reply_wait_deadline(service, &m, DEADLINE_POLL), RECEIVED_ERROR | TIMEOUT);
    CHECK_EQUAL(results[0], PENDING);
    CHECK_EQUAL(results[1], OK);
}

static void caller_suspended_served(void)
{
    struct message m = {0};
    reset_results();
    const cap_t caller = helper_high(call, result_of(0));
    CHECK_EQUAL(ipc_reply_wait(service, &m), 0);
    CHECK_OK(thread_suspend(caller));
    CHECK_EQUAL(ipc_reply_wait_deadline(service, &m, DEADLINE_POLL), RECEIVED_ERROR | TIMEOUT);
    CHECK_OK(thread_resume(caller));
    CHECK_EQUAL(results[0], CANCELLED);
}

static void server_dies_serving(void)
{
    reset_results();
    const cap_t server = helper_high(serve_never, NULL);
    const cap_t caller = helper_high(call, result_of(0));
    CHECK_EQUAL(thread_state(caller), STATE_CALLING);
    CHECK_OK(table_delete(SLOT_TABLE, server));
    CHECK_EQUAL(results[0], GONE);
}

static void server_suspended_serving(void)
{
    reset_results();
    const cap_t server = helper_high(serve_never, NULL);
    helper_high(call, result_of(0));
    CHECK_OK(thread_suspend(server));
    CHECK_EQUAL(results[0], GONE);
}

static void server_suspends_itself(void)
{
    cap_t server = CAP_NONE;
    const struct helper helper = {
        .run = serve_and_stop, .argument = &server, .floor = PRIORITY_HIGH};
    reset_results();
    server = helper_make(&helper);
    helper_start(server);
    helper_high(call, result_of(0));
    CHECK_EQUAL(served, 1);
    CHECK_EQUAL(results[0], GONE);
}

static void queued_call_survives_server(void)
{
    struct message m = {0};
    reset_results();
    const cap_t server = helper_high(serve_never, NULL);
    helper_high(call, result_of(0));
    helper_high(call, result_of(1));
    CHECK_OK(table_delete(SLOT_TABLE, server));
    CHECK_EQUAL(results[0], GONE);
    CHECK_EQUAL(results[1], PENDING);
    CHECK_EQUAL(ipc_reply_wait(service, &m), 0);
    CHECK_EQUAL(m.words[7], 8);
    m = (struct message){.tag = TAG(OK, 0)};
    (void)!ipc_reply_wait_deadline(service, &m, DEADLINE_POLL);
    CHECK_EQUAL(results[1], OK);
}

static void endpoint_dies_queued(void)
{
    reset_results();
    helper_high(call, result_of(0));
    helper_high(call, result_of(1));
    CHECK_OK(table_delete(SLOT_TABLE, service));
    CHECK_EQUAL(results[0], GONE);
    CHECK_EQUAL(results[1], GONE);
}

static void endpoint_dies_receiving(void)
{
    reset_results();
    helper_high(receive, result_of(0));
    helper_high(receive, result_of(1));
    CHECK_OK(table_delete(SLOT_TABLE, service));
    CHECK_EQUAL(results[0], RECEIVED_ERROR | GONE);
    CHECK_EQUAL(results[1], RECEIVED_ERROR | GONE);
}

static void endpoint_dies_serving(void)
{
    struct message m = {0};
    reset_results();
    helper_high(call, result_of(0));
    CHECK_EQUAL(ipc_reply_wait(service, &m), 0);
    CHECK_OK(table_delete(SLOT_TABLE, service));
    CHECK_EQUAL(results[0], PENDING);
    m = (struct message){.tag = TAG(OK, 0)};
    CHECK_EQUAL(ipc_reply_wait(service, &m), RECEIVED_ERROR | BAD_HANDLE);
    CHECK_EQUAL(results[0], OK);
}

/* A calls B, B calls the worker. */
static cap_t chain(void)
{
    struct message m = {0};
    reset_results();
    const cap_t middle = helper_high(forward, NULL);
    helper_high(call, result_of(0));
    CHECK_EQUAL(ipc_reply_wait(inner_service, &m), 0);
    return middle;
}

static void middle_dies(void)
{
    struct message m = {0};
    const cap_t middle = chain();
    CHECK_OK(table_delete(SLOT_TABLE, middle));
    CHECK_EQUAL(results[0], GONE);
    CHECK_EQUAL(ipc_reply_wait_deadline(inner_service, &m, DEADLINE_POLL),
                RECEIVED_ERROR | TIMEOUT);
    CHECK_EQUAL(results[1], PENDING);
}

static void middle_suspended(void)
{
    struct message m = {0};
    const cap_t middle = chain();
    CHECK_OK(thread_suspend(middle));
    CHECK_EQUAL(results[0], GONE);
    CHECK_OK(thread_resume(middle));
    CHECK_EQUAL(results[1], CANCELLED);
    CHECK_EQUAL(ipc_reply_wait_deadline(inner_service, &m, DEADLINE_POLL),
                RECEIVED_ERROR | TIMEOUT);
}

static void first_dies(void)
{
    struct message m = {0};
    reset_results();
    const cap_t middle = helper_high(forward, NULL);
    const cap_t first = helper_high(call, result_of(0));
    CHECK_EQUAL(ipc_reply_wait(inner_service, &m), 0);
    CHECK_OK(table_delete(SLOT_TABLE, first));
    m = (struct message){.tag = TAG(OK, 0)};
    (void)!ipc_reply_wait_deadline(inner_service, &m, DEADLINE_POLL);
    CHECK_EQUAL(results[1], OK);
    CHECK_EQUAL(thread_state(middle), STATE_RECEIVING);
}

TEST_SUITE(
    death, {"a caller that dies in the queue is never received", caller_dies_queued},
    {"a caller that dies while it is served leaves its server free", caller_dies_served},
    {"a caller that is suspended while it is served finds CANCELLED", caller_suspended_served},
    {"the caller of a server that dies while serving gets GONE", server_dies_serving},
    {"the caller of a server that is suspended while serving gets GONE", server_suspended_serving},
    {"the caller of a server that suspends itself gets GONE", server_suspends_itself},
    {"a queued call survives the server and is taken by the next one", queued_call_survives_server},
    {"callers queued at an Endpoint that dies get GONE", endpoint_dies_queued},
    {"receivers at an Endpoint that dies get GONE", endpoint_dies_receiving},
    {"a call that is being served outlives its Endpoint", endpoint_dies_serving},
    {"in a chain, the death of the middle answers GONE to the first and frees the last",
     middle_dies},
    {"in a chain, suspending the middle answers GONE and takes its own call back",
     middle_suspended},
    {"in a chain, the death of the first leaves the others at work", first_dies});
