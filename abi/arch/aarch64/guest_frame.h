/*
 * guest_frame.h - the registers of a guest, shared between the kernel and the server that enters
 * it, aarch64.
 *
 * The frame lies at the start of one page. `enter` loads and checks it; leaving the guest stores
 * it. pc must be below the last user page; pstate keeps only GUEST_FLAGS_USER.
 */
#pragma once

#ifndef __ASSEMBLER__
#include <stdint.h>

#include "abi/guest.h"

/* x8, x9, x0 to x7 and x10 carry a system call: registers.h. */
struct guest_frame {
    uint64_t x[31];
    uint64_t sp, pc, pstate, tpidr;
};

/* What vector_out and vector_in copy. */
struct guest_vector {
    uint64_t v[32][2];
    uint32_t fpsr, fpcr;
};
#endif

/* Vector state is copied here by vector_out and vector_in. */
#define GUEST_FRAME_VECTOR_OFFSET 512
#define GUEST_FRAME_VECTOR_BYTES  528

/* NZCV: what user level may set. */
#define GUEST_FLAGS_USER 0xf0000000
