/*
 * cpu.h - a processor of the host port.
 */
#pragma once

#include "lib/base/types.h"

struct cpu;

struct arch_cpu {
    bool interrupted; /* by another one; it will look what there is */
    bool code_stale;  /* it may remember code from before other code appeared */
};

struct cpu *arch_cpu_self(void);
