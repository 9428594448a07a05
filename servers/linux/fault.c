/*
 * fault.c - page faults and other exceptions of guests, and what happens when memory runs out.
 */
#include "servers/linux/fault.h"

#include "servers/linux/kmsg.h"
#include "servers/linux/memory.h"
#include "servers/linux/mm.h"
#include "servers/linux/signal.h"

#define OOM_TRIES 50
#define OOM_PAUSE (20 * NANOS_PER_MS)

void fault_force(int signo, int code, uint64_t address)
{
    const struct signal_info info = {
        .signo = signo, .code = code, .kind = INFO_FAULT, .value = address};
    signal_force(&info);
}

static enum mm_access access_of(uint64_t bits)
{
    if (bits & GUEST_ACCESS_EXECUTE)
        return ACCESS_EXECUTE;
    return bits & GUEST_ACCESS_WRITE ? ACCESS_WRITE : ACCESS_READ;
}

static enum mm_fault resolve(struct thread *thread, uint64_t address, enum mm_access access)
{
    enum mm_fault fault = mm_fault(thread->mm, address, access, false);
    for (unsigned tries = 0; fault == FAULT_OUT_OF_MEMORY && tries < OOM_TRIES; tries++) {
        fault_out_of_memory();
        if (__atomic_load_n(&thread->work, __ATOMIC_ACQUIRE) & WORK_EXIT)
            return FAULT_DONE; /* it dies before it touches the page again */
        fault = mm_fault(thread->mm, address, access, true);
        if (fault == FAULT_OUT_OF_MEMORY)
            thread_sleep(time_now_monotonic() + OOM_PAUSE, false);
    }
    return fault;
}

void fault_page(struct thread *thread, uint64_t address, uint64_t access)
{
    tally_add(&thread->faults, 1);
    switch (resolve(thread, address, access_of(access))) {
    case FAULT_DONE:
        break;
    case FAULT_NO_RANGE:
        fault_force(SIGSEGV, SEGV_MAPERR, address);
        break;
    case FAULT_NO_RIGHT:
        fault_force(SIGSEGV, SEGV_ACCERR, address);
        break;
    case FAULT_BEYOND_FILE:
        fault_force(SIGBUS, BUS_ADRERR, address);
        break;
    case FAULT_OUT_OF_MEMORY:
        fault_force(SIGKILL, SI_KERNEL, 0);
        break;
    }
}

void fault_nowhere(struct thread *thread)
{
    uint64_t at = guest_pc(thread->frame);

    thread->syscall_number = NO_SYSCALL;
    if (guest_is_address(at))
        fault_force(SIGSEGV, SEGV_MAPERR, at);
    else
        fault_force(SIGSEGV, SI_KERNEL, 0);
}

/* Pages of its own, moved by what its oom_score_adj asks for: 1000 stands for all memory there is,
   and -1000 for never (proc(5)). */
static int64_t oom_points(const struct process *process)
{
    struct page_totals totals;

    if (process == process_init || !process->mm || process->oom_score_adjust == -OOM_ADJUST_MAX)
        return 0;
    page_totals_read(&totals);
    return (int64_t)tally_read(&process->mm->anon_pages) +
           process->oom_score_adjust * (int64_t)totals.total / OOM_ADJUST_MAX;
}

/* The process that has most points; pid 1 is spared. NULL if memory is on its way already, because
   somebody ends. Caller holds process_mutex. */
static struct process *choose_victim(void)
{
    struct process *largest = process_current();
    int64_t most = 0;

    if (__atomic_load_n(&mm_dying, __ATOMIC_RELAXED) != 0)
        return NULL;

    list_for_each (link, &process_list) {
        struct process *process = list_entry(link, struct process, all_link);
        if (process == process_init || !process->mm)
            continue;
        if (process->exiting)
            return NULL;
        int64_t points = oom_points(process);
        if (points > most) {
            most = points;
            largest = process;
        }
    }
    return largest;
}

void fault_out_of_memory(void)
{
    mutex_lock(&process_mutex);
    struct process *victim = choose_victim();
    if (victim && !victim->exiting) {
        kmsg_report(KMSG_ERROR, "out of memory: killing process %d (%s) with %lu pages", victim->id,
                    list_entry(victim->threads.next, struct thread, process_link)->name,
                    (unsigned long)(victim->mm ? tally_read(&victim->mm->anon_pages) : 0));
        process_begin_exit(victim, SIGKILL);
    }
    mutex_unlock(&process_mutex);
}
