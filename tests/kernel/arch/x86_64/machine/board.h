/**
 * board.h - what a program in the place of init knows of QEMU's machine, x86_64: a way to say
 * something, and the end with a status.
 */
#pragma once

#include <corm/kernel_calls.h>

#include "abi/bootinfo.h"

/* The first serial port, polled (PC16550D §8). */
#define SERIAL_PORT        0x3f8
#define SERIAL_STATUS_PORT 0x3fd
#define SERIAL_READY       0x20

/* QEMU's isa-debug-exit. */
#define DEBUG_EXIT_PORT   0xf4
#define DEBUG_EXIT_OK     0x10
#define DEBUG_EXIT_FAILED 0x11

#define FLAG_ALIGNMENT_CHECK 0x40000 /* of RFLAGS */

#define MACHINE_LINE 2u /* of the interval timer: the PC's interrupt 0 */

#define FIRST_SUITES &first_suite, &first_line_suite, &first_port_suite

static inline status_t machine_put(char character)
{
    uint64_t status = 0;
    while (!(status & SERIAL_READY)) {
        const status_t got = ioport_in(INIT_SLOT_IOPORT, SERIAL_STATUS_PORT, 1, &status);
        if (got != OK)
            return got;
    }
    return ioport_out(INIT_SLOT_IOPORT, SERIAL_PORT, 1, (uint8_t)character);
}

static inline status_t machine_end(bool good)
{
    return ioport_out(INIT_SLOT_IOPORT, DEBUG_EXIT_PORT, 1,
                      good ? DEBUG_EXIT_OK : DEBUG_EXIT_FAILED);
}

/** machine_let_kernel_touch_user - ask for what no system call may bring along: with this flag a
 * kernel may read and write user memory (SMAP). */
static inline void machine_let_kernel_touch_user(void)
{
    __asm__ volatile("pushfq\n\torq %0, (%%rsp)\n\tpopfq" : : "i"(FLAG_ALIGNMENT_CHECK) : "memory");
}

/** machine_undefined - an instruction that there is not. */
static inline void machine_undefined(void) { __asm__ volatile("ud2"); }
