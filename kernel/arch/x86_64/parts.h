/*
 * parts.h - what the files of this port have from one another.
 */
#pragma once

#include "kernel/arch.h"
#include "kernel/dev/clock.h"
#include "kernel/dev/vector.h"
#include "lib/base/x86_64/hardware.h"

/* What trap_entry.S calls for an exception or interrupt of user level; and what it is to call to
 * have them, and system calls, recorded. */
extern void (*trap_way)(uint64_t vector, uint64_t error);
void trace_from_user(uint64_t vector, uint64_t word);

/** memory_init - @root has the kernel's half, of which every other root gets a copy. */
void memory_init(paddr_t root);

/** gates_init - the interrupt table, which all processors share. */
void gates_init(void);

/* Registers, by enum lapic_register. */
#define LAPIC ((volatile uint32_t *)LAPIC_BASE)

/** vector_init - the components of vector state that the boot stage has chosen. */
void vector_init(const struct boot_handover *handover);
