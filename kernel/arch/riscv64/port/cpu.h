/*
 * cpu.h - what the entry code needs of a processor; tp points here in the kernel, and sscratch at
 * user level.
 *
 * Invariants: at user level satp has the current thread's root, or its guest_root while stvec is
 * guest_entry; else stvec is `way`. sstatus.FS is not 0 exactly if vector_open, and then
 * vector_owner is the current thread and `way` is open_entry unless traced. Written by its own
 * processor only, but for code_stale.
 */
#pragma once

#include "lib/base/types.h"

struct arch_lock;
struct cpu;
struct thread;

struct arch_cpu {
    uint64_t stack_top;
    uint64_t scratch;            /* of the entry code */
    struct thread *caller;       /* whose system call is at work, see arch_caller_forget */
    uint64_t way;                /* where a trap of a native thread leads */
    uint64_t guest_way;          /* and that of a guest */
    struct thread *vector_owner; /* whose vector state is in the registers */
    bool vector_open;            /* it may use them */
    bool traced;                 /* `way` and `guest_way` are those that trace */
    bool code_stale;             /* under the lock: code has appeared since it last had that */
    struct arch_lock *lock;      /* the kernel lock: for the fast path */
    uint64_t id;                 /* of the hart */
    uint64_t nanos_per_tick_32, clock_offset_ns; /* see kernel/dev/clock.c */
    nanos_t timer_deadline, timer_programmed;    /* the timer comes then or before */
};

register struct cpu *arch_self __asm__("tp");
static inline struct cpu *arch_cpu_self(void) { return arch_self; }

/*
 * A system call that ends with the thread current that made it goes back the short way: root and
 * vector registers are as they were, and the registers that C code keeps hold what the thread left
 * in them. Whoever changes any of this, or lets other processors change it, calls this.
 */
#define arch_caller_forget() (((struct arch_cpu *)arch_cpu_self())->caller = NULL)

/* The kernel lock: an address takes more to make than to load. */
#define arch_kernel_lock() (((struct arch_cpu *)arch_cpu_self())->lock)
