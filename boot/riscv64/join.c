/*
 * join.c - letting a processor begin: the firmware does it (SBI specification 1.0, 9).
 */
#include "boot/join.h"

#include "boot/riscv64/parts.h"
#include "lib/base/riscv64/instructions.h"

void join_begin(void); /* join_entry.S */

uint64_t join_satp;

bool join_start(UNUSED const struct machine *machine, uint64_t id)
{
    return sbi_call(SBI_HART, SBI_HART_START, id, (uintptr_t)join_begin) == 0;
}

nanos_t clock_now(const struct machine *machine)
{
    return multiply_shift32(csr_read(time), machine->clock_multiplier) +
           (uint64_t)machine->clock_offset_ns;
}
