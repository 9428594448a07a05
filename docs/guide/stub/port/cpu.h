/*
 * cpu.h - what the entry code needs of a processor before it has anything else.
 *
 * Real ports keep a word here to save a register in, the stack's top, and a copy of what the fast
 * path reads; a register of the processor's own (gs, tpidr_el1, sscratch) leads to it.
 */
#pragma once

#include "lib/base/types.h"

struct cpu;

struct arch_cpu {
    uint64_t id; /* what the hardware calls it */
};

struct cpu *arch_cpu_self(void);
