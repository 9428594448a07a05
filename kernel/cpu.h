/*
 * cpu.h - per-processor data, and what processors want of one another.
 *
 * A processor that waits for the kernel lock *attends*: the registers of its current thread are
 * saved, and it uses no translation of user level. So the holder of the lock may do with that
 * thread whatever it may do with one that does not run. cpu_summon() makes a processor attend;
 * docs/decisions/0026 says what follows from it.
 *
 * Lock: the kernel lock; but who does not have it reads its own processor's, and `attending` is
 * written without it, after all else. The assembly of a port knows some offsets; it takes them from
 * here at build time.
 */
#pragma once

#include "kernel/sched.h"
#include "lib/base/bitmap.h"
#include "port/cpu.h"

#define CPUS_MAX 32u

/* What waiting there was, for ./corm bench contention: read in the machine's memory, from outside.
 */
struct cpu_counts {
    uint64_t lock_waits;   /* how often it found the lock held where it had to wait, */
    uint64_t lock_spins;   /* and looked in vain then */
    uint64_t summons;      /* how often others wanted it to attend when it did not, */
    uint64_t summon_spins; /* and looked in vain then; written under the lock */
};

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
    bool attending;     /* waits for the lock; set last, with release */
    uint64_t call;      /* while it attends: the handle of current's system call, or CALL_NONE */
    struct sched idle;  /* gets the time that nobody uses */
    struct sched time;  /* all that it has, for init; the first one's is among init's objects */
    struct bitmap ready_map;
    struct list ready[PRIORITIES];
    struct wheel wheel;
};

/* By index; those that there are. The boot stage has their memory, but for that of the first. */
extern struct cpu *cpus[CPUS_MAX];
extern uint32_t cpu_count;
extern struct cpu cpu_first; /* a port has it, behind its stack */
extern struct cpu_counts cpu_counts[CPUS_MAX];

/** cpu_init - an idle processor with empty queues. */
void cpu_init(struct cpu *cpu, uint32_t index, nanos_t now);

/** cpu_self - the processor that runs this. */
static inline struct cpu *cpu_self(void) { return arch_cpu_self(); }

#define CALL_NONE (~0ull)

/**
 * cpu_wait - take the kernel lock, which is held; this processor attends meanwhile. False if its
 * current thread runs here no more: what it wanted is to be dropped.
 * @call: the handle of its system call, which it has to make again then; or CALL_NONE
 */
bool cpu_wait(uint64_t call);

/** cpu_summon - @cpu, unless it is this one, attends from here until the lock is released. */
void cpu_summon(struct cpu *cpu);

/** cpu_running - the processor whose current thread @thread is, or NULL. */
struct cpu *cpu_running(const struct thread *thread);

/* Those with the root or the Table in use of which the following speak. */
void cpu_summon_root(paddr_t root);
void cpu_summon_table(const struct slot *slot);

/** cpu_summon_thread - if @thread runs on another processor, that attends. */
static inline void cpu_summon_thread(const struct thread *thread)
{
    struct cpu *cpu = cpu_count > 1 ? cpu_running(thread) : NULL;
    if (UNLIKELY(cpu != NULL))
        cpu_summon(cpu);
}

/** cpu_summon_users - no other processor uses a translation of @root as it was before. */
static ALWAYS_INLINE void cpu_summon_users(paddr_t root)
{
    if (UNLIKELY(cpu_count > 1))
        cpu_summon_root(root);
}

/** cpu_summon_all - no other processor uses user level's half of any root, not even of one that it
 * is about to leave: on its way out of the kernel, `current` is not yet what is loaded. */
void cpu_summon_all(void);

/** cpu_summon_callers - no other processor has read the keys of @slot before they were cleared and
 * goes by them still. */
static ALWAYS_INLINE void cpu_summon_callers(const struct slot *slot)
{
    if (UNLIKELY(cpu_count > 1))
        cpu_summon_table(slot);
}

/** cpu_reschedule - @cpu has to decide anew who runs. */
void cpu_reschedule(struct cpu *cpu);
