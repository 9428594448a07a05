/**
 * test_signal.c - sets of pending signals and what siginfo says.
 */
#include "servers/linux/signal.h"

#include <stdlib.h>
#include <string.h>

#include "tests/unit/unit.h"

static struct signal_entry *entry(int signo, uint64_t value)
{
    struct signal_entry *made = calloc(1, sizeof(*made));
    made->info.signo = signo;
    made->info.value = value;
    return made;
}

static void add(struct signal_pending_set *pending, int signo, uint64_t value)
{
    free(signal_set_add(pending, entry(signo, value), signo));
}

static uint64_t take(struct signal_pending_set *pending, int signo)
{
    struct signal_entry *taken = signal_set_take(pending, signo);
    uint64_t value = taken ? taken->info.value : UINT64_MAX;
    free(taken);
    return value;
}

TEST("a standard signal is pending once, a real-time signal as often as it was sent")
{
    struct signal_pending_set pending = {0};
    list_init(&pending.entries);
    add(&pending, SIGUSR1, 1);
    add(&pending, SIGUSR1, 2);
    add(&pending, 40, 3);
    add(&pending, 40, 4);
    CHECK_EQUAL(take(&pending, SIGUSR1), 1);
    CHECK_EQUAL(pending.set, signal_bit(40));
    CHECK_EQUAL(take(&pending, 40), 3);
    CHECK_EQUAL(pending.set, signal_bit(40));
    CHECK_EQUAL(take(&pending, 40), 4);
    CHECK_EQUAL(pending.set, 0);
    CHECK(list_empty(&pending.entries));
}

TEST("faults come first, then the lowest; blocked ones not at all")
{
    struct signal_pending_set pending = {0};
    list_init(&pending.entries);
    CHECK_EQUAL(signal_set_first(&pending, ~0ull), 0);
    CHECK(signal_set_add(&pending, NULL, SIGINT) == NULL);
    CHECK(signal_set_add(&pending, NULL, SIGSEGV) == NULL);
    CHECK(signal_set_add(&pending, NULL, 64) == NULL);
    CHECK_EQUAL(signal_set_first(&pending, ~0ull), SIGSEGV);
    CHECK_EQUAL(signal_set_first(&pending, ~signal_bit(SIGSEGV)), SIGINT);
    CHECK_EQUAL(signal_set_first(&pending, signal_bit(64)), 64);
    CHECK_EQUAL(take(&pending, SIGSEGV), UINT64_MAX); /* it had no details */
    CHECK_EQUAL(signal_set_first(&pending, ~0ull), SIGINT);
}

TEST("a new program keeps ignored signals ignored and loses its handlers")
{
    struct signal_actions *actions = signal_actions_create(NULL);
    REQUIRE(actions != NULL);
    actions->action[SIGINT - 1] = (struct linux_sigaction){.handler = SIG_IGN, .flags = 1};
    actions->action[SIGTERM - 1] = (struct linux_sigaction){.handler = 0x401000, .mask = 7};
    signal_actions_reset(actions);
    CHECK_EQUAL(actions->action[SIGINT - 1].handler, SIG_IGN);
    CHECK_EQUAL(actions->action[SIGTERM - 1].handler, SIG_DFL);
    CHECK_EQUAL(actions->action[SIGTERM - 1].mask, 0);
    signal_actions_put(actions);
}

TEST("default actions are those of signal(7)")
{
    CHECK_EQUAL(signal_default_action(SIGCHLD), DEFAULT_IGNORE);
    CHECK_EQUAL(signal_default_action(SIGWINCH), DEFAULT_IGNORE);
    CHECK_EQUAL(signal_default_action(SIGTSTP), DEFAULT_STOP);
    CHECK_EQUAL(signal_default_action(SIGCONT), DEFAULT_CONTINUE);
    CHECK_EQUAL(signal_default_action(SIGTERM), DEFAULT_TERMINATE);
    CHECK_EQUAL(signal_default_action(64), DEFAULT_TERMINATE);
}

TEST("siginfo_t has Linux's layout")
{
    uint8_t bytes[SIGINFO_BYTES];
    const struct signal_info child = {
        .signo = SIGCHLD, .code = CLD_EXITED, .kind = INFO_CHILD, .pid = 77, .uid = 5, .status = 3};
    int32_t words[8];
    signal_info_encode(&child, bytes);
    memcpy(words, bytes, sizeof(words));
    CHECK_EQUAL(words[0], SIGCHLD);
    CHECK_EQUAL(words[2], CLD_EXITED);
    CHECK_EQUAL(words[4], 77);
    CHECK_EQUAL(words[5], 5);
    CHECK_EQUAL(words[6], 3);
    const struct signal_info fault = {
        .signo = SIGSEGV, .code = SEGV_MAPERR, .kind = INFO_FAULT, .value = 0x123456789abull};
    uint64_t address;
    signal_info_encode(&fault, bytes);
    memcpy(&address, bytes + 16, sizeof(address));
    CHECK_EQUAL(address, 0x123456789abull);
}

TEST("what rt_sigqueueinfo passes comes back as it was")
{
    uint8_t bytes[SIGINFO_BYTES];
    const struct signal_info sent = {
        .signo = 40, .code = SI_QUEUE, .kind = INFO_QUEUE, .pid = 12, .uid = 3, .value = 99};
    struct signal_info got;
    signal_info_encode(&sent, bytes);
    signal_info_decode(&got, bytes);
    CHECK_EQUAL(got.signo, 40);
    CHECK_EQUAL(got.code, SI_QUEUE);
    CHECK_EQUAL(got.pid, 12);
    CHECK_EQUAL(got.value, 99);
}

TEST("a signal that is read from a descriptor tells what its kind has")
{
    const struct signal_info queued = {
        .signo = 40, .code = SI_QUEUE, .kind = INFO_QUEUE, .pid = 7, .uid = 8, .value = 42};
    const struct signal_info fault = {
        .signo = SIGSEGV, .code = SEGV_MAPERR, .kind = INFO_FAULT, .value = 0x1234};
    uint8_t out[SIGNALFD_INFO_BYTES];
    uint32_t word[SIGNALFD_INFO_BYTES / 4];

    signal_info_encode_fd(&queued, out);
    memcpy(word, out, sizeof(word));
    CHECK_EQUAL(word[0], 40);
    CHECK_EQUAL(word[3], 7);
    CHECK_EQUAL(word[4], 8);
    CHECK_EQUAL(word[11], 42);
    signal_info_encode_fd(&fault, out);
    memcpy(word, out, sizeof(word));
    CHECK_EQUAL(word[3], 0);
    CHECK_EQUAL(word[18], 0x1234);
}
