/*
 * vdso.h - what the vDSO has to know of the processor, aarch64.
 */
#pragma once

#include <stdint.h>

/* The barrier keeps the counter from being read before what the code has read (Arm ARM D12.1.2):
   whoever was told of a time finds none before it. */
static inline uint64_t vdso_read_counter(void)
{
    uint64_t count;
    __asm__ volatile("isb\n\tmrs %0, cntvct_el0" : "=r"(count) : : "memory");
    return count;
}

static inline int vdso_system_call(long number, long a, void *b)
{
    register long x8 __asm__("x8") = number;
    register long x0 __asm__("x0") = a;
    register void *x1 __asm__("x1") = b;
    __asm__ volatile("svc #0" : "+r"(x0) : "r"(x8), "r"(x1) : "memory");
    return (int)x0;
}
