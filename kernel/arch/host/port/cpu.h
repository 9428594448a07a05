/*
 * cpu.h - a processor of the host port: nothing but its number.
 */
#ifndef PORT_CPU_H
#define PORT_CPU_H

#include "lib/base/types.h"

struct cpu;

struct arch_cpu {
    uint32_t unused; /* C has no empty structures */
};

struct cpu *arch_cpu_self(void);

#endif
