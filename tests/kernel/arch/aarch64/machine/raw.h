/**
 * raw.h - every register of a system call and of a stretch of running, aarch64. See contract/raw.h.
 */
#pragma once

#include <stdint.h>

/* Offsets are known to raw.S. sp is not among them: it must be kept. */
struct registers {
    uint64_t x0, x1, x2, x3, x4, x5, x6, x7, x8, x9, x10, x11, x12, x13, x14, x15;
    uint64_t x16, x17, x18, x19, x20, x21, x22, x23, x24, x25, x26, x27, x28, x29, x30;
    uint64_t nzcv;
};

#define REGISTERS_GENERAL 31

/* What carries what (abi/arch/aarch64/registers.h). */
#define RAW_HANDLE   x8
#define RAW_TAG      x9
#define RAW_DEADLINE x10
#define RAW_WORDS(r) (r)->x0, (r)->x1, (r)->x2, (r)->x3, (r)->x4, (r)->x5, (r)->x6, (r)->x7

/* What a system call loses and that carries nothing back. */
#define RAW_LOST(r)                                                                                \
    (r)->x10, (r)->x11, (r)->x12, (r)->x13, (r)->x14, (r)->x15, (r)->x16, (r)->x17, (r)->x18,      \
        (r)->x19, (r)->x20, (r)->x21, (r)->x22, (r)->x23, (r)->x24, (r)->x25, (r)->x26, (r)->x27,  \
        (r)->x28, (r)->x29, (r)->x30

/* Where raw_fault() has the address. */
#define RAW_ADDRESS x19

#define RAW_HAS_FLAGS        1
#define RAW_FLAGS_ODD        0xa0000000u
#define RAW_FLAGS_ARITHMETIC 0xf0000000u

static inline uint64_t raw_flags(const struct registers *registers) { return registers->nzcv; }

static inline void raw_set_flags(struct registers *registers, uint64_t flags)
{
    registers->nzcv = flags;
}

static inline void raw_flags_disturb(void) {}
static inline void raw_flags_restore(void) {}

#define RAW_VECTORS      32
#define RAW_VECTOR_BYTES 16
