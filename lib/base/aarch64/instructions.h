/*
 * instructions.h - the machine instructions that C cannot say.
 */
#pragma once

#include "lib/base/types.h"

/** A system register (Arm ARM D17.2), by its name or as s<op0>_<op1>_c<n>_c<m>_<op2>. */
#define SYSTEM_READ(name)                                                                          \
    __extension__({                                                                                \
        uint64_t value_;                                                                           \
        __asm__ volatile("mrs %0, " #name : "=r"(value_));                                         \
        value_;                                                                                    \
    })

#define SYSTEM_WRITE(name, value)                                                                  \
    __asm__ volatile("msr " #name ", %0" : : "r"((uint64_t)(value)) : "memory")

/** What was written to system registers before holds for what comes after. */
static inline void instruction_barrier(void) { __asm__ volatile("isb" : : : "memory"); }

/** a * b / 2^32, with all 128 bits between. */
static inline uint64_t multiply_shift32(uint64_t a, uint64_t b)
{
    return (uint64_t)((unsigned __int128)a * b >> 32);
}
