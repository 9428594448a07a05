/*
 * machine.h - what C and assembly of this port share.
 */
#pragma once

#include "abi/arch/riscv64/boot.h"
#include "lib/base/riscv64/hardware.h"

#define ECALL_BYTES 4

/* What comes from outside: other processors, the timer, the interrupt controller. */
#define INTERRUPTS (1 << INTERRUPT_SOFTWARE | 1 << INTERRUPT_TIMER | 1 << INTERRUPT_EXTERNAL)

/* scounteren (privileged manual 4.1.5): cycle, time, instret */
#define COUNTERS_USER 7
