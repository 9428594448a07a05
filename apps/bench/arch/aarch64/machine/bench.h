/**
 * bench.h - what the benchmark must know of the processor, aarch64: how instructions are counted,
 * and code of which it counts every one.
 */
#pragma once

#include "abi/arch/aarch64/guest_frame.h"
#include "lib/base/types.h"

/** insn_read - instructions so far: what the emulator has for cycles. */
static inline uint64_t insn_read(void)
{
    uint64_t count;
    __asm__ volatile("mrs %0, pmccntr_el0" : "=r"(count));
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
    __asm__ volatile("tbz %0, #0, 1f\n\t"
                     "nop\n"
                     "1: lsr %0, %0, #1\n\t"
                     "add %0, %0, #1\n"
                     "2: subs %0, %0, #1\n\t"
                     "b.ne 2b"
                     : "+r"(count)
                     :
                     : "cc");
}

/* One instruction of four bytes that faults. */
#define FAULTING_LOAD(address) __asm__ volatile("ldrb wzr, [%0]" : : "r"(address))
#define FAULTING_BYTES         4u

/* A guest's system call, and how it starts. */
#define GUEST_CALL 0x01, 0x00, 0x00, 0xd4
#define FRAME_PC   pc

static inline void guest_frame_begin(struct guest_frame *frame) { frame->pstate = 0; }
