/**
 * interrupt.c - irq_to_user: from the interrupted instruction to the first one of the driver.
 *
 * The worker does nothing but store the counter into memory, again and again. The board's alarm
 * interrupts it and so wakes a driver thread of higher priority, which waits for the line's
 * Notification and reads the counter as its first act. The difference to the last stored stamp is
 * what the kernel took, plus what was run of the stamping loop since that stamp, which is chance.
 * The least of many samples, at many offsets, has nothing of it and is the exact cost; the stamp
 * and the store itself are taken off.
 */
#include "bench.h"
#include "measure.h"

#include <corm/kernel_calls.h>
#include "lib/base/bits.h"
#include "sdk/kit/alarm.h"
#include "sdk/rt/time.h"

#define SAMPLES 64u
#define SPAN_NS (42 * NANOS_PER_US)
#define STEP_NS 839u /* longer each time, by a tick of the coarsest of short alarms, */
#define SPIN    37u  /* and begun later: at another offset in the loop */

/* What the worker does not sleep through, where the alarm is a long one. */
#define NEAR_NS (100 * NANOS_PER_US)
#define WAKE    BIT(SIGNAL_FREE)

/* Between the counter's reading and the interrupt: reading it and storing it. */
#define STAMP_INSN 2u

static struct {
    struct alarm alarm;
    cap_t rest, wake;
    volatile bool woken; /* by the worker, not by the line */
    volatile uint32_t stamp;
    volatile uint32_t samples;
    uint32_t least;
} line;

static void drive(void *unused)
{
    (void)unused;
    for (;;) {
        struct message m = {0};
        (void)trap(HANDLE(SLOT_NOTIFICATION, NOTIFICATION_OP_RECEIVE), &m);
        const uint32_t taken = insn_read_low() - line.stamp;
        if (line.woken)
            continue;
        if (line.samples++ > 0 && taken < line.least)
            line.least = taken;
        alarm_quiet(&line.alarm);
        must(irq_ack(line.alarm.irq), "acknowledging");
    }
}

/* The driver is woken once before: when its time ends is known again, as if it had just run. */
static void rest_until(nanos_t when_ns)
{
    (void)notification_wait(line.rest, when_ns);
    line.woken = true;
    must(ipc_signal(line.wake), "waking the driver");
    line.woken = false;
}

static void take_sample(uint32_t index)
{
    const uint32_t samples = line.samples;
    nanos_t span_ns = 0;
    must(alarm_load(&line.alarm, SPAN_NS + index * STEP_NS, &span_ns), "loading the alarm");
    const nanos_t due_ns = time_now() + span_ns;
    must(alarm_start(&line.alarm), "starting the alarm");
    if (span_ns > 2 * NEAR_NS)
        rest_until(due_ns - NEAR_NS);
    for (volatile uint32_t i = 0; i < index % SPIN; i++)
        ;
    while (line.samples == samples)
        line.stamp = insn_read_low();
}

void bench_interrupts(struct bench *bench)
{
    struct kit_thread spec = {.sched = bench->waiter_sched, .main = drive};
    must(alarm_find(&line.alarm), "the alarm");
    must(kit_make(&bench->kit, OBJECT_NOTIFICATION, 0, 0, &line.rest), "a place to rest");
    must(kit_mint(&bench->kit, SLOT_SIGNAL_SELF, NOTIFICATION_RIGHT_SIGNAL, WAKE, &line.wake),
         "the right to wake the driver");
    line.least = UINT32_MAX;
    bench_stack(bench, &spec);
    bench_thread(bench, &spec);
    must(irq_ack(line.alarm.irq), "acknowledging");
    for (uint32_t i = 0; i <= SAMPLES; i++)
        take_sample(i);
    measure_report("irq_to_user", line.least - STAMP_INSN);
}
