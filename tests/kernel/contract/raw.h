/**
 * raw.h - every register of a system call and of a stretch of running, seen from both sides.
 */
#pragma once

#include <stdint.h>

/* Offsets are known to raw.S. rsp is not among them: it must be kept. */
struct registers {
    uint64_t rax, rbx, rcx, rdx, rsi, rdi, rbp;
    uint64_t r8, r9, r10, r11, r12, r13, r14, r15;
    uint64_t rflags;
};

#define REGISTERS_COUNT (sizeof(struct registers) / sizeof(uint64_t))

/** raw_syscall - `syscall` with exactly @in (but rflags) in the registers; what is there
 * afterwards. */
void raw_syscall(const struct registers *in, struct registers *out);

/** raw_hold - keep @in (and its rflags) in all registers for @turns of an empty loop. */
void raw_hold(const struct registers *in, struct registers *out, uint64_t turns);

/** raw_fault - touch @address once with @in (but rflags) in the registers; afterwards as out. */
void raw_fault(const struct registers *in, struct registers *out);

/* Where raw_fault() touches memory: the address is in rbx. */
extern const char raw_fault_instruction[], raw_fault_next[];

#define RAW_VECTORS      16
#define RAW_VECTOR_BYTES 32

/** All vector registers, 32 bytes each: with AVX whole, else the low halves. */
void raw_vector_load(const uint8_t (*from)[RAW_VECTOR_BYTES], uint64_t avx);
void raw_vector_store(uint8_t (*to)[RAW_VECTOR_BYTES], uint64_t avx);
