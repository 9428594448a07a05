/*
 * context.h - the saved registers of a thread.
 *
 * A thread that left user level by a system call keeps only pc, sp and tls; the message is in
 * struct thread. One that was interrupted or faulted has all its registers in `registers` and
 * `full` set; with `in_guest` they are those of its guest, and pc and sp are still where its
 * `enter` returns to. While a thread runs at user level both flags are clear, and SP_EL1 points to
 * the struct thread, which is what the entry code needs first.
 */
#pragma once

#include "abi/arch/aarch64/guest_frame.h"
#include "lib/base/types.h"

/* Behind struct thread in the memory of a thread that declared vector state. */
#define VECTOR_AREA_OFFSET 2048

/* kernel/dev/context.h */
#define CONTEXT_PC        registers.pc
#define CONTEXT_SP        registers.sp
#define CONTEXT_HAS_GUEST true

struct cpu;

struct arch_context {
    uint64_t tls; /* loaded at every entry to user level: what user level wrote is never trusted */
    uint64_t pc;
    uint64_t sp;
    bool full;
    bool in_guest;
    struct cpu *vector_at;        /* whose vector registers hold its state: it is their owner */
    struct guest_frame registers; /* its TLS base is used for guests only */
    uint64_t zeros[2];            /* from here registers are cleared, two at once */
};
