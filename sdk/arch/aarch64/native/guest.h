/**
 * guest.h - Linux's system calls and first instructions, arm64.
 */
#pragma once

#include <stdint.h>

#include "sdk/guest/generic_numbers.h"

/* _start: guest_start with the stack's address; the stack is aligned. */
#define GUEST_START                                                                                \
    "mov x29, xzr\n\t"                                                                             \
    "mov x30, xzr\n\t"                                                                             \
    "mov x0, sp\n\t"                                                                               \
    "bl guest_start\n\t"                                                                           \
    "udf #0\n"

static inline long guest_trap(long number, uint64_t a, uint64_t b, uint64_t c, uint64_t d)
{
    register long x8 __asm__("x8") = number;
    register uint64_t x0 __asm__("x0") = a;
    register uint64_t x1 __asm__("x1") = b;
    register uint64_t x2 __asm__("x2") = c;
    register uint64_t x3 __asm__("x3") = d;
    __asm__ volatile("svc #0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2), "r"(x3) : "memory");
    return (long)x0;
}
