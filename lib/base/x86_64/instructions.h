/*
 * instructions.h - the machine instructions that C cannot say.
 */
#pragma once

#include "lib/base/types.h"

static inline uint64_t msr_read(uint32_t msr)
{
    uint32_t low, high;
    __asm__ volatile("rdmsr" : "=a"(low), "=d"(high) : "c"(msr));
    return (uint64_t)high << 32 | low;
}

static inline void msr_write(uint32_t msr, uint64_t value)
{
    __asm__ volatile("wrmsr"
                     :
                     : "c"(msr), "a"((uint32_t)value), "d"((uint32_t)(value >> 32))
                     : "memory");
}

static inline uint64_t tsc_read(void) { return __builtin_ia32_rdtsc(); }

static inline uint64_t cr2_read(void)
{
    uint64_t value;
    __asm__ volatile("mov %%cr2, %0" : "=r"(value));
    return value;
}

static inline uint64_t cr3_read(void)
{
    uint64_t value;
    __asm__ volatile("mov %%cr3, %0" : "=r"(value));
    return value;
}

static inline void cr3_write(uint64_t value)
{
    __asm__ volatile("mov %0, %%cr3" : : "r"(value) : "memory");
}

#define PORT_FUNCTIONS(bits, suffix)                                                               \
    static inline uint##bits##_t port_read##bits(uint16_t port)                                    \
    {                                                                                              \
        uint##bits##_t value;                                                                      \
        __asm__ volatile("in" suffix " %1, %0" : "=a"(value) : "Nd"(port));                        \
        return value;                                                                              \
    }                                                                                              \
    static inline void port_write##bits(uint16_t port, uint##bits##_t value)                       \
    {                                                                                              \
        __asm__ volatile("out" suffix " %0, %1" : : "a"(value), "Nd"(port));                       \
    }

PORT_FUNCTIONS(8, "b")
PORT_FUNCTIONS(16, "w")
PORT_FUNCTIONS(32, "l")

/** a * b / 2^32, with all 128 bits between. */
static inline uint64_t multiply_shift32(uint64_t a, uint64_t b)
{
    return (uint64_t)((unsigned __int128)a * b >> 32);
}
