/**
 * board.h - what a program in the place of init knows of QEMU's machine, riscv64: a way to say
 * something, and the end with a status (abi/arch/riscv64/boot.h).
 */
#pragma once

#include <corm/kernel_calls.h>

#include "abi/bootinfo.h"

/* The real-time clock, a "goldfish" (QEMU's hw/rtc/goldfish_rtc.c): where its registers are, and
 * which line its alarm has. */
#define MACHINE_CLOCK 0x101000ull
#define MACHINE_LINE  11u

enum clock_register {
    CLOCK_TIME_LOW = 0x00 / 4, /* reading it keeps the upper half for what follows */
    CLOCK_TIME_HIGH = 0x04 / 4,
    CLOCK_ALARM_LOW = 0x08 / 4, /* writing it sets the alarm */
    CLOCK_ALARM_HIGH = 0x0c / 4,
    CLOCK_IRQ_ENABLED = 0x10 / 4,
    CLOCK_CLEAR_ALARM = 0x14 / 4,
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

/** machine_alarm - the line is raised in @span_ns, until machine_quiet(). */
static inline void machine_alarm(volatile uint32_t *clock, uint64_t span_ns)
{
    uint64_t low = clock[CLOCK_TIME_LOW];
    uint64_t at = ((uint64_t)clock[CLOCK_TIME_HIGH] << 32 | low) + span_ns;
    clock[CLOCK_IRQ_ENABLED] = 1;
    clock[CLOCK_ALARM_HIGH] = (uint32_t)(at >> 32);
    clock[CLOCK_ALARM_LOW] = (uint32_t)at;
}

static inline void machine_quiet(volatile uint32_t *clock)
{
    clock[CLOCK_CLEAR_ALARM] = 1;
    clock[CLOCK_CLEAR_INTERRUPT] = 1;
}

/** machine_let_kernel_touch_user - no flag of user level does that (SUM is the kernel's). */
static inline void machine_let_kernel_touch_user(void) {}

/** machine_undefined - an instruction that there is not. */
static inline void machine_undefined(void) { __asm__ volatile("unimp"); }
