/*
 * clock.c - nanoseconds = counter * multiplier / 2^32 + offset, and a timer for one deadline.
 */
#include "kernel/dev/clock.h"

#include "port/clock.h"

/* Beyond this the timer comes early, never late, and the arithmetic never overflows. */
#define TIMER_NANOS_MAX (60 * NANOS_PER_S)
/* The timer comes no sooner than this, so that whoever was chosen gets on between two masses of
 * deadlines. */
#define TIMER_GAP_NS 500ull

static const struct bootinfo *bootinfo;
static uint64_t timer_ticks_per_nano_32;

void clock_init(const struct boot_handover *handover)
{
    bootinfo = arch_phys_to_virt(handover->bootinfo);
    timer_ticks_per_nano_32 = handover->timer_multiplier;
}

/* What is read all the time is in the processor's own data: that takes no address to make. */
void clock_timer_init(struct arch_cpu *arch)
{
    arch->nanos_per_tick_32 = bootinfo->clock_multiplier;
    arch->clock_offset_ns = (uint64_t)bootinfo->clock_offset_ns;
    arch->timer_deadline = arch->timer_programmed = NANOS_NEVER;
}

nanos_t arch_time_now(void)
{
    const struct arch_cpu *arch = &cpu_self()->arch;
    return multiply_shift32(counter_read(), arch->nanos_per_tick_32) + arch->clock_offset_ns;
}

static void timer_program(struct arch_cpu *arch, nanos_t now)
{
    nanos_t deadline = arch->timer_deadline;
    uint64_t nanos = deadline > now + TIMER_GAP_NS ? deadline - now : TIMER_GAP_NS;
    if (nanos > TIMER_NANOS_MAX)
        nanos = TIMER_NANOS_MAX;
    arch->timer_programmed = deadline;
    timer_start(multiply_shift32(nanos, timer_ticks_per_nano_32) + 1);
}

/* Deadlines are put off far more often than they are reached. So a timer that is set for an earlier
 * time stays as it is; it may also come early because its time is limited. clock_timer_interrupt
 * then sets it again. */
void arch_timer_set(nanos_t deadline)
{
    struct arch_cpu *arch = &cpu_self()->arch;
    arch->timer_deadline = deadline;
    if (deadline < arch->timer_programmed)
        timer_program(arch, arch_time_now());
}

NOINLINE void clock_timer_interrupt(void)
{
    struct arch_cpu *arch = &cpu_self()->arch;
    nanos_t now = arch_time_now();
    arch->timer_programmed = NANOS_NEVER;
    if (now >= arch->timer_deadline) {
        arch->timer_deadline = NANOS_NEVER;
        time_expired();
    } else if (arch->timer_deadline != NANOS_NEVER) {
        timer_program(arch, now);
    }
}
