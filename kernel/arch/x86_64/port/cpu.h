/*
 * cpu.h - what the entry code needs of a processor; %gs points here in the kernel.
 *
 * Invariants: at user level CR3 holds the current thread's root, or its guest_root while in_guest
 * is set. CR0.TS is clear exactly if vector_open, and then vector_owner is the current thread.
 * Written by its own processor only.
 */
#pragma once

#include "lib/base/types.h"

struct cpu;
struct thread;

/* Task state segment (Intel SDM volume 3, 8.7): only the stacks matter. */
struct tss {
    uint32_t reserved0;
    uint64_t rsp[3];
    uint64_t reserved1;
    uint64_t ist[7]; /* IST n is ist[n - 1] */
    uint64_t reserved2;
    uint16_t reserved3;
    uint16_t io_map_base;
} PACKED;

#define CPU_DESCRIPTORS  10u /* of segments, and two for the TSS */
#define EXCEPTION_STACKS 3u

struct arch_cpu {
    struct cpu *self;
    uint64_t stack_top;
    bool in_guest;                               /* user level is the current thread's guest */
    bool vector_open;                            /* it may use the vector registers */
    uint64_t scratch_r15;                        /* of the entry code */
    struct thread *vector_owner;                 /* whose vector state is in the registers */
    uint64_t pending;                            /* recorded interrupts, by vector - VECTOR_LINES */
    uint64_t id;                                 /* of its local APIC */
    uint64_t nanos_per_tick_32, clock_offset_ns; /* see kernel/dev/clock.c */
    nanos_t timer_deadline, timer_programmed;    /* the timer comes then or before */
    struct tss tss;
    uint64_t gdt[CPU_DESCRIPTORS];
    ALIGNED(16) uint8_t stacks[EXCEPTION_STACKS][2048]; /* by IST */
};

static inline struct cpu *arch_cpu_self(void)
{
    struct cpu *cpu;
    __asm__("mov %%gs:0, %0" : "=r"(cpu));
    return cpu;
}
