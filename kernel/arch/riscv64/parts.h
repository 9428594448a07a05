/*
 * parts.h - what the files of this port have from one another.
 */
#pragma once

#include "kernel/arch.h"
#include "kernel/arch/riscv64/machine.h"
#include "kernel/dev/clock.h"
#include "kernel/dev/vector.h"
#include "lib/base/riscv64/instructions.h"

/* What the entry code calls for an exception or interrupt of user level; and what it is to call to
 * have them, and system calls, recorded. */
extern void (*trap_way)(uint64_t cause, uint64_t value);
void trap_trace(uint64_t cause, uint64_t value);

/** memory_init - the root with the kernel's half, of which every other root gets a copy; and how
 * roots are loaded. */
void memory_init(const struct boot_handover *handover);

/** memory_mend_fault - an access of kind @cause at @address faulted under @root, as a
 * thread keeps it; is there a page at all? True if the page table has since come to permit it, or
 * did but for a mark that this processor does not write itself. */
MUST_USE bool memory_mend_fault(uint64_t root, uint64_t address, uint64_t cause, bool *present);

/** interrupt_init - whose the timer is. */
void interrupt_init(const struct boot_handover *handover);

/** plic_init - where the interrupt controller is. */
void plic_init(const struct boot_handover *handover);

/** plic_claim - a line that has an interrupt, whose service begins and ends herewith: until it is
 * masked it may come again. 0: none has. */
MUST_USE uint64_t plic_claim(void);

/** firmware_init - how the machine ends. */
void firmware_init(const struct boot_handover *handover);
