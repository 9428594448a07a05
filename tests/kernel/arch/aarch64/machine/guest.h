/**
 * guest.h - code for a guest, and what its registers are called, aarch64.
 */
#pragma once

#include "abi/arch/aarch64/guest_frame.h"
#include "lib/base/types.h"

#define FRAME_PC       pc
#define FRAME_SP       sp
#define FRAME_TLS      tpidr
#define FRAME_HANDLE   x[8] /* as of a native system call */
#define FRAME_ADDRESS  x[1]
#define FRAME_ARGUMENT x[2]

#define GUEST_CALL      "\x01\x00\x00\xd4" /* svc #0 */
#define GUEST_LOOP      "\x00\x00\x00\x14" /* b . */
#define GUEST_UNDEFINED "\x00\x00\x00\x00" /* udf #0 */
#define GUEST_HALT      "\x00\x10\x38\xd5" /* mrs x0, sctlr_el1 */
#define GUEST_LOAD      "\x20\x00\x40\x39" /* ldrb w0, [x1] */
#define GUEST_STORE     "\x20\x00\x00\x39" /* strb w0, [x1] */
#define GUEST_JUMP      "\x20\x00\x1f\xd6" /* br x1 */

#define GUEST_CALL_BYTES 4

#define TRAP_UNDEFINED  0u /* the exception's class */
#define TRAP_PRIVILEGED 0u

/* What it must be told beside its pc. */
static inline void guest_flags(volatile struct guest_frame *frame) { frame->pstate = 0; }

/* The general registers, as words of the frame. */
#define FRAME_GENERAL_FIRST 0u
#define FRAME_GENERAL_END   31u
static inline bool frame_word_kept(uint32_t word)
{
    (void)word;
    return true;
}

static inline bool frame_sane(const volatile struct guest_frame *frame)
{
    return (frame->pstate & 0x3df) == 0; /* interrupts on, EL0 */
}
