/*
 * clock.c - nanoseconds = TSC * multiplier / 2^32 + offset.
 *
 * The rates of the TSC and of the APIC timer are measured against channel 2 of the PIT (8254 data
 * sheet). A sample brackets the reading of the PIT by two of the TSC
 * and is the tightest of several, so that an emulator or hypervisor that pauses in between does no
 * harm.
 */
#include "kernel/arch/x86_64/clock.h"

#include "kernel/arch.h"
#include "kernel/arch/x86_64/apic.h"
#include "kernel/arch/x86_64/instructions.h"
#include "kernel/arch/x86_64/processor.h"
#include "kernel/arch/x86_64/machine.h"
#include "kernel/panic.h"

#define PIT_HZ           1193182ull
#define PIT_COMMAND      0x43
#define PIT_CHANNEL2     0x42
#define PIT_LOAD         0xb0 /* channel 2, two bytes, mode 0 */
#define PIT_LATCH        0x80
#define PIT_GATE         0x61
#define PIT_COUNT        0xffff
#define CALIBRATE_TICKS  (PIT_HZ / 200) /* 5 ms */
#define CALIBRATE_ROUNDS 1000000u       /* no PIT counts this slowly */
#define SAMPLE_TRIES     8
#define PAUSE_ROUNDS     2000
#define TIMER_TICKS_MAX  0xfffffff0ull
#define TIMER_DEADLINE   0x40000u

static uint64_t nanos_per_tick_32;       /* TSC ticks to nanoseconds, times 2^32 */
static uint64_t timer_ticks_per_nano_32; /* of the APIC timer, or of the TSC in deadline mode */
static int64_t offset_ns;

struct sample {
    uint64_t tsc;
    uint32_t pit;
    uint32_t timer;
};

static struct sample sample_take(void)
{
    struct sample best = {0};
    uint64_t best_width = UINT64_MAX;
    for (unsigned i = 0; i < SAMPLE_TRIES; i++) {
        uint64_t before = tsc_read();
        port_write8(PIT_COMMAND, PIT_LATCH);
        uint32_t timer = lapic_read(LAPIC_TIMER_COUNT);
        uint64_t after = tsc_read();
        uint32_t pit = port_read8(PIT_CHANNEL2);
        pit |= (uint32_t)port_read8(PIT_CHANNEL2) << 8;
        if (after - before < best_width) {
            best_width = after - before;
            best = (struct sample){before, pit, timer};
        }
    }
    return best;
}

static void wait_briefly(void)
{
    for (unsigned i = 0; i < PAUSE_ROUNDS; i++)
        __asm__ volatile("");
}

/* Rates in Hz of TSC and APIC timer. */
static void calibrate(uint64_t *tsc_hz, uint64_t *timer_hz)
{
    port_write8(PIT_GATE, (port_read8(PIT_GATE) & ~2u) | 1u); /* count, speaker off */
    port_write8(PIT_COMMAND, PIT_LOAD);
    port_write8(PIT_CHANNEL2, PIT_COUNT & 0xff);
    port_write8(PIT_CHANNEL2, PIT_COUNT >> 8);
    lapic_write(LAPIC_TIMER_START, UINT32_MAX);
    struct sample first = sample_take(), last;
    unsigned rounds = 0;
    do {
        wait_briefly();
        last = sample_take();
        if (++rounds == CALIBRATE_ROUNDS)
            kernel_panic("no clock: the interval timer does not count");
    } while (first.pit - last.pit < CALIBRATE_TICKS);
    lapic_write(LAPIC_TIMER_START, 0);
    uint64_t pit_ticks = first.pit - last.pit;
    *tsc_hz = (last.tsc - first.tsc) * PIT_HZ / pit_ticks;
    *timer_hz = (uint64_t)(first.timer - last.timer) * PIT_HZ / pit_ticks;
}

void clock_init(struct boot_description *boot)
{
    uint64_t tsc_hz, timer_hz;
    calibrate(&tsc_hz, &timer_hz);
    if (processor.tsc_deadline) {
        lapic_write(LAPIC_TIMER, VECTOR_TIMER | TIMER_DEADLINE);
        __asm__ volatile("mfence" : : : "memory"); /* before the first deadline (SDM 11.5.4.1) */
        timer_hz = tsc_hz;
    }
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
    if (processor.tsc_deadline)
        msr_write(MSR_TSC_DEADLINE, tsc_read() + ticks);
    else
        lapic_write(LAPIC_TIMER_START, (uint32_t)ticks);
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

void clock_timer_interrupt(void)
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
