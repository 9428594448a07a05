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
#include "measure.h"

#include <corm/kernel_calls.h>
#include "lib/base/bits.h"
#include "sdk/rt/component.h"

#define SAMPLES     64u
#define PIT_DATA    0u /* channel 0; ports from the base on (Intel 82C54) */
#define PIT_COMMAND 3u
#define PIT_ONE_SHOT                                                                               \
    0x30u             /* channel 0, low then high byte, mode 0: interrupt on terminal count        \
                       */
#define PIT_TICKS 50u /* 42 us, plus one tick a sample: another offset in the loop each time */

/* Between the counter's reading and the interrupt: reading it and storing it. */
#define STAMP_INSN 2u

static struct {
    cap_t irq, ports, notification;
    uint64_t base;
    volatile uint32_t stamp;
    volatile uint32_t samples;
    uint32_t least;
} line;

static void arm(uint32_t ticks)
{
    must(irq_ack(line.irq), "acknowledging");
    must(ioport_out(line.ports, line.base + PIT_COMMAND, 1, PIT_ONE_SHOT), "the timer's mode");
    must(ioport_out(line.ports, line.base + PIT_DATA, 1, ticks & 0xff), "the timer's count");
    must(ioport_out(line.ports, line.base + PIT_DATA, 1, ticks >> 8), "the timer's count");
}

static void drive(void *unused)
{
    (void)unused;
    for (;;) {
        struct message m = {0};
        (void)trap(RECEIVE(line.notification, NOTIFICATION_OP_RECEIVE), &m);
        const uint32_t taken = counter_low() - line.stamp;
        if (line.samples > 0 && taken < line.least)
            line.least = taken;
        line.samples++;
        arm(PIT_TICKS + line.samples);
    }
}

static void find_devices(void)
{
    const struct component_info *info = component_self();
    const struct component_device *irq = component_device(info, DEVICE_IRQ);
    const struct component_device *ports = component_device(info, DEVICE_PORTS);
    if (irq == NULL || ports == NULL)
        must(DENIED, "the interval timer");
    line.irq = irq->slot;
    line.ports = ports->slot;
    line.base = ports->base;
}

void bench_interrupts(struct bench *bench)
{
    struct kit_thread spec = {.sched = bench->waiter_sched, .main = drive};
    find_devices();
    line.notification = SLOT_NOTIFICATION;
    line.least = UINT32_MAX;
    bench_stack(bench, &spec);
    bench_thread(bench, &spec);
    arm(PIT_TICKS);
    while (line.samples <= SAMPLES)
        line.stamp = counter_low();
    must(ioport_out(line.ports, line.base + PIT_COMMAND, 1, PIT_ONE_SHOT), "stopping the timer");
    measure_report("irq_to_user", line.least - STAMP_INSN);
}
