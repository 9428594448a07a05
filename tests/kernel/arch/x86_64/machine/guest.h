/**
 * guest.h - code for a guest, and what its registers are called, x86_64.
 */
#pragma once

#include <stddef.h>

#include "abi/arch/x86_64/guest_frame.h"

#define FRAME_PC       rip
#define FRAME_SP       rsp
#define FRAME_TLS      fs_base
#define FRAME_HANDLE   rax /* as of a native system call */
#define FRAME_ADDRESS  rbx
#define FRAME_ARGUMENT rdi

#define GUEST_CALL      "\x0f\x05" /* syscall */
#define GUEST_LOOP      "\xeb\xfe" /* jmp . */
#define GUEST_UNDEFINED "\x0f\x0b" /* ud2 */
#define GUEST_HALT      "\xf4"     /* hlt */
#define GUEST_LOAD      "\x8a\x03" /* mov (%rbx), %al */
#define GUEST_STORE     "\x88\x03" /* mov %al, (%rbx) */
#define GUEST_JUMP      "\xff\xe3" /* jmp *%rbx */

#define GUEST_CALL_BYTES 2

#define TRAP_UNDEFINED  6u /* vectors */
#define TRAP_PRIVILEGED 13u

#define GUEST_FLAGS 0x202ull

/* What it must be told beside its pc. */
static inline void guest_flags(volatile struct guest_frame *frame) { frame->rflags = GUEST_FLAGS; }

/* The general registers, as words of the frame; but rcx and r11, which `syscall` changes. */
#define FRAME_WORD(name)    (uint32_t)(offsetof(struct guest_frame, name) / sizeof(uint64_t))
#define FRAME_GENERAL_FIRST 0u
#define FRAME_GENERAL_END   FRAME_WORD(rip)
static inline bool frame_word_kept(uint32_t word)
{
    return word != FRAME_WORD(rcx) && word != FRAME_WORD(r11);
}

static inline bool frame_sane(const volatile struct guest_frame *frame)
{
    return (frame->rflags & ~(GUEST_FLAGS_USER | 0x10000)) == GUEST_FLAGS;
}
