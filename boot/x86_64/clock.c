/*
 * clock.c - how fast the TSC and the local APIC's timer are, measured against channel 2 of the PIT
 * (8254 data sheet).
 *
 * When an emulator or hypervisor pauses in between, a round takes longer, never shorter: so the
 * shortest of several counts.
 */
#include "boot/join.h"
#include "boot/x86_64/parts.h"
#include "lib/base/x86_64/hardware.h"
#include "lib/base/x86_64/instructions.h"

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

#define LAPIC_TIMER_COUNT (0x390 / 4)

/* Let channel 2 count down once: ticks of TSC and APIC timer meanwhile. */
static uint64_t measure(volatile uint32_t *lapic, uint64_t *timer_ticks)
{
    port_write8(PIT_GATE, (port_read8(PIT_GATE) & ~2u) | GATE_START);
    port_write8(PIT_COMMAND, PIT_LOAD);
    port_write8(PIT_CHANNEL2, CALIBRATE_TICKS & 0xff);
    lapic[LAPIC_TIMER_START] = UINT32_MAX;
    uint64_t start = tsc_read();
    port_write8(PIT_CHANNEL2, CALIBRATE_TICKS >> 8); /* begins here */
    for (unsigned i = 0; !(port_read8(PIT_GATE) & GATE_OUTPUT); i++)
        if (i == WAIT_ROUNDS_MAX)
            boot_refuse("no clock: the interval timer does not count");
    uint64_t ticks = tsc_read() - start;
    *timer_ticks = UINT32_MAX - lapic[LAPIC_TIMER_COUNT];
    lapic[LAPIC_TIMER_START] = 0;
    return ticks;
}

void clock_init(struct machine *machine)
{
    volatile uint32_t *lapic = boot_memory(processor_lapic());
    uint64_t ticks = UINT64_MAX, timer_ticks = 0;
    for (unsigned i = 0; i < CALIBRATE_ROUNDS; i++) {
        uint64_t round_timer_ticks, round_ticks = measure(lapic, &round_timer_ticks);
        if (round_ticks < ticks) {
            ticks = round_ticks;
            timer_ticks = round_timer_ticks;
        }
    }
    uint64_t tsc_hz = ticks * PIT_HZ / CALIBRATE_TICKS;
    uint64_t timer_hz = timer_ticks * PIT_HZ / CALIBRATE_TICKS;
    if (tsc_hz == 0 || timer_hz == 0)
        boot_refuse("no clock: the time-stamp counter or the timer stands still");
    machine->clock_multiplier = (NANOS_PER_S << 32) / tsc_hz;
    machine->clock_offset_ns = -(int64_t)multiply_shift32(tsc_read(), machine->clock_multiplier);
    machine->timer_multiplier = (timer_hz << 24) / NANOS_PER_S << 8; /* << 32 at once overflows */
}

nanos_t clock_now(const struct machine *machine)
{
    return multiply_shift32(tsc_read(), machine->clock_multiplier) +
           (uint64_t)machine->clock_offset_ns;
}
