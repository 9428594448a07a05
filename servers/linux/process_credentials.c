/*
 * process_credentials.c - whose a process is. Lock: process_mutex.
 */
#include "servers/linux/process.h"

const struct credentials *process_credentials(const struct process *process)
{
    struct list *first = list_first(&process->threads);

    return first ? &list_entry(first, struct thread, process_link)->context.credentials
                 : &process->ended_credentials;
}

int process_may_inspect(const struct process *process, const struct thread *thread,
                        enum inspection way)
{
    if (process == process_current())
        return 0;
    return may_inspect(credentials_current(),
                       thread ? &thread->context.credentials : process_credentials(process),
                       process->dumpable, way);
}

/* What its former equals could have arranged for is gone. Caller holds process_mutex. */
static void guard(struct process *process)
{
    process->dumpable = 0;
    process->parent_death_signal = 0;
}

void credentials_commit(const struct credentials *fresh)
{
    struct thread *thread = thread_self();
    struct credentials *own = &thread->context.credentials;
    struct group_list *old_groups = own->groups;

    mutex_lock(&process_mutex);
    if (credentials_guard(own, fresh))
        guard(thread->process);
    *own = *fresh;
    mutex_unlock(&process_mutex);
    if (fresh->groups != old_groups)
        groups_put(old_groups);
}

int credentials_of_thread(int tid, struct credentials *whose)
{
    int status = -ESRCH;

    mutex_lock(&process_mutex);
    const struct thread *thread = tid == 0 ? thread_self() : thread_find(tid);
    const struct process *process = thread ? thread->process : process_find(tid);
    if (process) {
        *whose = thread ? thread->context.credentials : *process_credentials(process);
        whose->groups = NULL;
        status = 0;
    }
    mutex_unlock(&process_mutex);
    return status;
}
