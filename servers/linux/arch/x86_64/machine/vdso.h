/*
 * vdso.h - what the vDSO has to know of the processor, x86_64.
 */
#pragma once

#include <stdint.h>

/* The load fence keeps the counter from being read before what the code has read: whoever was told
   of a time finds none before it. */
static inline uint64_t vdso_read_counter(void)
{
    uint32_t low, high;
    __asm__ volatile("lfence\n\trdtsc" : "=a"(low), "=d"(high) : : "memory");
    return (uint64_t)high << 32 | low;
}

static inline int vdso_system_call(long number, long a, void *b)
{
    long result = number;
    __asm__ volatile("syscall" : "+a"(result) : "D"(a), "S"(b) : "rcx", "r11", "memory");
    return (int)result;
}
