/**
 * bench.h - what the benchmark must know of the processor, riscv64: how instructions are counted,
 * and code of which it counts every one.
 */
#pragma once

#include "abi/arch/riscv64/guest_frame.h"
#include "lib/base/types.h"

/** insn_read - instructions so far. */
static inline uint64_t insn_read(void)
{
    uint64_t count;
    __asm__ volatile("rdinstret %0" : "=r"(count));
    return count;
}

/** insn_read_low - the low half, in as few instructions as can be. */
static inline __attribute__((always_inline)) uint32_t insn_read_low(void)
{
    return (uint32_t)insn_read();
}

/** insn_spin - execute a number of instructions that rises by one with @count. */
static inline void insn_spin(uint64_t count)
{
    uint64_t odd = count & 1;
    __asm__ volatile("beqz %1, 1f\n\t"
                     "nop\n"
                     "1: srli %0, %0, 1\n\t"
                     "addi %0, %0, 1\n"
                     "2: addi %0, %0, -1\n\t"
                     "bnez %0, 2b"
                     : "+r"(count)
                     : "r"(odd));
}

/* One instruction of four bytes that faults. */
#define FAULTING_LOAD(address) __asm__ volatile("lb zero, 0(%0)" : : "r"(address))
#define FAULTING_BYTES         4u

/* A guest's system call, and how it starts. */
#define GUEST_CALL 0x73, 0x00, 0x00, 0x00
#define FRAME_PC   pc

static inline void guest_frame_begin(struct guest_frame *frame) { (void)frame; }
