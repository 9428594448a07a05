/**
 * board.h - what a program in the place of init knows of QEMU's machine, aarch64: a way to say
 * something, and the end with a status (kernel/arch/aarch64/firmware.c).
 */
#pragma once

#include <corm/kernel_calls.h>

#include "abi/bootinfo.h"
#include "lib/base/types.h"

/* The real-time clock (Arm PL031 technical reference manual, 3.2): where its registers are, and
 * which line its alarm has. It counts seconds. */
#define MACHINE_CLOCK 0x9010000ull
#define MACHINE_LINE  2u

enum clock_register {
    CLOCK_TIME = 0x00 / 4,
    CLOCK_MATCH = 0x04 / 4,
    CLOCK_IRQ_ENABLED = 0x10 / 4,
    CLOCK_CLEAR_INTERRUPT = 0x1c / 4,
};

#define FIRST_SUITES &first_suite, &first_line_suite

static inline status_t machine_put(char character)
{
    return ioport_out(INIT_SLOT_IOPORT, 1, 1, (uint8_t)character);
}

static inline status_t machine_end(bool good)
{
    return ioport_out(INIT_SLOT_IOPORT, 0, 1, good ? 0 : 1);
}

/** machine_alarm - the line is raised in @span_ns, less than a second of it at once, until
 * machine_quiet(). */
static inline void machine_alarm(volatile uint32_t *clock, uint64_t span_ns)
{
    clock[CLOCK_IRQ_ENABLED] = 1;
    clock[CLOCK_MATCH] = clock[CLOCK_TIME] + (uint32_t)(span_ns / NANOS_PER_S);
}

static inline void machine_quiet(volatile uint32_t *clock)
{
    clock[CLOCK_IRQ_ENABLED] = 0;
    clock[CLOCK_CLEAR_INTERRUPT] = 1;
}

/** machine_let_kernel_touch_user - no flag of user level does that (PAN is the kernel's). */
static inline void machine_let_kernel_touch_user(void) {}

/** machine_undefined - an instruction that there is not. */
static inline void machine_undefined(void) { __asm__ volatile("udf #0"); }
