/**
 * register.c - no thread sees a byte of another's registers that it was not sent.
 */
#include "test.h"

#include "raw.h"
#include "sdk/rt/time.h"

#define SECRET       0x5ec2e75ec2e70000ull
#define SECRET_MASK  0xffffffffffff0000ull
#define KERNEL_START 0xffff800000000000ull

#define MINE   0x100ull /* secrets of the thread that is looked at */
#define THEIRS 0x200ull /* and of all others */

static cap_t service;
static struct registers sent, back, got;
static volatile uint64_t woken;

static void fill_secrets(struct registers *registers, uint64_t whose)
{
    uint64_t *words = (uint64_t *)registers;
    for (uint32_t i = 0; i < REGISTERS_GENERAL; i++)
        words[i] = SECRET | whose | i;
    raw_set_flags(registers, SECRET);
}

static bool has_secret(uint64_t word) { return (word & SECRET_MASK) == SECRET; }

/* Neither a secret nor an address of the kernel in what is not part of the message; but what the
 * thread had in this very register before may be there still. */
static void check_clean(const struct registers *before, const struct registers *after)
{
    const uint64_t had[] = {RAW_LOST(before)}, has[] = {RAW_LOST(after)};
    for (uint32_t i = 0; i < ARRAY_LENGTH(has); i++)
        CHECK(has[i] == had[i] || (!has_secret(has[i]) && has[i] < KERNEL_START));
    CHECK_EQUAL(raw_flags(after) & ~RAW_FLAGS_ARITHMETIC, 0);
}

/* A system call of a thread that has secrets in all other registers. */
static uint64_t call_with_secrets(uint64_t handle, uint64_t deadline)
{
    fill_secrets(&sent, MINE);
    sent.RAW_HANDLE = handle;
    sent.RAW_TAG = 0;
    sent.RAW_DEADLINE = deadline;
    raw_syscall(&sent, &back);
    check_clean(&sent, &back);
    return back.RAW_HANDLE;
}

static void check_no_secret(const struct registers *registers)
{
    const uint64_t *words = (const uint64_t *)registers;
    for (uint32_t i = 0; i < REGISTERS_GENERAL; i++)
        CHECK(!has_secret(words[i]) && words[i] < KERNEL_START);
}

static const struct registers nothing;

static void receive_raw(void *unused)
{
    struct registers in = {.RAW_HANDLE = HANDLE(service, ENDPOINT_OP_RECEIVE)};
    (void)unused;
    raw_syscall(&in, &got);
    woken = 1;
    for (;;) {
        fill_secrets(&in, THEIRS);
        in.RAW_HANDLE = HANDLE(service, ENDPOINT_OP_RECEIVE);
        in.RAW_TAG = TAG(OK, 8);
        raw_syscall(&in, &got);
    }
}

static void send_secrets(uint32_t op)
{
    fill_secrets(&sent, MINE);
    sent.RAW_HANDLE = HANDLE(service, op);
    sent.RAW_TAG = TAG(1, 8);
    sent.RAW_DEADLINE = op == ENDPOINT_OP_CALL_DEADLINE ? DEADLINE_NEVER : SECRET;
    raw_syscall(&sent, &back);
    check_clean(&sent, &back);
}

static void check_words_arrived(void)
{
    struct registers filled;
    fill_secrets(&filled, MINE);
    const uint64_t wanted[] = {RAW_WORDS(&filled)}, words[] = {RAW_WORDS(&got)};
    CHECK_EQUAL(got.RAW_HANDLE, 0);
    for (uint32_t i = 0; i < MESSAGE_WORDS; i++)
        CHECK_EQUAL(words[i], wanted[i]);
    check_clean(&nothing, &got);
}

static void server_waits(void)
{
    service = env_endpoint();
    helper_high(receive_raw, NULL);
    send_secrets(ENDPOINT_OP_CALL);
    check_words_arrived();
    CHECK_EQUAL(back.RAW_HANDLE, OK);
}

static void server_waits_slow(void)
{
    service = env_endpoint();
    helper_high(receive_raw, NULL);
    send_secrets(ENDPOINT_OP_CALL_DEADLINE);
    check_words_arrived();
}

static void server_comes(void)
{
    const struct helper low = {.run = receive_raw};
    service = env_endpoint();
    helper_run(&low);
    send_secrets(ENDPOINT_OP_CALL);
    check_words_arrived();
}

static void listen_raw(void *unused)
{
    struct registers in;
    (void)unused;
    fill_secrets(&in, THEIRS);
    in.RAW_HANDLE = HANDLE(service, NOTIFICATION_OP_RECEIVE);
    in.RAW_TAG = 0;
    raw_syscall(&in, &got);
    check_clean(&in, &got);
    woken = 1;
}

static void signal_carries_nothing(void)
{
    service = env_notification();
    const cap_t signal = env_signal(service, 6);
    woken = 0;
    helper_high(listen_raw, NULL);
    CHECK_EQUAL(call_with_secrets(HANDLE(signal, NOTIFICATION_OP_SIGNAL), 0), OK);
    CHECK_EQUAL(woken, 1);
    CHECK_EQUAL(got.RAW_HANDLE, RECEIVED_SIGNAL | 6);
    got.RAW_HANDLE = 0;
    check_no_secret(&got);
}

/* Nobody waits: the ways of a Notification that end with who went in. */
static void signals_alone(void)
{
    service = env_notification();
    const cap_t signal = env_signal(service, 6);
    const uint64_t receive = HANDLE(service, NOTIFICATION_OP_RECEIVE);
    const uint64_t timed = receive | HANDLE_RECEIVE_DEADLINE, timeout = RECEIVED_ERROR | TIMEOUT;
    CHECK_EQUAL(call_with_secrets(timed, DEADLINE_POLL), timeout);
    CHECK_EQUAL(call_with_secrets(timed, time_now() + NANOS_PER_MS), timeout);
    CHECK_EQUAL(call_with_secrets(HANDLE(signal, NOTIFICATION_OP_SIGNAL), 0), OK);
    CHECK_EQUAL(call_with_secrets(receive, 0), RECEIVED_SIGNAL | 6);
    CHECK_EQUAL(call_with_secrets(HANDLE(signal, ENDPOINT_OP_CALL), 0), BAD_HANDLE);
    CHECK_EQUAL(call_with_secrets(HANDLE(env_slot(), ENDPOINT_OP_CALL), 0), BAD_HANDLE);
}

static void yield_raw(void *unused)
{
    struct registers in, out;
    (void)unused;
    for (;;) {
        fill_secrets(&in, THEIRS);
        in.RAW_HANDLE = SYSCALL_YIELD;
        raw_syscall(&in, &out);
        woken++;
    }
}

static void yields(void)
{
    const struct helper other = {.run = yield_raw};
    woken = 0;
    CHECK_EQUAL(call_with_secrets(SYSCALL_YIELD, 0), OK);
    helper_run(&other);
    for (uint32_t i = 0; i < 10; i++)
        CHECK_EQUAL(call_with_secrets(SYSCALL_YIELD, 0), OK);
    CHECK(woken > 5);
}

static void suspend_raw(void *thread)
{
    call_with_secrets(HANDLE(*(const cap_t *)thread, THREAD_OP_SUSPEND), 0);
    woken = 1;
}

static void suspends_itself(void)
{
    cap_t thread = CAP_NONE;
    const struct helper helper = {.run = suspend_raw, .argument = &thread, .floor = PRIORITY_HIGH};
    woken = 0;
    thread = helper_make(&helper);
    helper_start(thread);
    CHECK_EQUAL(thread_state(thread), STATE_SUSPENDED);
    CHECK_OK(thread_resume(thread));
    CHECK_EQUAL(woken, 1);
}

static void kernel_object_calls(void)
{
    static const uint32_t ops[] = {UNTYPED_OP_INFO, UNTYPED_OP_RETYPE, UNTYPED_OP_RESET, 63};
    for (uint32_t i = 0; i < ARRAY_LENGTH(ops); i++) {
        call_with_secrets(HANDLE(env_untyped, ops[i]), SECRET);
        const uint64_t words[] = {back.RAW_TAG, RAW_WORDS(&back)};
        for (uint32_t word = 0; word < ARRAY_LENGTH(words); word++)
            CHECK(words[word] < KERNEL_START);
    }
}

static void every_system_call(void)
{
    for (uint32_t op = 0; op < 64; op++) {
        if (op == SYSCALL_YIELD || op == SYSCALL_DEBUG_CALL || op == SYSCALL_DEBUG_WRITE)
            continue;
        call_with_secrets(op, SECRET);
    }
}

static void spin_registers(void *unused)
{
    struct registers in, out;
    (void)unused;
    fill_secrets(&in, MINE);
    raw_set_flags(&in, RAW_FLAGS_ODD);
    raw_hold(&in, &out, 300000);
    const uint64_t *was = (const uint64_t *)&in, *is = (const uint64_t *)&out;
    for (uint32_t i = 0; i < REGISTERS_GENERAL; i++)
        CHECK_EQUAL(is[i], was[i]);
    CHECK_EQUAL(raw_flags(&out), raw_flags(&in));
    woken = 1;
}

static void interrupts_keep_all(void)
{
    const struct helper low = {
        .run = spin_registers,
        .sched = env_sched_split(15 * NANOS_PER_MS, 100 * NANOS_PER_MS, PRIORITY_LOW)};
    uint32_t turns = 0;
    woken = 0;
    helper_run(&low);
    for (; woken == 0; turns++)
        sleep_until(time_now() + 20 * NANOS_PER_US);
    CHECK(turns > 50);
}

static void flags_do_not_travel(void)
{
    if (!RAW_HAS_FLAGS)
        test_skip("this processor has no flags");
    service = env_endpoint();
    helper_high(receive_raw, NULL);
    struct registers in, out;
    fill_secrets(&in, MINE);
    in.RAW_HANDLE = HANDLE(service, ENDPOINT_OP_CALL);
    in.RAW_TAG = TAG(1, 0);
    raw_flags_disturb();
    raw_syscall(&in, &out);
    raw_flags_restore();
    CHECK_EQUAL(raw_flags(&got), 0);
    CHECK_OK((status_t)out.RAW_HANDLE);
}

TEST_SUITE(
    registers,
    {"a server that waits gets the words of a call and nothing else of the caller's registers",
     server_waits},
    {"a call with a deadline brings its words and nothing else of the caller's registers",
     server_waits_slow},
    {"a queued call brings its words and nothing else of the caller's registers", server_comes},
    {"a signal carries its bits and nothing else", signal_carries_nothing},
    {"signals that nobody waits for leave nothing in a register", signals_alone},
    {"threads that yield to one another see nothing of each other's registers", yields},
    {"a thread that suspended itself goes on with nothing of others in a register",
     suspends_itself},
    {"a kernel object's answer holds no address of the kernel", kernel_object_calls},
    {"no system call leaves anything of the kernel in a register", every_system_call},
    {"an interrupted thread finds all registers and flags as they were", interrupts_keep_all},
    {"flags do not travel with a call", flags_do_not_travel});
