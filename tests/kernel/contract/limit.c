/**
 * limit.c - the longest that a thread may work on one call: then it faults, whatever it is doing.
 *
 * The worker is the handler of the fault; a helper calls the server that overruns.
 */
#include "guestkit.h"

#include "abi/fault.h"
#include "raw.h"
#include "sdk/rt/time.h"

#define LIMIT_NS     NANOS_PER_MS
#define LIMIT_MAX_NS (3600 * NANOS_PER_S)
#define LATE_NS      (20 * NANOS_PER_US)
#define PENDING      0xdead0000ull /* not a result */
#define FAULT_BADGE  5u
#define ANSWER       77u

static cap_t service, handler, inner;
static cap_t server, caller;
static void (*work)(void); /* what the server does with each call */
static volatile uint64_t result[2], found, done;
static struct message fault;

static void serve(void *unused)
{
    struct message m = {0};
    (void)unused;
    for (;;) {
        const uint64_t received = ipc_reply_wait(service, &m);
        m = (struct message){0};
        if (received & (RECEIVED_ERROR | RECEIVED_SIGNAL))
            continue;
        work();
        m.tag = TAG(ANSWER, 0);
    }
}

static void call(void *to)
{
    struct message m = {0};
    const status_t status = ipc_call(service, &m);
    *(volatile uint64_t *)to = status == OK ? tag_label(m.tag) : status;
}

static void spin(void)
{
    while (done == 0)
        ;
}

static void return_at_once(void) {}

static void prepare(void (*with)(void))
{
    work = with;
    service = env_endpoint();
    handler = env_endpoint();
    inner = env_endpoint();
    result[0] = result[1] = found = PENDING;
    done = 0;
}

/* A server with a limit that waits, above the worker. */
static void start_server(void (*with)(void))
{
    struct helper helper = {.run = serve, .floor = PRIORITY_HIGH};
    prepare(with);
    helper.fault = env_caller(handler, FAULT_BADGE);
    server = helper_make(&helper);
    CHECK_OK(thread_limit_request(server, LIMIT_NS));
    helper_start(server);
}

static cap_t start_call(uint32_t index)
{
    return helper_high(call, (void *)(uintptr_t)&result[index]);
}

static bool fault_comes(nanos_t deadline_ns)
{
    fault = (struct message){.tag = ~0ull, .words = {9, 9, 9, 9, 9, 9, 9, 9}};
    return ipc_reply_wait_deadline(handler, &fault, deadline_ns) == FAULT_BADGE;
}

/* The server gets a call, works on it too long, and has faulted now. */
static void overrun(void (*with)(void))
{
    start_server(with);
    const nanos_t start = time_now();
    caller = start_call(0);
    CHECK(fault_comes(start + 2 * LIMIT_NS));
    CHECK_EQUAL(tag_label(fault.tag), FAULT_TIMEOUT);
    CHECK(time_now() - start >= LIMIT_NS);
}

static void answer(uint64_t tag, uint64_t word)
{
    struct message m = {.tag = tag, .words = {word}};
    CHECK_EQUAL(ipc_reply_wait_deadline(handler, &m, DEADLINE_POLL), RECEIVED_ERROR | TIMEOUT);
}

static void refuses(void)
{
    const cap_t fresh = env_make(OBJECT_THREAD, 0, 0);
    CHECK_STATUS(thread_limit_request(fresh, LIMIT_MAX_NS + 1), RANGE);
    CHECK_STATUS(thread_limit_request(fresh, ~0ull), RANGE);
    CHECK_OK(thread_limit_request(fresh, LIMIT_MAX_NS));
    CHECK_OK(thread_limit_request(fresh, 1));
    CHECK_OK(thread_limit_request(fresh, 0));
    CHECK_STATUS(thread_limit_request(SLOT_THREAD, LIMIT_NS), BUSY);
    start_server(return_at_once);
    CHECK_STATUS(thread_limit_request(server, LIMIT_NS), BUSY);
    CHECK_OK(thread_suspend(server));
    CHECK_OK(thread_limit_request(server, LIMIT_NS));
}

static void half_the_limit(void)
{
    const nanos_t end = time_now() + LIMIT_NS / 2;
    while (time_now() < end)
        ;
}

static void in_time(void)
{
    start_server(half_the_limit);
    for (uint32_t i = 0; i < 3; i++) {
        struct message m = {0};
        CHECK_OK(ipc_call(service, &m));
        sleep_until(time_now() + 2 * LIMIT_NS);
    }
    CHECK(!fault_comes(DEADLINE_POLL));
    CHECK_EQUAL(thread_state(server), STATE_RECEIVING);
}

static void message_says(void)
{
    const uint64_t code = (uint64_t)(uintptr_t)spin;
    start_server(spin);
    const nanos_t limit = time_now() + LIMIT_NS;
    caller = start_call(0);
    CHECK(fault_comes(limit + LIMIT_NS));
    const nanos_t late = time_now() - limit;
    test_note("a limit of %lu us: the fault is handled %lu ns after it", LIMIT_NS / NANOS_PER_US,
              late);
    CHECK(late < LATE_NS);
    CHECK_EQUAL(fault.tag, TAG(FAULT_TIMEOUT, 4));
    CHECK_EQUAL(fault.words[0] | fault.words[1], 0);
    CHECK(fault.words[2] >= code && fault.words[2] < code + 64);
    CHECK(fault.words[3] != 0);
    CHECK_EQUAL(fault.words[4] | fault.words[5] | fault.words[6] | fault.words[7], 0);
    CHECK_EQUAL(thread_state(server), STATE_CALLING);
    CHECK_EQUAL(thread_state(caller), STATE_CALLING);
}

static void goes_on(void)
{
    overrun(spin);
    done = 1;
    answer(TAG(OK, 0), 0);
    CHECK_EQUAL(result[0], ANSWER);
    done = 0;
    const nanos_t start = time_now();
    start_call(1);
    CHECK(fault_comes(start + 2 * LIMIT_NS));
    CHECK(time_now() - start >= LIMIT_NS);
}

static void four_limits(void)
{
    const nanos_t end = time_now() + 4 * LIMIT_NS;
    while (time_now() < end)
        ;
}

static void once_a_request(void)
{
    overrun(four_limits);
    answer(TAG(OK, 0), 0);
    CHECK(!fault_comes(DEADLINE_POLL));
    CHECK_EQUAL(result[0], ANSWER);
}

static void after_overrun(void)
{
    struct message m = {.tag = TAG(ANSWER + 1, 0)};
    found = 1;
    for (;;)
        (void)!ipc_reply_wait(service, &m);
}

static void goes_on_elsewhere(void)
{
    overrun(spin);
    answer(TAG(OK, 1), (uint64_t)(uintptr_t)after_overrun);
    CHECK_EQUAL(found, 1);
    CHECK_EQUAL(result[0], ANSWER + 1);
}

static void call_inner(void)
{
    struct message m = {0};
    found = ipc_call(inner, &m);
}

static void out_of_a_wait(void)
{
    overrun(call_inner);
    answer(TAG(OK, 1), (uint64_t)(uintptr_t)after_overrun);
    CHECK_EQUAL(found, 1);
    CHECK_EQUAL(result[0], ANSWER + 1);
}

static void refused(void)
{
    overrun(spin);
    answer(TAG(METHOD, 0), 0);
    CHECK_EQUAL(thread_state(server), STATE_SUSPENDED);
    CHECK_EQUAL(thread_state(caller), STATE_CALLING);
    CHECK_OK(table_delete(SLOT_TABLE, server));
    CHECK_EQUAL(result[0], GONE);
}

static void queued_call_is_cancelled(void)
{
    struct message m = {0};
    overrun(call_inner);
    CHECK_EQUAL(ipc_reply_wait_deadline(inner, &m, DEADLINE_POLL), RECEIVED_ERROR | TIMEOUT);
}

static void wait_is_cancelled(void)
{
    overrun(call_inner);
    CHECK_EQUAL(found, PENDING);
    answer(TAG(OK, 0), 0);
    CHECK_EQUAL(found, CANCELLED);
    CHECK_EQUAL(result[0], ANSWER);
}

/* Works below the server on what that asked for, and does not answer. */
static void keep_call(void *unused)
{
    struct message m = {0};
    (void)unused;
    (void)!ipc_reply_wait(inner, &m);
    while (done == 0)
        ;
    m = (struct message){.tag = TAG(1, 0)};
    (void)!ipc_reply_wait(inner, &m);
}

static void served_call_is_cancelled(void)
{
    const struct helper low = {.run = keep_call};
    prepare(call_inner);
    const cap_t last = helper_run(&low);
    struct helper helper = {.run = serve, .floor = PRIORITY_HIGH};
    helper.fault = env_caller(handler, FAULT_BADGE);
    server = helper_make(&helper);
    CHECK_OK(thread_limit_request(server, LIMIT_NS));
    helper_start(server);
    ipc_yield(); /* the last server waits */
    CHECK_EQUAL(thread_state(last), STATE_RECEIVING);
    start_call(0);
    CHECK(fault_comes(time_now() + 2 * LIMIT_NS));
    CHECK_EQUAL(tag_label(fault.tag), FAULT_TIMEOUT);
    answer(TAG(OK, 0), 0);
    CHECK_EQUAL(found, CANCELLED);
    CHECK_EQUAL(result[0], ANSWER);
    done = 1;
    ipc_yield();
    CHECK_EQUAL(thread_state(last), STATE_RECEIVING);
}

static struct registers before, after;

static void touch_far(void)
{
    before.RAW_ADDRESS = ADDRESS_FAULT;
    raw_fault(&before, &after);
    found = 1;
}

/* The page fault waits in the handler's queue, or is being handled. */
static void page_fault_is_overtaken(void)
{
    start_server(touch_far);
    start_call(0);
    CHECK(fault_comes(DEADLINE_POLL));
    CHECK_EQUAL(tag_label(fault.tag), FAULT_PAGE);
    const nanos_t end = time_now() + 2 * LIMIT_NS;
    while (time_now() < end)
        ;
    struct message m = {.tag = TAG(OK, 1), .words = {(uint64_t)(uintptr_t)raw_fault_next}};
    CHECK_EQUAL(ipc_reply_wait_deadline(handler, &m, DEADLINE_POLL), FAULT_BADGE);
    CHECK_EQUAL(tag_label(m.tag), FAULT_TIMEOUT);
    CHECK_EQUAL(m.words[2], (uint64_t)(uintptr_t)raw_fault_instruction);
    answer(TAG(OK, 0), 0);
    CHECK(fault_comes(DEADLINE_POLL));
    CHECK_EQUAL(tag_label(fault.tag), FAULT_PAGE);
    CHECK_EQUAL(fault.words[0], ADDRESS_FAULT);
    answer(TAG(OK, 1), (uint64_t)(uintptr_t)raw_fault_next);
    CHECK_EQUAL(found, 1);
    CHECK_EQUAL(result[0], ANSWER);
}

static void nobody_to_tell(void)
{
    const struct helper helper = {.run = serve, .floor = PRIORITY_HIGH, .no_fault = true};
    prepare(spin);
    server = helper_make(&helper);
    CHECK_OK(thread_limit_request(server, LIMIT_NS));
    helper_start(server);
    caller = start_call(0);
    CHECK_EQUAL(thread_state(server), STATE_FAULTED);
    CHECK_EQUAL(thread_state(caller), STATE_CALLING);
    done = 1;
    CHECK_OK(thread_resume(server));
    CHECK_EQUAL(result[0], ANSWER);
}

static void listen(void) { found = notification_wait(inner, DEADLINE_NEVER); }

/* To wait at a Notification is to answer first, so the request is over. */
static void listening_is_no_request(void)
{
    start_server(listen);
    inner = env_notification();
    start_call(0);
    CHECK_EQUAL(thread_state(server), STATE_LISTENING);
    sleep_until(time_now() + 2 * LIMIT_NS);
    CHECK(!fault_comes(DEADLINE_POLL));
    CHECK_EQUAL(thread_state(server), STATE_LISTENING);
    CHECK_EQUAL(found, PENDING);
}

static void taken_away(void)
{
    struct message m = {0};
    start_server(half_the_limit);
    CHECK_OK(thread_suspend(server));
    CHECK_OK(thread_limit_request(server, LIMIT_NS / 4));
    CHECK_OK(thread_limit_request(server, 0));
    CHECK_OK(thread_resume(server));
    CHECK_OK(ipc_call(service, &m));
    CHECK(!fault_comes(DEADLINE_POLL));
}

static void queueing_does_not_count(void)
{
    start_server(half_the_limit);
    CHECK_OK(thread_suspend(server));
    start_call(0);
    start_call(1);
    sleep_until(time_now() + 3 * LIMIT_NS);
    CHECK_OK(thread_resume(server));
    CHECK_EQUAL(result[0], ANSWER);
    CHECK_EQUAL(result[1], ANSWER);
    CHECK(!fault_comes(DEADLINE_POLL));
}

static void caller_dies(void)
{
    start_server(call_inner);
    caller = start_call(0);
    CHECK_EQUAL(thread_state(server), STATE_QUEUED);
    CHECK_OK(table_delete(SLOT_TABLE, caller));
    sleep_until(time_now() + 2 * LIMIT_NS);
    CHECK(!fault_comes(DEADLINE_POLL));
    CHECK_EQUAL(found, PENDING);
}

static void server_dies(void)
{
    start_server(call_inner);
    start_call(0);
    CHECK_OK(table_delete(SLOT_TABLE, server));
    CHECK_EQUAL(result[0], GONE);
    sleep_until(time_now() + 2 * LIMIT_NS);
    CHECK(!fault_comes(DEADLINE_POLL));
}

static struct message request;

static void receive_request(void *unused)
{
    (void)unused;
    (void)!ipc_reply_wait(service, &request);
    found = 1;
}

static void call_with_words(void *unused)
{
    struct message m = {.tag = TAG(3, 8), .words = {1, 2, 3, 4, 5, 6, 7, 8}};
    (void)unused;
    (void)!ipc_call(service, &m);
}

/* Lent the time of a poor caller, the server does not even begin: others outrank it. */
static void outranked(void)
{
    struct helper helper = {.run = receive_request};
    struct helper poor = {.run = call_with_words, .floor = PRIORITY_HIGH};
    prepare(spin);
    poor.sched = env_sched_split(10 * NANOS_PER_MS, 100 * NANOS_PER_MS, PRIORITY_LOW);
    helper.fault = env_caller(handler, FAULT_BADGE);
    server = helper_make(&helper);
    CHECK_OK(thread_limit_request(server, LIMIT_NS));
    helper_start(server);
    ipc_yield();
    CHECK_EQUAL(thread_state(server), STATE_RECEIVING);
    helper_run(&poor);
    CHECK_EQUAL(thread_state(server), STATE_READY);
    four_limits();
    CHECK(fault_comes(DEADLINE_POLL));
    CHECK_EQUAL(tag_label(fault.tag), FAULT_TIMEOUT);
}

static void nothing_is_lost(void)
{
    outranked();
    answer(TAG(OK, 0), 0);
    sleep_until(time_now() + LIMIT_NS);
    CHECK_EQUAL(found, 1);
    CHECK_EQUAL(request.tag, TAG(3, 8));
    for (uint32_t i = 0; i < MESSAGE_WORDS; i++)
        CHECK_EQUAL(request.words[i], i + 1);
}

/* Where a rich thread runs when the poor one faults, it is the poor one's budget that counts. */
static void budget_is_its_own(void)
{
    struct helper helper = {.run = serve, .floor = PRIORITY_HIGH};
    struct helper poor = {.run = call, .argument = (void *)(uintptr_t)&result[0]};
    prepare(call_inner);
    poor.sched = env_sched_split(2 * NANOS_PER_MS, 100 * NANOS_PER_MS, PRIORITY_LOW);
    helper.fault = env_caller(handler, FAULT_BADGE);
    server = helper_make(&helper);
    CHECK_OK(thread_limit_request(server, LIMIT_NS));
    helper_start(server);
    CHECK_OK(endpoint_demand_budget(handler, 20 * NANOS_PER_MS));
    helper_run(&poor);
    sleep_until(time_now() + 2 * LIMIT_NS);
    CHECK(!fault_comes(DEADLINE_POLL));
    CHECK_EQUAL(thread_state(server), STATE_FAULTED);
}

static void enter_loop(void *unused)
{
    struct message m = {0};
    (void)unused;
    CHECK_EQUAL(ipc_reply_wait(service, &m), 0);
    GUEST_CODE_SET(GUEST_LOOP);
    guest.frame->FRAME_ARGUMENT = 0x1234;
    found = guest_enter(&m);
    m = (struct message){.tag = TAG(ANSWER, 0)};
    (void)!ipc_reply_wait(service, &m);
}

static void start_guest(void)
{
    prepare(NULL);
    guest_make(enter_loop, PRIORITY_HIGH, CAP_NONE);
    server = guest.thread;
    CHECK_OK(thread_configure(server, 0, 0, env_caller(handler, FAULT_BADGE)));
    CHECK_OK(thread_limit_request(server, LIMIT_NS));
    helper_start(server);
    start_call(0);
    CHECK(fault_comes(DEADLINE_POLL));
    CHECK_EQUAL(fault.tag, TAG(FAULT_TIMEOUT, 4));
    CHECK(fault.words[2] != GUEST_CODE);
}

static void in_guest(void)
{
    start_guest();
    answer(TAG(OK, 0), 0);
    CHECK_EQUAL(found, GUEST_EXIT_KICK);
    CHECK_EQUAL(guest.frame->FRAME_PC, GUEST_CODE);
    CHECK_EQUAL(guest.frame->FRAME_ARGUMENT, 0x1234);
    CHECK_EQUAL(result[0], ANSWER);
}

static void out_of_its_guest(void)
{
    start_guest();
    answer(TAG(OK, 1), (uint64_t)(uintptr_t)after_overrun);
    CHECK_EQUAL(found, 1);
    CHECK_EQUAL(guest.frame->FRAME_PC, GUEST_CODE);
    CHECK_EQUAL(guest.frame->FRAME_ARGUMENT, 0x1234);
    CHECK_EQUAL(result[0], ANSWER + 1);
}

TEST_SUITE(
    limit, {"a limit for one request is at most an hour, and changes only at rest", refuses},
    {"a request that is answered within its limit is no fault, nor is the time between requests",
     in_time},
    {"a request beyond the limit is a fault: label, pc, sp, and nothing else", message_says},
    {"an empty answer to an overrun lets the server go on, and the next request has its own limit",
     goes_on},
    {"one request overruns once", once_a_request},
    {"an answer to an overrun with an address lets the server go on there, with the caller it "
     "serves",
     goes_on_elsewhere},
    {"an answer to an overrun with an address takes the server out of the system call in which it "
     "waited",
     out_of_a_wait},
    {"any other answer to an overrun suspends the server, whose caller gets GONE when it is "
     "deleted",
     refused},
    {"a server that overruns while its own call is queued leaves the queue",
     queued_call_is_cancelled},
    {"a server that overruns while it waits finds CANCELLED there", wait_is_cancelled},
    {"a server that overruns while it is served leaves that server free", served_call_is_cancelled},
    {"an overrun overtakes a page fault that nobody answered, which then happens again",
     page_fault_is_overtaken},
    {"an overrun that nobody is told of leaves the server faulted until it is resumed",
     nobody_to_tell},
    {"to wait at a Notification is to answer: no request is left to overrun",
     listening_is_no_request},
    {"a limit of 0 for one request is none", taken_away},
    {"the time in which a call is queued does not count as time of the request",
     queueing_does_not_count},
    {"a request whose caller dies does not overrun", caller_dies},
    {"a server that dies does not overrun", server_dies},
    {"the limit of a request counts the clock, not the server's own time", outranked},
    {"what a server was to receive is not lost when its request lasts too long before it runs",
     nothing_is_lost},
    {"a fault endpoint that demands budget looks at the budget of who faulted, not of who runs",
     budget_is_its_own},
    {"a guest that runs too long while its thread serves is left, as by a kick", in_guest},
    {"an answer to an overrun with an address takes the server out of its guest, which stays in "
     "the frame",
     out_of_its_guest});
