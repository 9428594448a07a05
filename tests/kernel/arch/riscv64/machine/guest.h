/**
 * guest.h - code for a guest, and what its registers are called, riscv64.
 */
#pragma once

#include "abi/arch/riscv64/guest_frame.h"

#define FRAME_PC       pc
#define FRAME_SP       sp
#define FRAME_TLS      tp
#define FRAME_HANDLE   t0 /* as of a native system call */
#define FRAME_ADDRESS  a1
#define FRAME_ARGUMENT a2

#define GUEST_CALL      "\x73\x00\x00\x00" /* ecall */
#define GUEST_LOOP      "\x6f\x00\x00\x00" /* j . */
#define GUEST_UNDEFINED "\x00\x00\x00\x00"
#define GUEST_HALT      "\x73\x00\x50\x10" /* wfi, which sstatus and hstatus leave to nobody */
#define GUEST_LOAD      "\x03\x85\x05\x00" /* lb a0, 0(a1) */
#define GUEST_STORE     "\x23\x80\xa5\x00" /* sb a0, 0(a1) */
#define GUEST_JUMP      "\x67\x80\x05\x00" /* jr a1 */

#define GUEST_CALL_BYTES 4

#define TRAP_UNDEFINED  2u /* scause */
#define TRAP_PRIVILEGED 2u

/* What it must be told beside its pc. */
static inline void guest_flags(volatile struct guest_frame *frame) { (void)frame; }

/* The general registers, as words of the frame. */
#define FRAME_GENERAL_FIRST 1u
#define FRAME_GENERAL_END   32u
static inline bool frame_word_kept(uint32_t word)
{
    (void)word;
    return true;
}

static inline bool frame_sane(const volatile struct guest_frame *frame)
{
    (void)frame;
    return true;
}
