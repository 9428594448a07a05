/**
 * notification.c - signals, polls, and the shortest system calls.
 */
#include "bench.h"
#include "measure.h"

#include <corm/kernel_calls.h>
#include "lib/base/bits.h"

struct waiter {
    cap_t notification;
    cap_t signal;
    volatile uint32_t woken; /* counter when it ran again */
    volatile uint32_t turns;
};

static struct waiter waiter;

static void wait_for_ever(void *unused)
{
    (void)unused;
    for (;;) {
        struct message m = {0};
        (void)trap(HANDLE(waiter.notification, NOTIFICATION_OP_RECEIVE), &m);
        waiter.woken = insn_read_low();
        waiter.turns++;
    }
}

static void make_notification(struct bench *bench, struct waiter *made)
{
    must(kit_make(&bench->kit, OBJECT_NOTIFICATION, 0, 0, &made->notification), "a Notification");
    must(
        kit_mint(&bench->kit, made->notification, NOTIFICATION_RIGHT_SIGNAL, BIT(0), &made->signal),
        "its signal");
}

/* From before the signal until the waiter runs; it has gone to wait again when we run again. */
static uint64_t signal_higher(void)
{
    uint32_t least = UINT32_MAX;
    volatile uint32_t start;
    for (uint32_t round = 0; round < ITERATIONS; round++) {
        const uint32_t turns = waiter.turns;
        start = insn_read_low();
        (void)ipc_signal(waiter.signal);
        if (waiter.turns != turns + 1)
            must(PROTOCOL, "a higher waiter runs at once");
        const uint32_t taken = waiter.woken - start;
        least = taken < least ? taken : least;
    }
    return least;
}

/* Reading the counter twice, with the first result stored as above. */
static uint64_t cost_of_stamp(void)
{
    uint32_t least = UINT32_MAX;
    volatile uint32_t start;
    for (uint32_t round = 0; round < ROUNDS; round++) {
        start = insn_read_low();
        const uint32_t taken = insn_read_low() - start;
        least = taken < least ? taken : least;
    }
    return least;
}

void bench_notifications(struct bench *bench)
{
    struct waiter quiet;
    struct kit_thread spec = {.sched = bench->waiter_sched, .main = wait_for_ever};
    const cap_t empty = (1u << COMPONENT_TABLE_SLOTS_LOG2_OBJECTS) - 1;
    make_notification(bench, &quiet);
    make_notification(bench, &waiter);
    measure_report("null_syscall", measure_per_iteration(MEASURE_LOOP((void)ipc_signal(empty))));
    measure_report("signal_no_waiter",
                   measure_per_iteration(MEASURE_LOOP((void)ipc_signal(quiet.signal))));
    (void)notification_poll(quiet.notification);
    measure_report("poll_empty", measure_per_iteration(
                                     MEASURE_LOOP((void)notification_poll(quiet.notification))));
    measure_report("yield_alone", measure_per_iteration(MEASURE_LOOP(ipc_yield())));

    bench_stack(bench, &spec);
    bench_thread(bench, &spec);
    measure_report("signal_higher_waiter", signal_higher() - cost_of_stamp());
}
