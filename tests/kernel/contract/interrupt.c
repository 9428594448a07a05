/**
 * interrupt.c - interrupt lines: masked until acknowledged, merged, never lost, no harm in storms.
 *
 * The board's alarm interrupts. init has bound its line to the component's own Notification; a
 * waiter there comes first, else the watching thread counts (run_signals). Where the alarm counts
 * whole seconds they are slept through.
 */
#include "run.h"

#include "sdk/kit/alarm.h"
#include "sdk/rt/time.h"

#define US NANOS_PER_US
#define MS NANOS_PER_MS

static struct alarm alarm;
static volatile uint64_t handled;

/* No more interrupts, none pending, none counted, the line open. */
static void line_reset(void)
{
    CHECK_OK(alarm_find(&alarm));
    CHECK_OK(irq_ack(alarm.irq));
    sleep_until(time_now() + 100 * US);
    CHECK_OK(irq_ack(alarm.irq));
    run_signals = 0;
}

/* The line rises once, as soon as the alarm can after @least_ns: at what is returned. */
static nanos_t raise_in(nanos_t least_ns)
{
    nanos_t span_ns = 0;
    CHECK_OK(alarm_load(&alarm, least_ns, &span_ns));
    const nanos_t due_ns = time_now() + span_ns;
    CHECK_OK(alarm_start(&alarm));
    return due_ns;
}

/* Long enough for the watching thread to have heard of it. */
static void raise_times(uint32_t times)
{
    for (uint32_t i = 0; i < times; i++)
        sleep_until(raise_in(0) + 100 * US);
}

static void acknowledge(void)
{
    alarm_quiet(&alarm);
    CHECK_OK(irq_ack(alarm.irq));
    sleep_until(time_now() + 100 * US);
}

static void bind_refuses(void)
{
    line_reset();
    const cap_t notification = env_notification();
    const cap_t signal = env_signal(notification, 1);
    CHECK_STATUS(irq_bind(alarm.irq, SLOT_TABLE), TYPE);
    CHECK_STATUS(irq_bind(alarm.irq, env_slot()), BAD_HANDLE);
    CHECK_STATUS(irq_bind(alarm.irq, env_copy(notification, NOTIFICATION_RIGHT_RECEIVE)), RIGHTS);
    CHECK_STATUS(irq_bind(alarm.irq, notification), RANGE);
    CHECK_STATUS(irq_bind(alarm.irq, signal), BUSY);
}

static void arrives(void)
{
    line_reset();
    const nanos_t due_ns = raise_in(200 * US);
    sleep_until(due_ns - 100 * US);
    CHECK_EQUAL(run_signals, 0);
    sleep_until(due_ns + 100 * US);
    CHECK_EQUAL(run_signals, 1);
    alarm_quiet(&alarm);
}

static void masked_until_acknowledged(void)
{
    line_reset();
    raise_times(20);
    CHECK_EQUAL(run_signals, 1);
    acknowledge();
    acknowledge(); /* and what was kept, too */
    const uint64_t before = run_signals;
    raise_times(20);
    CHECK_EQUAL(run_signals, before + 1);
    alarm_quiet(&alarm);
}

/* Whether one is, is the device's: an edge that nobody looks for is gone. */
static void kept_while_masked(void)
{
    line_reset();
    raise_times(10);
    CHECK_EQUAL(run_signals, 1);
    for (uint32_t i = 0; i < 3; i++)
        acknowledge();
    CHECK(run_signals <= 2);
}

static void acknowledged_for_nothing(void)
{
    line_reset();
    for (uint32_t i = 0; i < 3; i++)
        CHECK_OK(irq_ack(alarm.irq));
    sleep_until(time_now() + 200 * US);
    CHECK_EQUAL(run_signals, 0);
    raise_times(1);
    CHECK_EQUAL(run_signals, 1);
    alarm_quiet(&alarm);
}

static void copies_are_the_line(void)
{
    line_reset();
    const cap_t copy = env_copy(alarm.irq, IRQ_RIGHT_MANAGE);
    const cap_t signal = env_signal(env_notification(), 1);
    CHECK_STATUS(irq_bind(copy, signal), BUSY);
    raise_times(1);
    alarm_quiet(&alarm);
    CHECK_OK(irq_ack(copy));
    CHECK_OK(table_delete(SLOT_TABLE, copy));
    raise_times(1);
    CHECK_EQUAL(run_signals, 2);
    alarm_quiet(&alarm);
}

/* Somewhere in the sweep the line comes after the timer's interrupt was taken and before the
 * kernel, which passes that on, looks for others. An alarm that counts seconds has time for a few
 * steps only. */
static void beside_the_timer(void)
{
    const nanos_t least_ns = 50 * US, sweep_ns = 4 * US;
    line_reset();
    const nanos_t span_ns = raise_in(least_ns) - time_now();
    const uint32_t steps = span_ns < MS ? 160 : 6;
    for (uint32_t i = 0; i < steps; i++) {
        line_reset();
        const nanos_t due_ns = raise_in(least_ns);
        sleep_until(due_ns + sweep_ns / 2 - i * sweep_ns / steps);
        sleep_until(due_ns + least_ns);
        CHECK_EQUAL(run_signals, 1);
        alarm_quiet(&alarm);
    }
}

static void drive(void *unused)
{
    (void)unused;
    for (;;) {
        const uint64_t received = notification_wait(SLOT_NOTIFICATION, DEADLINE_NEVER);
        CHECK(received & RECEIVED_SIGNAL);
        handled++;
        alarm_quiet(&alarm);
        CHECK_OK(irq_ack(alarm.irq));
    }
}

/* A driver, above who raises its line: it waits again by then. */
static cap_t driver_run(cap_t sched, uint32_t floor)
{
    const struct helper driver = {.run = drive, .floor = floor, .sched = sched};
    handled = 0;
    return helper_run(&driver);
}

/* Raise the line as fast as the device can; says how often. */
static uint64_t raise_until(nanos_t end_ns)
{
    uint64_t times = 0;
    for (; time_now() < end_ns; times++) {
        const nanos_t due_ns = raise_in(0);
        while (time_now() < due_ns)
            ;
    }
    return times;
}

static void storm(void)
{
    const nanos_t span_ns = 40 * MS, budget_ns = MS, period_ns = 10 * MS;
    line_reset();
    const cap_t sched = env_sched_split(budget_ns, period_ns, PRIORITY_CASE);
    const cap_t driver = driver_run(sched, PRIORITY_HIGH);
    const nanos_t own_ns = env_consumed(env_sched), driver_ns = env_consumed(sched);
    const uint64_t raised = raise_until(time_now() + span_ns);
    const nanos_t rest_ns = env_consumed(env_sched) - own_ns;
    const nanos_t handling_ns = env_consumed(sched) - driver_ns;
    test_note("storm: raised %lu times in %lu ms, handled %lu times in %lu us, the rest had %lu us",
              raised, span_ns / MS, handled, handling_ns / US, rest_ns / US);
    CHECK(handled > 100);
    CHECK(handling_ns <= (span_ns / period_ns + 1) * (budget_ns + 10 * US));
    CHECK(rest_ns > span_ns * 3 / 4);
    CHECK_OK(thread_suspend(driver));
    line_reset();
}

static void ignored_storm(void)
{
    line_reset();
    const uint64_t raised = raise_until(time_now() + 5 * MS);
    CHECK(raised > 100);
    CHECK_EQUAL(run_signals, 1);
    line_reset();
}

static void raise_always(void *unused)
{
    (void)unused;
    raise_until(NANOS_NEVER);
}

static void during_waits(void)
{
    line_reset();
    const cap_t sched = env_sched_split(20 * MS, 100 * MS, PRIORITY_LOW);
    const struct helper raiser = {.run = raise_always, .sched = sched};
    const cap_t threads[] = {driver_run(sched, PRIORITY_LOW + 1), helper_run(&raiser)};
    for (uint32_t i = 0; i < 20; i++) {
        const nanos_t deadline_ns = time_now() + 333 * US;
        sleep_until(deadline_ns);
        CHECK(time_now() - deadline_ns < 20 * US);
    }
    CHECK(handled > 50);
    for (uint32_t i = 0; i < ARRAY_LENGTH(threads); i++)
        CHECK_OK(thread_suspend(threads[i]));
    line_reset();
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
           {"a storm takes no more than the time of the driver that handles it", storm},
           {"a storm that nobody handles costs one interrupt", ignored_storm},
           {"deadlines are kept while interrupts are handled", during_waits});
