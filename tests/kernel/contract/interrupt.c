/**
 * interrupt.c - interrupt lines: masked until acknowledged, merged, never lost, no harm in storms.
 *
 * The interval timer interrupts. init has bound its line to the component's own Notification; a
 * waiter there comes first, else the watching thread counts (run_signals).
 */
#include "run.h"

#include "sdk/rt/component.h"
#include "sdk/rt/time.h"

#define PIT_DATA     0u /* channel 0 (Intel 82C54) */
#define PIT_COMMAND  3u
#define PIT_ONCE     0x30u /* mode 0: interrupt on terminal count */
#define PIT_PERIODIC 0x34u /* mode 2 */
#define PIT_HZ       1193182u

#define US NANOS_PER_US
#define MS NANOS_PER_MS

static struct {
    cap_t irq, ports;
    uint64_t base;
} pit;

static volatile uint64_t handled;

static void pit_find(void)
{
    const struct component_info *info = component_self();
    pit.irq = (cap_t)component_device(info, DEVICE_IRQ)->slot;
    pit.ports = (cap_t)component_device(info, DEVICE_PORTS)->slot;
    pit.base = component_device(info, DEVICE_PORTS)->base;
}

static void pit_start(uint32_t mode, nanos_t span_ns)
{
    const uint64_t ticks = span_ns * PIT_HZ / NANOS_PER_S;
    CHECK_OK(ioport_out(pit.ports, pit.base + PIT_COMMAND, 1, mode));
    CHECK_OK(ioport_out(pit.ports, pit.base + PIT_DATA, 1, ticks & 0xff));
    CHECK_OK(ioport_out(pit.ports, pit.base + PIT_DATA, 1, ticks >> 8));
}

/* No more interrupts, none pending, none counted, the line open. */
static void pit_stop(void)
{
    pit_find();
    CHECK_OK(ioport_out(pit.ports, pit.base + PIT_COMMAND, 1, PIT_ONCE));
    CHECK_OK(irq_ack(pit.irq));
    sleep_until(time_now() + 100 * US);
    CHECK_OK(irq_ack(pit.irq));
    run_signals = 0;
}

static void bind_refuses(void)
{
    pit_find();
    const cap_t notification = env_notification();
    const cap_t signal = env_signal(notification, 1);
    CHECK_STATUS(irq_bind(pit.irq, SLOT_TABLE), TYPE);
    CHECK_STATUS(irq_bind(pit.irq, env_slot()), BAD_HANDLE);
    CHECK_STATUS(irq_bind(pit.irq, env_copy(notification, NOTIFICATION_RIGHT_RECEIVE)), RIGHTS);
    CHECK_STATUS(irq_bind(pit.irq, notification), RANGE);
    CHECK_STATUS(irq_bind(pit.irq, signal), BUSY);
}

static void arrives(void)
{
    pit_stop();
    pit_start(PIT_ONCE, 200 * US);
    sleep_until(time_now() + 100 * US);
    CHECK_EQUAL(run_signals, 0);
    sleep_until(time_now() + 200 * US);
    CHECK_EQUAL(run_signals, 1);
}

static void masked_until_acknowledged(void)
{
    pit_stop();
    pit_start(PIT_PERIODIC, 100 * US);
    sleep_until(time_now() + 2 * MS);
    CHECK_EQUAL(run_signals, 1);
    CHECK_OK(irq_ack(pit.irq));
    sleep_until(time_now() + 2 * MS);
    CHECK_EQUAL(run_signals, 2);
    pit_stop();
}

static void kept_while_masked(void)
{
    pit_stop();
    pit_start(PIT_PERIODIC, 100 * US);
    sleep_until(time_now() + MS);
    CHECK_OK(ioport_out(pit.ports, pit.base + PIT_COMMAND, 1, PIT_ONCE));
    CHECK_EQUAL(run_signals, 1);
    CHECK_OK(irq_ack(pit.irq));
    sleep_until(time_now() + 200 * US);
    /* An edge during the mask may or may not have been kept, but never more than one. */
    CHECK(run_signals <= 2);
    pit_stop();
}

static void handle(void *unused)
{
    (void)unused;
    for (;;) {
        const uint64_t received = notification_wait(SLOT_NOTIFICATION, DEADLINE_NEVER);
        CHECK(received & RECEIVED_SIGNAL);
        handled++;
        CHECK_OK(irq_ack(pit.irq));
    }
}

static void storm(void)
{
    const nanos_t span_ns = 20 * MS;
    uint64_t progress = 0;
    pit_stop();
    handled = 0;
    const cap_t handler = helper_high(handle, NULL);
    pit_start(PIT_PERIODIC, 20 * US);
    const nanos_t end = time_now() + span_ns;
    while (time_now() < end)
        progress++;
    test_note("storm: %lu interrupts handled in %lu ms, the rest went on %lu times", handled,
              span_ns / MS, progress);
    CHECK(handled > span_ns / (20 * US) / 2);
    CHECK(progress > 10000);
    CHECK_OK(thread_suspend(handler));
    pit_stop();
}

static void ignored_storm(void)
{
    pit_stop();
    pit_start(PIT_PERIODIC, 10 * US);
    const nanos_t start = time_now();
    uint64_t progress = 0;
    while (time_now() < start + 5 * MS)
        progress++;
    CHECK_EQUAL(run_signals, 1);
    CHECK(progress > 10000);
    pit_stop();
}

static void during_waits(void)
{
    pit_stop();
    handled = 0;
    const cap_t handler = helper_high(handle, NULL);
    pit_start(PIT_PERIODIC, 50 * US);
    for (uint32_t i = 0; i < 20; i++) {
        const nanos_t deadline = time_now() + 333 * US;
        sleep_until(deadline);
        CHECK(time_now() - deadline < 20 * US);
    }
    CHECK(handled > 50);
    CHECK_OK(thread_suspend(handler));
    pit_stop();
}

static void acknowledged_for_nothing(void)
{
    pit_stop();
    for (uint32_t i = 0; i < 3; i++)
        CHECK_OK(irq_ack(pit.irq));
    sleep_until(time_now() + 200 * US);
    CHECK_EQUAL(run_signals, 0);
    pit_start(PIT_ONCE, 100 * US);
    sleep_until(time_now() + 200 * US);
    CHECK_EQUAL(run_signals, 1);
    pit_stop();
}

static void copies_are_the_line(void)
{
    pit_stop();
    const cap_t copy = env_copy(pit.irq, IRQ_RIGHT_MANAGE);
    const cap_t signal = env_signal(env_notification(), 1);
    CHECK_STATUS(irq_bind(copy, signal), BUSY);
    pit_start(PIT_ONCE, 50 * US);
    sleep_until(time_now() + 100 * US);
    CHECK_OK(irq_ack(copy));
    CHECK_OK(table_delete(SLOT_TABLE, copy));
    pit_start(PIT_ONCE, 50 * US);
    sleep_until(time_now() + 100 * US);
    CHECK_EQUAL(run_signals, 2);
    pit_stop();
}

/* Somewhere in the sweep the line comes after the timer's interrupt was taken and before the
 * kernel, which passes that on, looks for others. */
static void beside_the_timer(void)
{
    const nanos_t span_ns = 50 * US, sweep_ns = 4 * US, step_ns = 25;
    for (nanos_t early = 0; early < sweep_ns; early += step_ns) {
        pit_stop();
        const nanos_t start = time_now();
        pit_start(PIT_ONCE, span_ns);
        sleep_until(start + span_ns + sweep_ns / 2 - early);
        sleep_until(start + 2 * span_ns);
        CHECK_EQUAL(run_signals, 1);
    }
    pit_stop();
}

TEST_SUITE(interrupt, {"a line is bound to a badged signal, and to one at a time", bind_refuses},
           {"an interrupt becomes a signal", arrives},
           {"a line stays masked until it is acknowledged", masked_until_acknowledged},
           {"of the interrupts while a line is masked at most one is kept", kept_while_masked},
           {"acknowledging a line that is open changes nothing", acknowledged_for_nothing},
           {"copies of a line's capability are the same line, which outlives them",
            copies_are_the_line},
           {"an interrupt that comes while the timer's is passed on is passed on, too",
            beside_the_timer},
           {"a storm that is handled lets the rest of the system go on", storm},
           {"a storm that nobody handles costs one interrupt", ignored_storm},
           {"deadlines are kept while interrupts are handled", during_waits});
