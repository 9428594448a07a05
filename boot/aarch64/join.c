/*
 * join.c - letting a processor begin: the firmware does it (PSCI, Arm DEN0022, 5.1.4).
 */
#include "boot/join.h"

#include "boot/aarch64/board.h"
#include "boot/aarch64/parts.h"
#include "lib/base/aarch64/instructions.h"

#define PSCI_CPU_ON 0xc4000003u

void join_begin(void); /* join_entry.S */
void join_ready(void);

uint64_t join_root;

bool join_start(const struct machine *machine, uint64_t id)
{
    register uint64_t x0 __asm__("x0") = PSCI_CPU_ON;
    register uint64_t x1 __asm__("x1") = id;
    register uint64_t x2 __asm__("x2") = (uintptr_t)join_begin;
    register uint64_t x3 __asm__("x3") = 0;
    if (machine->psci_smc)
        __asm__ volatile("smc #0" : "+r"(x0), "+r"(x1), "+r"(x2), "+r"(x3) : : "memory");
    else
        __asm__ volatile("hvc #0" : "+r"(x0), "+r"(x1), "+r"(x2), "+r"(x3) : : "memory");
    return x0 == 0;
}

nanos_t clock_now(const struct machine *machine)
{
    return multiply_shift32(SYSTEM_READ(cntvct_el0), machine->clock_multiplier) +
           (uint64_t)machine->clock_offset_ns;
}

/* Of a processor that comes, at EL1 with the MMU on. */
void join_ready(void)
{
    gic_follow();
    clock_open();
    processor_init(false);
}
