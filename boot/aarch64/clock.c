/*
 * clock.c - the generic timer says how fast it is (Arm ARM D12.1.2).
 */
#include "boot/aarch64/parts.h"
#include "lib/base/aarch64/instructions.h"

#define EL0_MAY_READ_VIRTUAL 2u /* CNTKCTL_EL1.EL0VCTEN */

void clock_open(void)
{
    SYSTEM_WRITE(cntkctl_el1, EL0_MAY_READ_VIRTUAL);
    SYSTEM_WRITE(cntv_ctl_el0, 0);
}

void clock_init(struct machine *machine)
{
    uint64_t hz = SYSTEM_READ(cntfrq_el0);
    if (hz == 0 || hz >= NANOS_PER_S << 8)
        boot_refuse("no clock: the counter's frequency is not set");
    clock_open();
    machine->clock_multiplier = (NANOS_PER_S << 32) / hz;
    machine->clock_offset_ns =
        -(int64_t)multiply_shift32(SYSTEM_READ(cntvct_el0), machine->clock_multiplier);
    machine->timer_multiplier = (hz << 24) / NANOS_PER_S << 8; /* << 32 at once overflows */
}
