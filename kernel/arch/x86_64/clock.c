/*
 * clock.c - nanoseconds = TSC * multiplier / 2^32 + offset.
 *
 * The rates of the TSC and of the APIC timer are measured against channel 2 of the PIT (8254 data
 * sheet). When an emulator or hypervisor pauses in between, a round takes longer, never shorter: so
 * the shortest of several counts.
 */
#include "kernel/arch/x86_64/instructions.h"
#include "kernel/arch/x86_64/machine.h"
#include "kernel/arch/x86_64/parts.h"
#include "kernel/panic.h"

#define PIT_HZ           1193182ull
#define PIT_COMMAND      0x43
#define PIT_CHANNEL2     0x42
#define PIT_LOAD         0xb0 /* channel 2, two bytes, mode 0 */
#define PIT_GATE         0x61
#define GATE_START       0x01 /* and the speaker off */
#define GATE_OUTPUT      0x20
#define CALIBRATE_TICKS  (PIT_HZ / 250) /* 4 ms */
#define CALIBRATE_ROUNDS 4
#define WAIT_ROUNDS_MAX  100000000u /* no PIT counts this slowly */
#define TIMER_TICKS_MAX  0xfffffff0ull

static uint64_t nanos_per_tick_32; /* TSC ticks to nanoseconds, times 2^32 */
static uint64_t timer_ticks_per_nano_32;
static int64_t offset_ns;

/* Let channel 2 count down once: ticks of TSC and APIC timer meanwhile. */
static uint64_t measure(uint64_t *timer_ticks)
{
    port_write8(PIT_GATE, (port_read8(PIT_GATE) & ~2u) | GATE_START);
    port_write8(PIT_COMMAND, PIT_LOAD);
    port_write8(PIT_CHANNEL2, CALIBRATE_TICKS & 0xff);
    lapic[LAPIC_TIMER_START] = UINT32_MAX;
    uint64_t start = tsc_read();
    port_write8(PIT_CHANNEL2, CALIBRATE_TICKS >> 8); /* begins here */
    for (unsigned i = 0; !(port_read8(PIT_GATE) & GATE_OUTPUT); i++)
        if (i == WAIT_ROUNDS_MAX)
            kernel_panic("no clock: the interval timer does not count");
    uint64_t ticks = tsc_read() - start;
    *timer_ticks = UINT32_MAX - lapic[LAPIC_TIMER_COUNT];
    lapic[LAPIC_TIMER_START] = 0;
    return ticks;
}

void clock_init(struct boot_description *boot)
{
    uint64_t ticks = UINT64_MAX, timer_ticks = 0;
    for (unsigned i = 0; i < CALIBRATE_ROUNDS; i++) {
        uint64_t round_timer_ticks, round_ticks = measure(&round_timer_ticks);
        if (round_ticks < ticks) {
            ticks = round_ticks;
            timer_ticks = round_timer_ticks;
        }
    }
    uint64_t tsc_hz = ticks * PIT_HZ / CALIBRATE_TICKS;
    uint64_t timer_hz = timer_ticks * PIT_HZ / CALIBRATE_TICKS;
    if (tsc_hz == 0 || timer_hz == 0)
        kernel_panic("no clock: the time-stamp counter or the timer stands still");
    nanos_per_tick_32 = (NANOS_PER_S << 32) / tsc_hz;
    timer_ticks_per_nano_32 = (timer_hz << 24) / NANOS_PER_S << 8; /* << 32 at once overflows */
    offset_ns = -(int64_t)multiply_shift32(tsc_read(), nanos_per_tick_32);
    boot->clock_multiplier = nanos_per_tick_32;
    boot->clock_offset_ns = offset_ns;
    cpu_self()->arch.timer_deadline = NANOS_NEVER;
    cpu_self()->arch.timer_programmed = NANOS_NEVER;
}

nanos_t arch_time_now(void)
{
    return multiply_shift32(tsc_read(), nanos_per_tick_32) + (uint64_t)offset_ns;
}

static void timer_program(struct arch_cpu *arch, nanos_t now)
{
    nanos_t deadline = arch->timer_deadline;
    uint64_t nanos = deadline > now ? deadline - now : 0;
    uint64_t ticks = TIMER_TICKS_MAX;
    if (nanos < NANOS_PER_S)
        ticks = multiply_shift32(nanos, timer_ticks_per_nano_32) + 1;
    if (ticks > TIMER_TICKS_MAX)
        ticks = TIMER_TICKS_MAX;
    arch->timer_programmed = deadline;
    lapic[LAPIC_TIMER_START] = (uint32_t)ticks;
}

/* Deadlines are put off far more often than they are reached. So a timer that is set for an earlier
 * time stays as it is; it may also come early because its count is limited. clock_timer_interrupt
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
