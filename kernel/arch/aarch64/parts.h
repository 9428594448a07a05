/*
 * parts.h - what the files of this port have from one another.
 */
#pragma once

#include "kernel/arch.h"
#include "kernel/dev/clock.h"
#include "kernel/dev/vector.h"
#include "lib/base/aarch64/instructions.h"

/* trap_entry.S: the vector tables, by what user level is. */
extern const uint8_t vectors_plain[], vectors_open[], vectors_guest[];

/** memory_init - the root without user level; what the processor does for page tables by itself. */
void memory_init(void);

/** gic_init - which kind of interrupt controller there is. */
void gic_init(void);

/** gic_join - how the processor that runs is interrupted by others. */
void gic_join(struct arch_cpu *arch);

/** gic_acknowledge - the interrupt that waits, which is in service from here on: its number, and
 * above GIC_ID_MASK perhaps who sent it. */
uint32_t gic_acknowledge(void);

/** gic_end - the service of what was acknowledged ends. */
void gic_end(uint32_t interrupt);

/** firmware_init - how the firmware is called. */
void firmware_init(const struct boot_handover *handover);
