/*
 * cpu.h - per-processor data.
 *
 * Lock: `current` and `sched` are written by their own processor; everything else under the kernel
 * lock. The assembly of a port knows some offsets; it takes them from here at build time.
 */
#pragma once

#include "kernel/sched.h"
#include "lib/base/bitmap.h"
#include "port/cpu.h"

#define CPUS_MAX 32u

struct cpu {
    struct arch_cpu arch; /* first: what the entry code needs */
    struct thread *current;
    struct sched *sched; /* what the current thread runs on, or `idle` */
    uint32_t index;
    uint32_t ready_rank; /* the highest that is ready; 0 when nobody is */
    union {
        struct {
            int32_t floor_needed;  /* to run before who is ready: 0 if `sched` is above them */
            uint32_t state_needed; /* THREAD_RECEIVING */
        };
        int64_t standing_needed; /* to be called on the fast path */
    };
    nanos_t charged_at; /* sched has paid until here */
    nanos_t slice_end;  /* the current thread's turn ends, if another of its priority is ready */
    nanos_t timer_set;  /* what the timer is programmed for */
    bool reschedule;    /* current may no longer be the right one */
    struct sched idle;  /* gets the time that nobody uses */
    struct bitmap ready_map;
    struct list ready[PRIORITIES];
    struct wheel wheel;
};

/* By index; those that there are. The boot stage has their memory, but for that of the first. */
extern struct cpu *cpus[CPUS_MAX];
extern uint32_t cpu_count;
extern struct cpu cpu_first; /* a port has it, behind its stack */

/** cpu_init - an idle processor with empty queues. */
void cpu_init(struct cpu *cpu, uint32_t index, nanos_t now);

/** cpu_self - the processor that runs this. */
static inline struct cpu *cpu_self(void) { return arch_cpu_self(); }
