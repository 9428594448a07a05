/*
 * cpu.c - per-processor data and the kernel lock.
 */
#include "kernel/cpu.h"

#include "kernel/arch.h"
#include "kernel/lock.h"
#include "kernel/thread.h"

struct cpu *cpus[CPUS_MAX] = {&cpu_first};
uint32_t cpu_count = 1;
struct arch_lock kernel_lock;

void cpu_init(struct cpu *cpu, uint32_t index, nanos_t now)
{
    cpu->index = index;
    cpu->state_needed = THREAD_RECEIVING;
    cpu->sched = &cpu->idle;
    cpu->timer_set = NANOS_NEVER;
    cpu->charged_at = now;
    for (unsigned i = 0; i < PRIORITIES; i++)
        list_init(&cpu->ready[i]);
    wheel_init(&cpu->wheel, now);
}
