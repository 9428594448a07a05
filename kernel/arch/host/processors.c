/*
 * processors.c - more processors than one. Each stands where user level would run, or has nobody to
 * run, or waits for the lock; what it does in the core it does at once.
 */
#include <string.h>

#include "kernel/arch/host/host.h"
#include "kernel/arch/host/rest.h"
#include "kernel/lock.h"
#include "lib/base/check.h"

uint32_t host_cpu;
void (*host_lock_hook)(void);
const struct cpu *host_waiting;
jmp_buf host_resting;

static struct cpu others[HOST_CPUS_MAX - 1];

/* What a processor at user level goes by, or has in registers: as it was when it was left. */
static struct left {
    bool runs;
    const struct thread *thread;
    struct arch_context context;
    const void *table_base, *frame;
    uint64_t table_mask, root, guest_root;
    uint32_t slow_word;
} left[HOST_CPUS_MAX];

static void note_left(uint32_t index)
{
    const struct thread *thread = cpus[index]->current;
    left[index] = (struct left){.runs = thread != NULL, .thread = thread};
    if (thread == NULL)
        return;
    left[index].context = thread->context;
    left[index].table_base = thread->table_base;
    left[index].frame = thread->frame;
    left[index].table_mask = thread->table_mask;
    left[index].root = thread->root;
    left[index].guest_root = thread->guest_root;
    left[index].slow_word = thread->slow_word;
}

/* Nobody touches what a processor has that does not attend. */
static void check_left(uint32_t index)
{
    const struct left *was = &left[index];
    const struct thread *thread = cpus[index]->current;
    if (!was->runs)
        return;
    ASSERT(thread == was->thread);
    ASSERT(memcmp(&thread->context, &was->context, sizeof was->context) == 0);
    ASSERT(thread->table_base == was->table_base && thread->table_mask == was->table_mask);
    ASSERT(thread->root == was->root && thread->guest_root == was->guest_root);
    ASSERT(thread->frame == was->frame && thread->slow_word == was->slow_word);
}

void host_cpus(uint32_t count)
{
    ASSERT(count >= 1 && count <= HOST_CPUS_MAX);
    for (uint32_t i = 1; i < count; i++)
        cpus[i] = &others[i - 1];
    cpu_count = count;
}

void host_rest(void) { longjmp(host_resting, 1); }

void arch_space_leave(void) { host_tlb_leave(host_cpu); }

void arch_cpu_interrupt(struct cpu *cpu)
{
    ASSERT(cpu != cpu_self());
    cpu->arch.interrupted = true;
}

/* Whoever waits for that sees it: those that were interrupted find the lock held. */
void arch_pause(void)
{
    ASSERT(kernel_lock.held);
    for (uint32_t i = 0; i < cpu_count; i++) {
        if (!cpus[i]->arch.interrupted || cpus[i]->attending)
            continue;
        host_tlb_leave(i);
        cpus[i]->attending = true;
        cpus[i]->call = CALL_NONE;
    }
}

void host_return_to(uint32_t index)
{
    note_left(host_cpu);
    host_cpu = index;
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
    host_return_to(host_waiting->index);
    host_waiting = NULL;
    ASSERT(!lock->held);
    lock->held = true; /* whoever comes next may have to wait as well */
    return 0;
}

/* Those that attended go on; but for one that a test makes wait, and whose turn has not come. */
void host_lock_released(void)
{
    for (uint32_t i = 0; i < cpu_count; i++) {
        struct cpu *cpu = cpus[i];
        if (i == host_cpu || cpu == host_waiting)
            continue;
        if (!cpu->attending) {
            check_left(i);
            continue;
        }
        cpu->attending = cpu->arch.code_stale = false;
        note_left(i);
    }
}

void host_run_on(uint32_t index)
{
    host_return_to(index);
    if (cpu_self()->current == NULL)
        arch_code_refetch(); /* as it would where host_rest() left */
    if (!cpu_self()->arch.interrupted && cpu_self()->current != NULL)
        return;
    cpu_self()->arch.interrupted = false;
    host_interrupt();
}
