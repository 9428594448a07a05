/*
 * proc_view.c - what /proc shows of processes: the callbacks of proc_source.h about one process.
 *
 * Everything is copied under process_mutex; memory maps under the mm's mutex, with a reference to
 * the mm taken before.
 */
#include "servers/linux/proc_view.h"

#include "lib/base/string.h"
#include "servers/linux/file.h"
#include "servers/linux/mm.h"
#include "servers/linux/signal.h"

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

static void fill_memory(struct proc_status *status, const struct mm *mm)
{
    status->virtual_bytes = mm->total_pages << PAGE_SHIFT;
    status->resident_pages = mm->anon_pages + mm->file_pages;
    status->file_pages = mm->file_pages;
    status->code_bytes = mm->code_end - mm->code_start;
    status->data_bytes = mm->data_end - mm->data_start + (mm->brk_end - mm->brk_start);
    status->code_start = mm->code_start;
    status->code_end = mm->code_end;
    status->stack_start = mm->stack_start;
}

/* Caller holds process_mutex. `thread` NULL: a zombie. */
static void fill(struct proc_status *status, struct process *process, struct thread *thread,
                 bool whole)
{
    struct usage of = usage_of_process(process);

    *status = (struct proc_status){.pid = process->id,
                                   .tid = thread ? thread->tid : process->id,
                                   .parent = process->parent_id,
                                   .group = process->group,
                                   .session = process->session,
                                   .has_terminal = process->has_terminal,
                                   .state = state_of(process, thread),
                                   .threads = process->thread_count,
                                   .nice = process->nice,
                                   .start_ns = process->start_ns,
                                   .exit_status = process->exit_status};
    if (!whole && thread)
        of = usage_of_thread(thread);
    status->user_ns = of.user_ns;
    status->system_ns = of.system_ns;
    status->minor_faults = of.faults;
    status->children_user_ns = process->waited_children.user_ns;
    status->children_system_ns = process->waited_children.system_ns;
    memcpy(status->name, thread ? thread->name : process->ended_name, sizeof(status->name));
    if (thread)
        status->credentials = thread->context.credentials;
    else
        status->credentials = process->ended_credentials;
    status->credentials.groups = NULL;
    fill_signals(status, process, thread);
    if (process->mm)
        fill_memory(status, process->mm);
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

/* ---- memory ------------------------------------------------------------------------------- */

/* The mm of a process, counted, or NULL. */
static struct mm *mm_of(int pid)
{
    mutex_lock(&process_mutex);
    struct process *process = process_find(pid);
    struct mm *mm = process && process->mm ? mm_get(process->mm) : NULL;
    mutex_unlock(&process_mutex);
    return mm;
}

static long read_strings(struct mm *mm, uint64_t start, uint64_t end, uint64_t offset, void *to,
                         size_t bytes)
{
    long done = 0;
    if (offset < end - start) {
        if (bytes > end - start - offset)
            bytes = end - start - offset;
        done = (long)mm_read(mm, to, start + offset, bytes);
    }
    mm_put(mm);
    return done;
}

static long read_arguments(int pid, uint64_t offset, void *to, size_t bytes)
{
    struct mm *mm = mm_of(pid);
    return mm ? read_strings(mm, mm->arg_start, mm->arg_end, offset, to, bytes) : 0;
}

static long read_environment(int pid, uint64_t offset, void *to, size_t bytes)
{
    struct mm *mm = mm_of(pid);
    return mm ? read_strings(mm, mm->env_start, mm->env_end, offset, to, bytes) : 0;
}

static const char *label_of(const struct vma *vma)
{
    if (vma->flags & VMA_HEAP)
        return "[heap]";
    if (vma->flags & VMA_STACK)
        return "[stack]";
    if (vma->flags & VMA_VDSO)
        return "[vdso]";
    return vma->flags & VMA_VVAR ? "[vvar]" : NULL;
}

static bool read_mapping(int pid, uint64_t address, struct proc_mapping *mapping)
{
    struct mm *mm = mm_of(pid);
    if (!mm)
        return false;
    mm_lock(mm);
    const struct vma *vma = vma_find(&mm->vmas, address);
    if (vma)
        *mapping = (struct proc_mapping){
            .start = vma->start,
            .end = vma->end,
            .read = vma->prot & PROT_READ,
            .write = vma->prot & PROT_WRITE,
            .execute = vma->prot & PROT_EXEC,
            .shared = vma->flags & VMA_SHARED,
            .offset = vma->file ? vma->offset_pages << PAGE_SHIFT : 0,
            .file = vma->file && vma->file->dentry ? dentry_get(vma->file->dentry) : NULL,
            .label = label_of(vma)};
    mm_unlock(mm);
    mm_put(mm);
    return vma != NULL;
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

const struct proc_source proc_view = {
    .process_next = next_process,
    .thread_next = next_thread,
    .status = read_status,
    .groups = read_groups,
    .arguments = read_arguments,
    .environment = read_environment,
    .mapping = read_mapping,
    .executable = read_executable,
    .fs = read_fs,
    .files = read_files,
    .memory = proc_view_memory,
    .totals = proc_view_totals,
    .text = proc_view_text,
    .control = proc_view_control,
};
