/*
 * vdso.h - what the vDSO has to know of the processor, riscv64.
 */
#pragma once

#include <stdint.h>

/* The counter is an input of the device kind, so the fence keeps it behind the reads of memory
   before it (RISC-V unprivileged specification, FENCE): whoever was told of a time finds none
   before it. */
static inline uint64_t vdso_read_counter(void)
{
    uint64_t count;
    __asm__ volatile("fence r, i\n\trdtime %0" : "=r"(count) : : "memory");
    return count;
}

static inline int vdso_system_call(long number, long a, void *b)
{
    register long a7 __asm__("a7") = number;
    register long a0 __asm__("a0") = a;
    register void *a1 __asm__("a1") = b;
    __asm__ volatile("ecall" : "+r"(a0) : "r"(a7), "r"(a1) : "memory");
    return (int)a0;
}
