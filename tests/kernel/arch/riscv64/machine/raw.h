/**
 * raw.h - every register of a system call and of a stretch of running, riscv64. See contract/raw.h.
 */
#pragma once

#include <stdint.h>

/* Offsets are known to raw.S. sp is not among them: it must be kept; nor is tp, which is the TLS
 * base. */
struct registers {
    uint64_t ra, gp, t0, t1, t2, s0, s1, a0, a1, a2, a3, a4, a5, a6, a7;
    uint64_t s2, s3, s4, s5, s6, s7, s8, s9, s10, s11, t3, t4, t5, t6;
};

#define REGISTERS_GENERAL (sizeof(struct registers) / sizeof(uint64_t))

/* What carries what (abi/arch/riscv64/registers.h). */
#define RAW_HANDLE   t0
#define RAW_TAG      s1
#define RAW_DEADLINE s2
#define RAW_WORDS(r) (r)->a0, (r)->a1, (r)->a2, (r)->a3, (r)->a4, (r)->a5, (r)->a6, (r)->a7

/* What a system call loses and that carries nothing back. */
#define RAW_LOST(r)                                                                                \
    (r)->ra, (r)->gp, (r)->t1, (r)->t2, (r)->s0, (r)->s2, (r)->s3, (r)->s4, (r)->s5, (r)->s6,      \
        (r)->s7, (r)->s8, (r)->s9, (r)->s10, (r)->s11, (r)->t3, (r)->t4, (r)->t5, (r)->t6

/* Where raw_fault() has the address. */
#define RAW_ADDRESS s0

#define RAW_HAS_FLAGS        0
#define RAW_FLAGS_ODD        0
#define RAW_FLAGS_ARITHMETIC 0u

static inline uint64_t raw_flags(const struct registers *registers)
{
    (void)registers;
    return 0;
}

static inline void raw_set_flags(struct registers *registers, uint64_t flags)
{
    (void)registers;
    (void)flags;
}

static inline void raw_flags_disturb(void) {}
static inline void raw_flags_restore(void) {}

#define RAW_VECTORS      32
#define RAW_VECTOR_BYTES 8
