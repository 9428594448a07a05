/*
 * proc_view.c - what /proc shows of processes: the callbacks of proc_source.h about one process.
 *
 * Everything is copied under process_mutex. (Memory: proc_view_space.c)
 */
#include "servers/linux/proc_view.h"

#include "lib/base/string.h"
#include "servers/linux/file.h"
#include "servers/linux/move.h"
#include "servers/linux/seccomp.h"
#include "servers/linux/signal.h"
#include "servers/linux/system.h"

static struct thread *first_thread_of(const struct process *process)
{
    struct list *first = list_first(&process->threads);
    return first ? list_entry(first, struct thread, process_link) : NULL;
}

static struct thread *thread_of(const struct process *process, int tid)
{
    list_for_each (link, &process->threads) {
        struct thread *thread = list_entry(link, struct thread, process_link);
        if (thread->tid == tid)
            return thread;
    }
    return NULL;
}

/* ---- lists -------------------------------------------------------------------------------- */

static int next_process(int after)
{
    struct process *process = process_next(after);
    int id = process ? process->id : 0;
    if (process)
        process_put(process);
    return id;
}

static int next_thread(int pid, int after)
{
    int next = 0;

    mutex_lock(&process_mutex);
    struct process *process = process_find(pid);
    if (process && process->thread_count == 0 && pid > after)
        next = pid; /* a zombie shows its leader */
    for (struct list *link = process ? list_first(&process->threads) : NULL; link;
         link = list_next(&process->threads, link)) {
        int tid = list_entry(link, struct thread, process_link)->tid;
        if (tid > after && (next == 0 || tid < next))
            next = tid;
    }
    mutex_unlock(&process_mutex);
    return next;
}

/* ---- status ------------------------------------------------------------------------------- */

static char state_of(const struct process *process, const struct thread *thread)
{
    if (process->state != PROCESS_ALIVE || !thread)
        return 'Z';
    if (process->stopped)
        return 'T';
    return __atomic_load_n(&thread->sleep_state, __ATOMIC_RELAXED) == SLEEP_WAITS ? 'S' : 'R';
}

static void fill_signals(struct proc_status *status, const struct process *process,
                         const struct thread *thread)
{
    status->signals_pending_shared = process->pending.set;
    if (thread) {
        status->signals_pending = thread->signals.pending.set;
        status->signals_blocked = thread->signals.blocked;
    }
    for (int signo = 1; process->actions && signo <= SIGNAL_COUNT; signo++) {
        uint64_t handler = process->actions->action[signo - 1].handler;
        if (handler == SIG_IGN)
            status->signals_ignored |= signal_bit(signo);
        else if (handler != SIG_DFL)
            status->signals_caught |= signal_bit(signo);
    }
}

static void fill_thread(struct proc_status *status, const struct thread *thread)
{
    status->credentials = thread->context.credentials;
    status->credentials.no_new_privileges |= seccomp_no_new_privileges(thread);
    status->seccomp_mode = thread->seccomp_mode;
    status->seccomp_filters = seccomp_filter_count(thread);
    status->affinity = thread_affinity(thread);
    status->processor = thread_processor(thread);
    status->policy = thread->policy;
    status->policy_priority = thread->policy_priority;
    status->waited_ns = thread->waited_ns;
    status->timer_slack_ns = thread->timer_slack_ns ? thread->timer_slack_ns : TIMER_SLACK_NS;
}

static void fill_counts(struct proc_status *status, const struct usage *of,
                        const struct process *process)
{
    status->user_ns = of->user_ns;
    status->system_ns = of->system_ns;
    status->faults = of->faults;
    status->switches = of->switches;
    status->preemptions = of->preemptions;
    status->children_user_ns = process->waited_children.user_ns;
    status->children_system_ns = process->waited_children.system_ns;
    status->children_faults = process->waited_children.faults;
}

/* Caller holds process_mutex. `thread` NULL: a zombie. */
static void fill(struct proc_status *status, struct process *process, struct thread *thread,
                 bool whole)
{
    struct usage of = usage_of_process(process);

    *status = (struct proc_status){
        .pid = process->id,
        .tid = thread ? thread->tid : process->id,
        .parent = process->parent_id,
        .group = process->group,
        .session = process->session,
        .has_terminal = process->has_terminal,
        .state = state_of(process, thread),
        .threads = process->thread_count ? process->thread_count : 1,
        .nice = process->nice,
        .exit_signal = whole || !thread || thread->tid == process->id ? process->exit_signal : -1,
        .has_executed = process->has_executed,
        .exiting = process->exiting,
        .oom_score_adjust = process->oom_score_adjust,
        .personality = process->personality,
        .signals_queued = process->pending_count,
        .start_ns = process->start_ns,
        .exit_status = process->exit_status};
    if (!whole && thread)
        of = usage_of_thread(thread);
    fill_counts(status, &of, process);
    memcpy(status->name, thread ? thread->name : process->ended_name, sizeof(status->name));
    if (thread)
        fill_thread(status, thread);
    else
        status->credentials = process->ended_credentials;
    status->credentials.groups = NULL;
    status->dumpable = process->dumpable;
    fill_signals(status, process, thread);
}

static bool read_status(int pid, int tid, struct proc_status *status)
{
    bool found = false;

    mutex_lock(&process_mutex);
    struct process *process = process_find(pid);
    if (process) {
        struct thread *thread = tid ? thread_of(process, tid) : first_thread_of(process);
        found = thread || tid == 0 || tid == pid;
        if (found)
            fill(status, process, thread, tid == 0);
    }
    mutex_unlock(&process_mutex);
    return found;
}

static int inspect(int pid, int tid)
{
    int status = -ESRCH;

    mutex_lock(&process_mutex);
    const struct process *process = process_find(pid);
    if (process)
        status =
            process_may_inspect(process, tid ? thread_of(process, tid) : NULL, INSPECT_BY_FILES);
    mutex_unlock(&process_mutex);
    return status == -EPERM ? -EACCES : status;
}

static struct group_list *read_groups(int pid, int tid)
{
    mutex_lock(&process_mutex);
    const struct process *process = process_find(pid);
    const struct thread *thread = process && tid ? thread_of(process, tid) : NULL;
    struct group_list *groups = NULL;
    if (thread)
        groups = groups_get(thread->context.credentials.groups);
    else if (process)
        groups = groups_get(process_credentials(process)->groups);
    mutex_unlock(&process_mutex);
    return groups;
}

/* ---- what it has open --------------------------------------------------------------------- */

static struct dentry *read_executable(int pid)
{
    mutex_lock(&process_mutex);
    struct process *process = process_find(pid);
    struct dentry *dentry = process && process->executable ? process->executable->dentry : NULL;
    if (dentry)
        dentry_get(dentry);
    mutex_unlock(&process_mutex);
    return dentry;
}

/* A thread that ends drops its context under no lock: only one that still has its process counts,
   and it clears the pointers under process_mutex (process_exit.c). */
static struct fs_context *read_fs(int pid)
{
    mutex_lock(&process_mutex);
    struct process *process = process_find(pid);
    struct thread *thread = process ? first_thread_of(process) : NULL;
    struct fs_context *fs =
        thread && thread->context.fs ? fs_context_get(thread->context.fs) : NULL;
    mutex_unlock(&process_mutex);
    return fs;
}

static struct fd_table *read_files(int pid)
{
    mutex_lock(&process_mutex);
    struct process *process = process_find(pid);
    struct thread *thread = process ? first_thread_of(process) : NULL;
    struct fd_table *files =
        thread && thread->context.files ? fd_table_get(thread->context.files) : NULL;
    mutex_unlock(&process_mutex);
    return files;
}

static struct thread *own_thread(int pid, int tid)
{
    struct process *process = process_find(pid);
    return process && process == process_current() ? thread_of(process, tid ? tid : pid) : NULL;
}

static int rename_thread(int pid, int tid, const char *name)
{
    mutex_lock(&process_mutex);
    struct thread *thread = own_thread(pid, tid);
    if (thread)
        memcpy(thread->name, name, sizeof(thread->name));
    mutex_unlock(&process_mutex);
    return thread ? 0 : -EINVAL;
}

static int adjust_oom_score(int pid, int adjust)
{
    int error = -ESRCH;

    mutex_lock(&process_mutex);
    struct process *process = process_find(pid);
    if (process) {
        bool may = adjust >= process->oom_score_floor || current_has(CAP_SYS_RESOURCE);
        error = may ? 0 : -EACCES;
    }
    if (error == 0) {
        process->oom_score_adjust = adjust;
        if (current_has(CAP_SYS_RESOURCE))
            process->oom_score_floor = adjust;
    }
    mutex_unlock(&process_mutex);
    return error;
}

static bool read_limits(int pid, struct proc_limit limits[RLIM_NLIMITS])
{
    mutex_lock(&process_mutex);
    struct process *process = process_find(pid);
    for (unsigned i = 0; process && i < RLIM_NLIMITS; i++)
        limits[i] = (struct proc_limit){process->limits[i].soft, process->limits[i].hard};
    mutex_unlock(&process_mutex);
    return process != NULL;
}

static bool read_io(int pid, struct io_counts *io)
{
    mutex_lock(&process_mutex);
    struct process *process = process_find(pid);
    if (process) {
        *io = process->ended_io;
        list_for_each (link, &process->threads)
            usage_add_io(io, &list_entry(link, struct thread, process_link)->context.io);
    }
    mutex_unlock(&process_mutex);
    return process != NULL;
}

const struct proc_source proc_view = {
    .process_next = next_process,
    .thread_next = next_thread,
    .status = read_status,
    .groups = read_groups,
    .inspect = inspect,
    .space = proc_view_space,
    .limits = read_limits,
    .io = read_io,
    .rename = rename_thread,
    .adjust_oom_score = adjust_oom_score,
    .arguments = proc_view_arguments,
    .environment = proc_view_environment,
    .auxiliary = proc_view_auxiliary,
    .mapping = proc_view_mapping,
    .resident = proc_view_resident,
    .executable = read_executable,
    .fs = read_fs,
    .files = read_files,
    .memory = proc_view_memory,
    .totals = proc_view_totals,
    .text = proc_view_text,
    .number = proc_view_number,
    .cache = proc_view_cache,
    .set_host_name = system_set_host_name,
    .control = proc_view_control,
};
