/*
 * trap.h - what the entry code calls, and what it needs set up.
 */
#ifndef X86_64_TRAP_H
#define X86_64_TRAP_H

#include "lib/base/types.h"

struct cpu;
struct thread;

/* As trap_entry.S pushes it. */
struct trap_frame {
    uint64_t r15, r14, r13, r12, r11, r10, r9, r8, rbp, rdi, rsi, rdx, rcx, rbx, rax;
    uint64_t vector, error, rip, cs, rflags, rsp, ss;
};

/** trap_from_user - exception or interrupt at user level; all registers are in the context. */
void trap_from_user(uint64_t vector, uint64_t error);

/** trap_from_anywhere - NMI, double fault, machine check, or an exception of the kernel itself.
 * Context: any; uses no per-processor data. Returns from an NMI, and from #UD of an instruction
 * that it has done instead. */
void trap_from_anywhere(struct trap_frame *frame);

/** guest_exit - a thread whose guest's registers are saved returns from `enter`. */
void guest_exit(struct thread *thread, uint64_t tag, uint64_t word0, uint64_t word1);

/** tables_init - segments, task state, interrupt vectors and system-call entry of @cpu. */
void tables_init(struct cpu *cpu);

#endif
