/*
 * guest_frame.h - the registers of a guest, shared between the kernel and the server that enters
 * it, riscv64.
 *
 * The frame lies at the start of one page. `enter` loads it, leaving the guest stores it; while the
 * guest runs or is interrupted, what lies there means nothing. The kernel corrects nothing, but
 * refuses a pc above the last user page: no register that user level has can harm anybody else.
 */
#pragma once

/* In the order of their places, for assembly too. s1 to s2 are tag, words and deadline of a system
 * call in the order of struct message (abi/arch/riscv64/registers.h). */
#define GUEST_FRAME_REGISTERS                                                                      \
    pc, ra, sp, gp, tp, t0, t1, t2, s0, s1, a0, a1, a2, a3, a4, a5, a6, a7, s2, s3, s4, s5, s6,    \
        s7, s8, s9, s10, s11, t3, t4, t5, t6

#ifndef __ASSEMBLER__
#include <stdint.h>

#include "abi/guest.h"

struct guest_frame {
    uint64_t GUEST_FRAME_REGISTERS;
};

/* Vector state as vector_out and vector_in copy it: registers f0 to f31, then fcsr. */
struct guest_frame_vector {
    uint64_t f[32];
    uint64_t fcsr;
};
#endif

#define GUEST_FRAME_VECTOR_OFFSET 512
#define GUEST_FRAME_VECTOR_BYTES  264
