/*
 * cpu.c - per-processor data, the kernel lock, and what processors want of one another.
 */
#include "kernel/cpu.h"

#include "kernel/arch.h"
#include "kernel/lock.h"
#include "kernel/thread.h"
#include "lib/base/atomic.h"

struct cpu *cpus[CPUS_MAX] = {&cpu_first};
uint32_t cpu_count = 1;
struct arch_lock kernel_lock;
struct cpu_counts cpu_counts[CPUS_MAX];

void cpu_init(struct cpu *cpu, uint32_t index, nanos_t now)
{
    cpu->index = index;
    cpu->state_needed = THREAD_RECEIVING;
    cpu->sched = &cpu->idle;
    cpu->timer_set = NANOS_NEVER;
    cpu->call = CALL_NONE;
    cpu->charged_at = now;
    for (unsigned i = 0; i < PRIORITIES; i++)
        list_init(&cpu->ready[i]);
    wheel_init(&cpu->wheel, now);
}

/* Who is summoned needs nobody: it may wait for the lock in whatever order. */
COLD bool cpu_wait(uint64_t call)
{
    struct cpu *cpu = cpu_self();
    const struct thread *thread = cpu->current;
    cpu->call = call;
    cpu_counts[cpu->index].lock_waits++;
    arch_space_leave();
    arch_vector_save();
    atomic_write_release(&cpu->attending, true);
    cpu_counts[cpu->index].lock_spins += arch_lock_wait(&kernel_lock);
    cpu->attending = false;
    arch_code_refetch();
    return cpu->current == thread;
}

COLD void cpu_summon(struct cpu *cpu)
{
    struct cpu_counts *counts = &cpu_counts[cpu->index];
    if (cpu == cpu_self() || atomic_read_acquire(&cpu->attending))
        return;
    counts->summons++;
    arch_cpu_interrupt(cpu);
    for (; !atomic_read_acquire(&cpu->attending); counts->summon_spins++)
        arch_pause();
}

struct cpu *cpu_running(const struct thread *thread)
{
    for (uint32_t i = 0; i < cpu_count; i++)
        if (cpus[i]->current == thread)
            return cpus[i];
    return NULL;
}

COLD void cpu_summon_root(paddr_t root)
{
    uint64_t word = arch_root_word(root);
    for (uint32_t i = 0; i < cpu_count; i++) {
        struct cpu *cpu = cpus[i];
        const struct thread *thread = cpu->current;
        if (thread != NULL && (thread->root == word || thread->guest_root == word))
            cpu_summon(cpu);
    }
}

COLD void cpu_summon_all(void)
{
    for (uint32_t i = 0; i < cpu_count; i++)
        if (cpus[i]->current != NULL)
            cpu_summon(cpus[i]);
}

COLD void cpu_summon_table(const struct slot *slot)
{
    for (uint32_t i = 0; i < cpu_count; i++) {
        struct cpu *cpu = cpus[i];
        const struct thread *thread = cpu->current;
        if (thread != NULL && (uintptr_t)slot - (uintptr_t)thread->table_base <= thread->table_mask)
            cpu_summon(cpu);
    }
}

void cpu_reschedule(struct cpu *cpu)
{
    cpu->reschedule = true;
    if (UNLIKELY(cpu != cpu_self()) && !atomic_read_acquire(&cpu->attending))
        arch_cpu_interrupt(cpu);
}
