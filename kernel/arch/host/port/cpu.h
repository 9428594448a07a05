/*
 * cpu.h - a processor of the host port: nothing but its number.
 */
#pragma once

#include "lib/base/types.h"

struct cpu;

struct arch_cpu {
    uint32_t unused; /* C has no empty structures */
};

struct cpu *arch_cpu_self(void);
