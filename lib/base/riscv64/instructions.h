/*
 * instructions.h - the machine instructions that C cannot say.
 */
#pragma once

#include "lib/base/riscv64/hardware.h"
#include "lib/base/types.h"

#define CSR_TEXT_(name) #name
#define CSR_TEXT(name)  CSR_TEXT_(name)

/* Control and status registers, by name or number. */
#define csr_read(name)                                                                             \
    ({                                                                                             \
        uint64_t csr_value;                                                                        \
        __asm__ volatile("csrr %0, " CSR_TEXT(name) : "=r"(csr_value) : : "memory");               \
        csr_value;                                                                                 \
    })
#define csr_write(name, value)                                                                     \
    __asm__ volatile("csrw " CSR_TEXT(name) ", %0" : : "rK"((uint64_t)(value)) : "memory")
#define csr_set(name, value)                                                                       \
    __asm__ volatile("csrs " CSR_TEXT(name) ", %0" : : "rK"((uint64_t)(value)) : "memory")
#define csr_clear(name, value)                                                                     \
    __asm__ volatile("csrc " CSR_TEXT(name) ", %0" : : "rK"((uint64_t)(value)) : "memory")

/** sbi_call - ask the firmware; its error code, 0 for none. */
static inline int64_t sbi_call(uint64_t extension, uint64_t function, uint64_t first,
                               uint64_t second)
{
    register uint64_t a0 __asm__("a0") = first;
    register uint64_t a1 __asm__("a1") = second;
    register uint64_t a6 __asm__("a6") = function;
    register uint64_t a7 __asm__("a7") = extension;
    __asm__ volatile("ecall" : "+r"(a0), "+r"(a1) : "r"(a6), "r"(a7) : "memory");
    return (int64_t)a0;
}

/** a * b / 2^32, with all 128 bits between. */
static inline uint64_t multiply_shift32(uint64_t a, uint64_t b)
{
    return (uint64_t)((unsigned __int128)a * b >> 32);
}
