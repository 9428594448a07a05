/**
 * bench.h - what the benchmark must know of the processor, x86_64: how instructions are counted,
 * and code of which it counts every one.
 */
#pragma once

#include "abi/arch/x86_64/guest_frame.h"
#include "native/counter.h"

/** insn_read - instructions so far, plus a constant. */
static inline uint64_t insn_read(void) { return counter_read(); }

/** insn_read_low - the low half, in as few instructions as can be. */
static inline __attribute__((always_inline)) uint32_t insn_read_low(void)
{
    uint32_t low;
    __asm__ volatile("rdtsc" : "=a"(low) : : "rdx");
    return low;
}

/** insn_spin - execute a number of instructions that rises by one with @count. */
static inline void insn_spin(uint64_t count)
{
    __asm__ volatile("shr %0\n\t"
                     "jnc 1f\n\t"
                     "nop\n"
                     "1: inc %0\n"
                     "2: dec %0\n\t"
                     "jnz 2b"
                     : "+r"(count)
                     :
                     : "cc");
}

/* One instruction of two bytes that faults. */
#define FAULTING_LOAD(address) __asm__ volatile("movb (%%rdi), %%cl" : : "D"(address) : "cl")
#define FAULTING_BYTES         2u

/* A guest's system call, and how it starts. */
#define GUEST_CALL 0x0f, 0x05
#define FRAME_PC   rip

static inline void guest_frame_begin(struct guest_frame *frame)
{
    frame->rflags = 0x202; /* interrupts on; bit 1 is always set */
}
