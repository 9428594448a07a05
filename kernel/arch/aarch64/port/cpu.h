/*
 * cpu.h - what the entry code needs of a processor; TPIDR_EL1 points here.
 *
 * Invariants: at user level TTBR0_EL1 holds the current thread's root, or its guest_root in its
 * guest. CPACR_EL1 lets user level use the vector registers exactly if vector_open, and then
 * vector_owner is the current thread. VBAR_EL1 is `vectors`, but while the current thread is in its
 * guest: `vectors_guest`. `vectors` is the plain table, or, if vector_open, the open one. Written
 * by its own processor only.
 */
#pragma once

#include "lib/base/types.h"

struct cpu;
struct thread;

struct arch_cpu {
    uint64_t stack_top;
    uint64_t vectors;
    struct thread *vector_owner; /* whose vector state is in the registers */
    bool vector_open;            /* the current thread may use them */
    uint64_t id;                 /* MPIDR_EL1, its affinity fields */
    uint32_t gic_target;         /* its bit in an interrupt controller of version 2 */
    uint64_t nanos_per_tick_32, clock_offset_ns; /* see kernel/dev/clock.c */
    nanos_t timer_deadline, timer_programmed;    /* the timer comes then or before */
};

static inline struct cpu *arch_cpu_self(void)
{
    struct cpu *cpu;
    __asm__("mrs %0, tpidr_el1" : "=r"(cpu));
    return cpu;
}
