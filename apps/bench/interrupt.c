/**
 * interrupt.c - irq_to_user: from the interrupted instruction to the first one of the driver.
 *
 * The worker does nothing but store the counter into memory, again and again. Channel 0 of the
 * interval timer interrupts it and so wakes a driver thread of higher priority, which waits for the
 * line's Notification and reads the counter as its first act. The difference to the last stored
 * stamp is what the kernel took, plus what was run of the stamping loop since that stamp, which is
 * chance. The least of many samples, at many offsets, has nothing of it and is the exact cost; the
 * stamp and the store itself are taken off.
 */
#include "bench.h"
#include "interval.h"
#include "measure.h"

#include <corm/kernel_calls.h>

#define SAMPLES 64u
#define TICKS   50u /* 42 us, plus one tick a sample: another offset in the loop each time */

/* Between the counter's reading and the interrupt: reading it and storing it. */
#define STAMP_INSN 2u

static struct {
    struct interval timer;
    volatile uint32_t stamp;
    volatile uint32_t samples;
    uint32_t least;
} line;

static void arm(uint32_t ticks)
{
    must(irq_ack(line.timer.irq), "acknowledging");
    interval_load(&line.timer, ticks);
    interval_start(&line.timer, ticks);
}

static void drive(void *unused)
{
    (void)unused;
    for (;;) {
        struct message m = {0};
        (void)trap(HANDLE(SLOT_NOTIFICATION, NOTIFICATION_OP_RECEIVE), &m);
        const uint32_t taken = insn_read_low() - line.stamp;
        if (line.samples > 0 && taken < line.least)
            line.least = taken;
        if (line.samples++ < SAMPLES)
            arm(TICKS + line.samples); /* not once more: it would disturb what is measured next */
    }
}

void bench_interrupts(struct bench *bench)
{
    struct kit_thread spec = {.sched = bench->waiter_sched, .main = drive};
    interval_find(&line.timer);
    line.least = UINT32_MAX;
    bench_stack(bench, &spec);
    bench_thread(bench, &spec);
    arm(TICKS);
    while (line.samples <= SAMPLES)
        line.stamp = insn_read_low();
    measure_report("irq_to_user", line.least - STAMP_INSN);
}
