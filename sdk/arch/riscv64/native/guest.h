/**
 * guest.h - Linux's system calls and first instructions, riscv64.
 */
#pragma once

#include <stdint.h>

#include "sdk/guest/generic_numbers.h"

/* _start: guest_start with the stack's address; the stack is aligned. */
#define GUEST_START                                                                                \
    "li s0, 0\n\t"                                                                                 \
    "li ra, 0\n\t"                                                                                 \
    "mv a0, sp\n\t"                                                                                \
    "call guest_start\n\t"                                                                         \
    "unimp\n"

static inline long guest_trap(long number, uint64_t a, uint64_t b, uint64_t c, uint64_t d)
{
    register long a7 __asm__("a7") = number;
    register uint64_t a0 __asm__("a0") = a;
    register uint64_t a1 __asm__("a1") = b;
    register uint64_t a2 __asm__("a2") = c;
    register uint64_t a3 __asm__("a3") = d;
    __asm__ volatile("ecall" : "+r"(a0) : "r"(a7), "r"(a1), "r"(a2), "r"(a3) : "memory");
    return (long)a0;
}
