/**
 * raw.h - every register of a system call and of a stretch of running, x86_64. See contract/raw.h.
 */
#pragma once

#include <stdint.h>

/* Offsets are known to raw.S. rsp is not among them: it must be kept. */
struct registers {
    uint64_t rax, rbx, rcx, rdx, rsi, rdi, rbp;
    uint64_t r8, r9, r10, r11, r12, r13, r14, r15;
    uint64_t rflags;
};

#define REGISTERS_GENERAL (sizeof(struct registers) / sizeof(uint64_t) - 1)

/* What carries what (abi/arch/x86_64/registers.h). */
#define RAW_HANDLE   rax
#define RAW_TAG      rbx
#define RAW_DEADLINE r14
#define RAW_WORDS(r) (r)->rdi, (r)->rsi, (r)->rdx, (r)->r10, (r)->r8, (r)->r9, (r)->r12, (r)->r13

/* What a system call loses and that carries nothing back. */
#define RAW_LOST(r) (r)->rcx, (r)->r11, (r)->rbp, (r)->r14, (r)->r15

/* Where raw_fault() has the address. */
#define RAW_ADDRESS rbx

#define RAW_HAS_FLAGS        1
#define RAW_FLAGS_ODD        0xed7u /* CF PF AF ZF SF IF DF OF */
#define RAW_FLAGS_ARITHMETIC 0x8d5u

/* DF AC IOPL TF and the arithmetic ones */
static inline uint64_t raw_flags(const struct registers *registers)
{
    return registers->rflags & 0x43dd5u;
}

static inline void raw_set_flags(struct registers *registers, uint64_t flags)
{
    registers->rflags = flags;
}

static inline void raw_flags_disturb(void) { __asm__ volatile("std" : : : "cc"); }
static inline void raw_flags_restore(void) { __asm__ volatile("cld" : : : "cc"); }

#define RAW_VECTORS      16
#define RAW_VECTOR_BYTES 32
