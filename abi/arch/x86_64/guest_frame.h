/*
 * guest_frame.h - the registers of a guest, shared between the kernel and the server that enters
 * it, x86_64.
 *
 * The frame lies at the start of one page. `enter` loads and checks it; leaving the guest stores
 * it. Fields that the kernel corrects on entry: rip must be canonical and below the last user page,
 * rflags keeps only GUEST_FLAGS_USER and always has interrupts on, segment bases must be canonical.
 */
#pragma once

/* In the order of their places, for assembly too. rbx to r14 are tag, words and deadline of a
 * system call in the order of struct message (abi/arch/x86_64/registers.h). */
#define GUEST_FRAME_REGISTERS                                                                      \
    rax, rbx, rdi, rsi, rdx, r10, r8, r9, r12, r13, r14, r15, rcx, r11, rbp, rsp, rip, rflags,     \
        fs_base, gs_base

#ifndef __ASSEMBLER__
#include <stdint.h>

#include "abi/guest.h"

struct guest_frame {
    uint64_t GUEST_FRAME_REGISTERS;
};
#endif

/* Vector state (XSAVE standard format) is copied here by vector_out and vector_in. */
#define GUEST_FRAME_VECTOR_OFFSET 512
#define GUEST_FRAME_VECTOR_BYTES  3584

/* CF PF AF ZF SF TF DF OF NT(no) AC ID: what user level may set. */
#define GUEST_FLAGS_USER 0x240dd5ull
