/**
 * thread.c - starting, stopping, inspecting threads; what may be changed when.
 */
#include "test.h"

#include "machine/tls.h"
#include "native/counter.h"

#define NOT_CANONICAL 0x800000000000ull

static volatile uint64_t progress;
static cap_t shared_endpoint, shared_notification;

static void nothing(void *unused) { (void)unused; }

static void count_for_ever(void *unused)
{
    (void)unused;
    for (;;)
        progress++;
}

static void receive_once(void *result)
{
    struct message m = {0};
    *(volatile uint64_t *)result = ipc_reply_wait(shared_endpoint, &m);
}

static void call_once(void *result)
{
    struct message m = {0};
    *(volatile uint64_t *)result = ipc_call(shared_endpoint, &m);
}

static void listen_once(void *result)
{
    *(volatile uint64_t *)result = notification_wait(shared_notification, DEADLINE_NEVER);
}

static void start_refuses(void)
{
    const struct helper helper = {.run = nothing};
    const cap_t thread = helper_make(&helper);
    const uint64_t code = (uint64_t)(uintptr_t)nothing;
    const uint64_t bad[] = {NOT_CANONICAL, ~0ull << 12, 0xffff800000000000ull, USER_END};
    for (uint32_t i = 0; i < ARRAY_LENGTH(bad); i++) {
        CHECK_STATUS(thread_start(thread, bad[i], PAGE, 0, 0), RANGE);
        CHECK_STATUS(thread_start(thread, code, bad[i] + 8, 0, 0), RANGE);
        CHECK_STATUS(thread_start(thread, code, PAGE, 0, bad[i] + 8), RANGE);
    }
    CHECK_EQUAL(thread_state(thread), STATE_NEW);
    CHECK_STATUS(thread_start(SLOT_THREAD, code, PAGE, 0, 0), BUSY);
}

static void start_needs_time(void)
{
    const cap_t thread = env_make(OBJECT_THREAD, 0, 0);
    CHECK_STATUS(thread_start(thread, PAGE, PAGE, 0, 0), BUSY);
    CHECK_STATUS(thread_resume(thread), BUSY);
    CHECK_EQUAL(thread_state(thread), STATE_NEW);
}

static void states(void)
{
    uint64_t result = 0;
    const struct helper low = {
        .run = nothing, .sched = env_sched_split(NANOS_PER_MS, 100 * NANOS_PER_MS, PRIORITY_LOW)};
    const cap_t thread = helper_make(&low);
    CHECK_EQUAL(thread_state(thread), STATE_NEW);
    helper_start(thread);
    CHECK_EQUAL(thread_state(thread), STATE_READY);
    CHECK_OK(thread_suspend(thread));
    CHECK_EQUAL(thread_state(thread), STATE_SUSPENDED);
    shared_endpoint = env_endpoint();
    CHECK_EQUAL(thread_state(helper_high(call_once, &result)), STATE_QUEUED);
    shared_endpoint = env_endpoint();
    CHECK_EQUAL(thread_state(helper_high(receive_once, &result)), STATE_RECEIVING);
    shared_notification = env_notification();
    CHECK_EQUAL(thread_state(helper_high(listen_once, &result)), STATE_LISTENING);
}

static void state_of_caller(void)
{
    uint64_t result = 0;
    struct message m = {0};
    shared_endpoint = env_endpoint();
    const cap_t caller = helper_high(call_once, &result);
    CHECK_EQUAL(ipc_reply_wait(shared_endpoint, &m), 0);
    CHECK_EQUAL(thread_state(caller), STATE_CALLING);
}

static void fault_at(void *address) { *(volatile uint8_t *)address = 0; }

static void state_of_faulted(void)
{
    const struct helper helper = {.run = fault_at, .floor = PRIORITY_HIGH, .no_fault = true};
    uint64_t state = 0, pc = 0, sp = 0;
    const cap_t thread = helper_run(&helper);
    CHECK_OK(thread_inspect(thread, &state, &pc, &sp));
    CHECK_EQUAL(state, STATE_FAULTED);
    const uint64_t code = (uint64_t)(uintptr_t)fault_at;
    CHECK(pc >= code && pc < code + 64);
    CHECK(sp != 0);
}

static void suspend_breaks_waits(void)
{
    uint64_t received = 0, called = 0, heard = 0;
    shared_endpoint = env_endpoint();
    shared_notification = env_notification();
    const cap_t receiver = helper_high(receive_once, &received);
    const cap_t listener = helper_high(listen_once, &heard);
    CHECK_OK(thread_suspend(receiver));
    const cap_t caller = helper_high(call_once, &called);
    CHECK_OK(thread_suspend(caller));
    CHECK_OK(thread_suspend(listener));
    CHECK_EQUAL(thread_state(caller), STATE_SUSPENDED);
    CHECK_OK(thread_resume(receiver));
    CHECK_OK(thread_resume(caller));
    CHECK_OK(thread_resume(listener));
    CHECK_EQUAL(received, RECEIVED_ERROR | CANCELLED);
    CHECK_EQUAL(called, CANCELLED);
    CHECK_EQUAL(heard, RECEIVED_ERROR | CANCELLED);
}

static void suspended_leaves_queues(void)
{
    uint64_t called = 0;
    struct message m = {0};
    shared_endpoint = env_endpoint();
    CHECK_OK(thread_suspend(helper_high(call_once, &called)));
    CHECK_EQUAL(ipc_reply_wait_deadline(shared_endpoint, &m, DEADLINE_POLL),
                RECEIVED_ERROR | TIMEOUT);
    CHECK_EQUAL(called, 0);
}

static void resume_refuses(void)
{
    uint64_t result = 0;
    shared_endpoint = env_endpoint();
    CHECK_STATUS(thread_resume(helper_high(receive_once, &result)), BUSY);
    CHECK_STATUS(thread_resume(SLOT_THREAD), BUSY);
}

static void suspended_goes_on(void)
{
    const cap_t sched = env_sched_split(100 * NANOS_PER_MS, 1000 * NANOS_PER_MS, PRIORITY_CASE);
    const struct helper helper = {.run = count_for_ever, .sched = sched};
    progress = 0;
    const cap_t thread = helper_run(&helper);
    while (progress == 0)
        ipc_yield();
    CHECK_OK(thread_suspend(thread));
    const uint64_t seen = progress;
    for (uint32_t i = 0; i < 100; i++)
        ipc_yield();
    CHECK_EQUAL(progress, seen);
    CHECK_OK(thread_resume(thread));
    while (progress == seen)
        ipc_yield();
    CHECK_OK(thread_suspend(thread));
}

static void suspend_self(void *self)
{
    progress = 1;
    CHECK_OK(thread_suspend(*(cap_t *)self));
    progress = 2;
}

static void suspends_itself(void)
{
    cap_t thread = CAP_NONE;
    const struct helper helper = {.run = suspend_self, .argument = &thread, .floor = PRIORITY_HIGH};
    thread = helper_make(&helper);
    helper_start(thread);
    CHECK_EQUAL(progress, 1);
    CHECK_EQUAL(thread_state(thread), STATE_SUSPENDED);
    CHECK_OK(thread_resume(thread));
    CHECK_EQUAL(progress, 2);
}

static void configure_refuses(void)
{
    uint64_t result = 0;
    const cap_t fresh = env_make(OBJECT_THREAD, 0, 0);
    const cap_t bare = env_make(OBJECT_SPACE, 2, 0);
    shared_endpoint = env_endpoint();
    const cap_t waiting = helper_high(receive_once, &result);
    CHECK_STATUS(thread_configure(waiting, SLOT_TABLE, 0, 0), BUSY);
    CHECK_STATUS(thread_configure(SLOT_THREAD, SLOT_TABLE, 0, 0), BUSY);
    CHECK_STATUS(thread_configure(fresh, SLOT_SPACE, 0, 0), TYPE);
    CHECK_STATUS(thread_configure(fresh, 0, SLOT_TABLE, 0), TYPE);
    CHECK_STATUS(thread_configure(fresh, 0, 0, SLOT_TABLE), TYPE);
    CHECK_STATUS(thread_configure(fresh, env_slot(), 0, 0), BAD_HANDLE);
    CHECK_OK(thread_configure(fresh, 0, bare, 0));
    CHECK_OK(thread_configure(fresh, 0, 0, 0));
}

static void floor_refuses(void)
{
    const cap_t thread = env_make(OBJECT_THREAD, 0, 0);
    CHECK_STATUS(thread_set_floor(thread, env_sched, PRIORITY_CASE + 1), RANGE);
    CHECK_STATUS(thread_set_floor(thread, env_sched, 1ull << 32), RANGE);
    CHECK_STATUS(thread_set_floor(thread, SLOT_TABLE, 1), TYPE);
    CHECK_STATUS(thread_set_floor(thread, 0, 1), BAD_HANDLE);
    CHECK_STATUS(thread_set_floor(thread, env_make(OBJECT_SCHED, 0, 0), 1), RANGE);
    CHECK_OK(thread_set_floor(thread, env_sched, PRIORITY_CASE));
}

static uint64_t tls_blocks[2] = {11, 22};

static void read_tls(void *self)
{
    CHECK_OK(thread_set_tls(*(cap_t *)self, (uint64_t)(uintptr_t)&tls_blocks[0]));
    progress = tls_word();
    CHECK_OK(thread_suspend(*(cap_t *)self));
    progress = tls_word();
}

static void tls_base(void)
{
    cap_t thread = CAP_NONE;
    const struct helper helper = {.run = read_tls, .argument = &thread, .floor = PRIORITY_HIGH};
    thread = helper_make(&helper);
    CHECK_STATUS(thread_set_tls(thread, NOT_CANONICAL), RANGE);
    CHECK_STATUS(thread_set_tls(thread, ~0ull), RANGE);
    helper_start(thread);
    CHECK_EQUAL(progress, 11);
    CHECK_OK(thread_set_tls(thread, (uint64_t)(uintptr_t)&tls_blocks[1]));
    CHECK_OK(thread_resume(thread));
    CHECK_EQUAL(progress, 22);
}

static void serve_tls(void *self)
{
    struct message m = {0};
    CHECK_OK(thread_set_tls(*(cap_t *)self, (uint64_t)(uintptr_t)&tls_blocks[0]));
    for (;;) {
        (void)!ipc_reply_wait(shared_endpoint, &m);
        m = (struct message){.tag = TAG(OK, 1), .words = {tls_word()}};
    }
}

static void call_tls(void *self)
{
    struct message m = {0};
    CHECK_OK(thread_set_tls(*(cap_t *)self, (uint64_t)(uintptr_t)&tls_blocks[1]));
    CHECK_OK(ipc_call(shared_endpoint, &m));
    CHECK_EQUAL(m.words[0], 11);
    progress = tls_word();
}

static void tls_over_calls(void)
{
    cap_t server = CAP_NONE, client = CAP_NONE;
    const struct helper serves = {.run = serve_tls, .argument = &server, .floor = PRIORITY_HIGH};
    const struct helper calls = {.run = call_tls, .argument = &client, .floor = PRIORITY_HIGH};
    shared_endpoint = env_endpoint();
    progress = 0;
    server = helper_make(&serves);
    client = helper_make(&calls);
    helper_start(server);
    helper_start(client);
    CHECK_EQUAL(progress, 22);
}

static void bind_refuses(void)
{
    const cap_t one = env_make(OBJECT_THREAD, 0, 0);
    const cap_t other = env_make(OBJECT_THREAD, 0, 0);
    const cap_t notification = env_notification();
    CHECK_STATUS(thread_bind_notification(one, SLOT_TABLE), TYPE);
    CHECK_OK(thread_bind_notification(one, notification));
    CHECK_STATUS(thread_bind_notification(other, notification), BUSY);
    CHECK_OK(thread_bind_notification(one, 0));
    CHECK_OK(thread_bind_notification(other, notification));
}

static volatile uint64_t begun;

static void begin_anew(void *argument)
{
    struct message m = {0};
    begun = (uint64_t)(uintptr_t)argument;
    for (;;)
        (void)!ipc_reply_wait(shared_endpoint, &m);
}

static uint8_t second_stack[4096] ALIGNED(16);

static status_t start_anew(cap_t thread, uint64_t argument)
{
    const uint64_t top = (uint64_t)(uintptr_t)second_stack + sizeof(second_stack) - 8;
    return thread_start(thread, (uint64_t)(uintptr_t)begin_anew, top, argument, 0);
}

static void starts_anew(void)
{
    const struct helper faulting = {.run = fault_at, .floor = PRIORITY_HIGH, .no_fault = true};
    const struct helper waiting = {.run = receive_once, .argument = (void *)(uintptr_t)&progress};
    const cap_t sched = env_sched_split(NANOS_PER_MS, 100 * NANOS_PER_MS, PRIORITY_CASE);
    shared_endpoint = env_endpoint();
    const cap_t faulted = helper_run(&faulting), receiver = helper_run(&waiting);
    ipc_yield();
    CHECK_EQUAL(thread_state(faulted), STATE_FAULTED);
    CHECK_EQUAL(thread_state(receiver), STATE_RECEIVING);
    CHECK_STATUS(start_anew(receiver, 1), BUSY);
    CHECK_OK(thread_suspend(receiver));
    CHECK_OK(sched_bind(sched, receiver));
    CHECK_OK(start_anew(receiver, 2));
    ipc_yield();
    CHECK_EQUAL(begun, 2);
    CHECK_OK(table_delete(SLOT_TABLE, receiver));
    CHECK_OK(start_anew(faulted, 3));
    CHECK_EQUAL(begun, 3);
}

static void suspended_before_start(void)
{
    const struct helper helper = {.run = nothing, .floor = PRIORITY_HIGH};
    const cap_t thread = helper_make(&helper);
    CHECK_OK(thread_suspend(thread));
    CHECK_EQUAL(thread_state(thread), STATE_NEW);
    CHECK_STATUS(thread_resume(thread), BUSY);
    helper_start(thread);
    CHECK_EQUAL(thread_state(thread), STATE_SUSPENDED);
}

static void no_guest_space(void)
{
    const cap_t guest = env_make(OBJECT_SPACE, 2, 1);
    const cap_t thread = env_make(OBJECT_THREAD, 0, 0);
    CHECK_STATUS(thread_configure(thread, 0, guest, 0), RANGE);
    CHECK_OK(space_donate(guest, 0, env_make(OBJECT_UNTYPED, 12, 0)));
    CHECK_STATUS(thread_configure(thread, 0, guest, 0), RANGE);
}

static void binds_another(void)
{
    const struct helper helper = {
        .run = receive_once, .argument = (void *)(uintptr_t)&begun, .floor = PRIORITY_HIGH};
    const cap_t first = env_notification(), second = env_notification();
    shared_endpoint = env_endpoint();
    begun = 0;
    const cap_t thread = helper_run(&helper);
    CHECK_OK(thread_bind_notification(thread, first));
    CHECK_OK(thread_bind_notification(thread, first));
    CHECK_OK(thread_bind_notification(thread, second));
    CHECK_OK(ipc_signal(env_signal(first, 1)));
    CHECK_EQUAL(begun, 0);
    CHECK_OK(ipc_signal(env_signal(second, 2)));
    CHECK_EQUAL(begun, RECEIVED_SIGNAL | 2);
}

TEST_SUITE(thread, {"a thread starts only at user addresses, and only at rest", start_refuses},
           {"a thread without a Sched neither starts nor resumes", start_needs_time},
           {"inspect tells what a thread waits for", states},
           {"a thread whose call is being served is in state 3", state_of_caller},
           {"a fault that nobody is told of leaves the thread in state 7, at its instruction",
            state_of_faulted},
           {"a suspended thread finds CANCELLED where it waited", suspend_breaks_waits},
           {"a suspended caller is in no queue", suspended_leaves_queues},
           {"only suspended and faulted threads resume", resume_refuses},
           {"a thread that is resumed goes on where it was", suspended_goes_on},
           {"a thread may suspend itself", suspends_itself},
           {"bindings change only at rest, and only to objects that fit", configure_refuses},
           {"a floor is at most the priority of the Sched that is shown", floor_refuses},
           {"the TLS base is as set, at once for oneself and at the next turn for others",
            tls_base},
           {"a server in its caller's Space has its own TLS base, and the caller its own again",
            tls_over_calls},
           {"a Notification is bound to one thread at a time", bind_refuses},
           {"binding another Notification replaces the first", binds_another},
           {"a thread that is suspended or faulted can be started anew, elsewhere", starts_anew},
           {"suspending a new thread leaves it new", suspended_before_start},
           {"a native thread gets no Space that may map what is writable and executable",
            no_guest_space});
