/*
 * processors.c - more processors than one. Each stands where user level would run, or has nobody to
 * run, or waits for the lock; what it does in the core it does at once.
 */
#include "kernel/arch/host/host.h"
#include "kernel/arch/host/rest.h"
#include "kernel/lock.h"
#include "lib/base/check.h"
#include "lib/base/copy.h"

uint32_t host_cpu;
void (*host_lock_hook)(void);
const struct cpu *host_waiting;
jmp_buf host_resting;

static struct cpu others[HOST_CPUS_MAX - 1];

void host_cpus(uint32_t count)
{
    ASSERT(count >= 1 && count <= HOST_CPUS_MAX);
    for (uint32_t i = 1; i < count; i++)
        cpus[i] = &others[i - 1];
    cpu_count = count;
}

void host_rest(void) { longjmp(host_resting, 1); }

void arch_space_leave(void) { host_tlb_leave(host_cpu); }

/* It comes at once, and finds the lock held. */
void arch_cpu_interrupt(struct cpu *cpu)
{
    ASSERT(cpu != cpu_self());
    cpu->arch.interrupted = true;
    if (kernel_lock.held) {
        host_tlb_leave(cpu->index);
        cpu->attending = true;
        cpu->call = CALL_NONE;
    }
}

bool host_lock_contended(void) { return host_lock_hook != NULL; }

uint64_t arch_lock_wait(struct arch_lock *lock)
{
    void (*hook)(void) = host_lock_hook;
    host_lock_hook = NULL;
    host_waiting = cpu_self();
    jmp_buf own; /* for the others enter the core as well */
    memcpy(&own, &host_resting, sizeof own);
    hook();
    memcpy(&host_resting, &own, sizeof own);
    host_cpu = host_waiting->index;
    host_waiting = NULL;
    ASSERT(!lock->held);
    lock->held = true; /* whoever comes next may have to wait as well */
    return 0;
}

/* But for one that a test makes wait, and whose turn has not come. */
void host_lock_released(void)
{
    for (uint32_t i = 0; i < cpu_count; i++)
        if (cpus[i]->arch.interrupted)
            cpus[i]->attending = cpus[i]->arch.code_stale = false;
}

void host_run_on(uint32_t index)
{
    host_cpu = index;
    if (cpu_self()->current == NULL)
        arch_code_refetch(); /* as it would where host_rest() left */
    if (!cpu_self()->arch.interrupted && cpu_self()->current != NULL)
        return;
    cpu_self()->arch.interrupted = false;
    host_interrupt();
}
