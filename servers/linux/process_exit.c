/*
 * process_exit.c - the end of threads and processes; see process.h.
 *
 * A thread that is to end has WORK_EXIT and gets here from signal_work, on its own stack. It gives
 * up what belongs to it alone, leaves its process under process_mutex, and if it was the last, its
 * process becomes a zombie (or vanishes, if nobody wants to know).
 */
#include "lib/base/string.h"
#include "servers/linux/fd.h"
#include "servers/linux/file.h"
#include "servers/linux/futex.h"
#include "servers/linux/mm.h"
#include "servers/linux/posix_timer.h"
#include "servers/linux/process.h"
#include "servers/linux/seccomp.h"
#include "servers/linux/sem.h"
#include "servers/linux/signal.h"
#include "servers/linux/tty.h"
#include "servers/linux/world.h"

/* A parent that waits in vfork, on its own stack; under process_mutex. */
struct vfork_wait {
    struct thread *parent;
    bool done;
};

static void interrupt_for_exit(struct process *process, const struct thread *except)
{
    list_for_each (link, &process->threads) {
        struct thread *thread = list_entry(link, struct thread, process_link);
        if (thread != except)
            thread_interrupt(thread, WORK_EXIT);
    }
}

void process_begin_exit(struct process *process, int exit_status)
{
    if (process->exiting)
        return;
    process->exiting = true;
    process->exit_status = exit_status;
    interrupt_for_exit(process, NULL);
}

/* ---- vfork ------------------------------------------------------------------------------- */

void process_end_vfork(struct thread *thread)
{
    mutex_lock(&process_mutex);
    struct vfork_wait *wait = thread->vfork;
    thread->vfork = NULL;
    if (wait) {
        wait->done = true;
        thread_wake(wait->parent);
    }
    mutex_unlock(&process_mutex);
}

/* A parent that is to end does not wait any longer; the child must not find its stack. */
void process_wait_vfork(struct thread *thread)
{
    struct thread *self = thread_self();
    struct vfork_wait wait = {.parent = self};

    thread->vfork = &wait;
    thread_launch(thread);
    mutex_lock(&process_mutex);
    while (!wait.done && !(self->work & WORK_EXIT)) {
        mutex_unlock(&process_mutex);
        thread_sleep(NANOS_NEVER, false);
        mutex_lock(&process_mutex);
    }
    if (!wait.done)
        thread->vfork = NULL;
    mutex_unlock(&process_mutex);
}

/* ---- telling the parent ------------------------------------------------------------------- */

static int child_status(const struct process *child, int code)
{
    switch (code) {
    case CLD_EXITED:
        return child->exit_status >> 8 & 0xff;
    case CLD_STOPPED:
        return child->stop_signal;
    case CLD_CONTINUED:
        return SIGCONT;
    default:
        return child->exit_status & 0x7f;
    }
}

static bool parent_wants_signal(const struct process *parent, int code)
{
    const struct linux_sigaction *action = &parent->actions->action[SIGCHLD - 1];
    bool stop_or_go = code == CLD_STOPPED || code == CLD_CONTINUED;
    return action->handler != SIG_IGN && !(stop_or_go && action->flags & SA_NOCLDSTOP);
}

static void tell_parent(struct process *process, int code, int signo)
{
    struct process *parent = process->parent;
    const struct usage usage = usage_of_process(process);
    const struct signal_info info = {
        .signo = signo,
        .code = code,
        .kind = INFO_CHILD,
        .pid = process->id,
        .uid = process_credentials(process)->uid,
        .status = child_status(process, code),
        .utime = (int64_t)(usage.user_ns / 10000000),
        .stime = (int64_t)(usage.system_ns / 10000000),
    };
    if (signo != SIGCHLD || parent_wants_signal(parent, code))
        signal_send_to_process(parent, &info);
    wake_all(&parent->child_wait);
}

void process_notify_parent(struct process *process, int code)
{
    if (process->parent)
        tell_parent(process, code, SIGCHLD);
}

/* ---- the last thread ---------------------------------------------------------------------- */

/* Nobody will wait: the parent ignores SIGCHLD or has said so. */
static bool parent_does_not_care(const struct process *process)
{
    if (!process->parent)
        return true;
    const struct linux_sigaction *action = &process->parent->actions->action[SIGCHLD - 1];
    return process->exit_signal == SIGCHLD &&
           (action->handler == SIG_IGN || action->flags & SA_NOCLDWAIT);
}

static int death_code(const struct process *process)
{
    return process->exit_status & 0x7f ? CLD_KILLED : CLD_EXITED;
}

static void hand_over_zombie(struct process *zombie)
{
    tell_parent(zombie, death_code(zombie), SIGCHLD);
    if (parent_does_not_care(zombie))
        process_reap(zombie);
}

static void send_parent_death(struct process *child)
{
    const struct signal_info info = {
        .signo = child->parent_death_signal, .code = SI_KERNEL, .kind = INFO_KILL};
    if (info.signo != 0)
        signal_send_to_process(child, &info);
}

/* Its children get the nearest subreaper or pid 1, which learns of their ends by SIGCHLD: nobody
   can choose a signal for it that kills. Caller holds process_mutex. */
static void leave_children(struct process *process)
{
    struct process *heir = process->parent;
    while (heir && heir != process_init && (!heir->is_subreaper || heir->exiting))
        heir = heir->parent;
    if (!heir)
        heir = process_init;
    list_for_each_removable (link, &process->children) {
        struct process *child = list_entry(link, struct process, sibling);
        list_remove(&child->sibling);
        child->parent = heir;
        child->parent_id = heir->id;
        child->exit_signal = SIGCHLD;
        list_push_back(&heir->children, &child->sibling);
        send_parent_death(child);
        if (child->state == PROCESS_ZOMBIE)
            hand_over_zombie(child);
        else if (child->group != process->group && child->session == process->session)
            process_check_orphaned_group(child->group, child->session);
    }
}

/* Caller holds process_mutex. */
static void become_zombie(struct process *process)
{
    int group = process->group, session = process->session;
    bool guarded =
        process->parent && process->parent->group != group && process->parent->session == session;

    process->state = PROCESS_ZOMBIE;
    wake_all(&process->end_queue);
    process->stopped = false;
    interval_timers_stop(process);
    posix_timers_clear(process);
    cpu_timers_end(process);
    signal_pending_clear(&process->pending, ~0ull);
    signal_actions_put(process->actions);
    process->actions = NULL;
    leave_children(process);
    if (guarded)
        process_check_orphaned_group(group, session);
    bool vanish = parent_does_not_care(process);
    if (process->parent && process->exit_signal != 0)
        tell_parent(process, death_code(process), process->exit_signal);
    else if (process->parent)
        wake_all(&process->parent->child_wait);
    if (vanish)
        process_reap(process);
}

/* What a process has beside its threads. */
struct belongings {
    struct mm *mm;
    struct file *executable;
};

/* Caller holds process_mutex. */
static struct belongings take_belongings(struct process *process)
{
    struct belongings taken = {process->mm, process->executable};
    process->ended.peak_pages = usage_of_process(process).peak_pages;
    process->mm = NULL;
    process->executable = NULL;
    return taken;
}

static void release_belongings(const struct belongings *taken)
{
    if (taken->mm)
        mm_put(taken->mm);
    if (taken->executable)
        file_put_executable(taken->executable);
}

/* Takes the current thread out of its process, which ends if it was the last. */
static void leave_process(struct thread *thread)
{
    struct process *process = thread->process;
    struct belongings rest = {NULL, NULL};

    mutex_lock(&process_mutex);
    signal_pending_clear(&thread->signals.pending, ~0ull);
    list_remove(&thread->process_link);
    seccomp_drop(thread);
    usage_end_thread(thread);
    cpu_timers_end_thread(process, thread->tid);
    id_set_thread(thread->tid, NULL);
    if (--process->thread_count == 0) {
        memcpy(process->ended_name, thread->name, sizeof(process->ended_name));
        process->ended_credentials = thread->context.credentials;
        rest = take_belongings(process);
        become_zombie(process);
    } else {
        signal_retarget(thread);
        if (process->executor)
            thread_wake(process->executor);
    }
    mutex_unlock(&process_mutex);
    release_belongings(&rest);
}

/* What only this thread has. The order matters: guest memory last, files before that. */
static void release_thread(struct thread *thread)
{
    if (thread->robust_list != 0)
        futex_exit_robust(thread);
    if (thread->clear_child_tid != 0)
        futex_clear_tid(thread);
    process_end_vfork(thread);
    mutex_lock(&process_mutex); /* /proc looks at other threads' contexts under it */
    struct fd_table *files = thread->context.files;
    struct fs_context *fs = thread->context.fs;
    thread->context.files = NULL;
    thread->context.fs = NULL;
    credentials_drop(&thread->context.credentials);
    mutex_unlock(&process_mutex);
    fd_table_put(files);
    fs_context_put(fs);
    if (thread->mm)
        mm_put(thread->mm);
    thread->mm = NULL;
}

/* Memory goes back before the parent can know: who waits for a process finds it free. */
void process_exit_thread(int exit_status)
{
    struct thread *thread = thread_self();
    struct process *process = thread->process;
    struct belongings early = {NULL, NULL};

    mutex_lock(&process_mutex);
    bool last = --process->live_count == 0; /* the one before may still be about to leave */
    /* The last thread's exit() is the process's, unless something else was decided before. */
    if (last && !process->exiting) {
        process->exiting = true;
        process->exit_status = exit_status;
    }
    if (last)
        early = take_belongings(process);
    mutex_unlock(&process_mutex);
    if (process == process_init && last)
        world_end(process->exit_status);
    if (last && process->sem_undos)
        sem_undo_exit(process);
    release_thread(thread);
    release_belongings(&early);
    if (last && process->session == process->id)
        tty_leader_ended();
    leave_process(thread);
    thread_finish();
}

/* Each thread that ends wakes the executor. */
int process_become_only_thread(void)
{
    struct thread *self = thread_self();
    struct process *process = self->process;
    int result = -EINTR;

    mutex_lock(&process_mutex);
    if (!process->executor && !process->exiting) {
        process->executor = self;
        interrupt_for_exit(process, self);
        while (process->thread_count > 1 && !process->exiting) {
            mutex_unlock(&process_mutex);
            thread_sleep(NANOS_NEVER, false);
            mutex_lock(&process_mutex);
        }
        process->executor = NULL;
        result = process->exiting ? -EINTR : 0;
    }
    if (result == 0 && self->tid != process->id) {
        id_set_thread(self->tid, NULL);
        self->tid = process->id;
        id_set_thread(self->tid, self);
    }
    mutex_unlock(&process_mutex);
    return result;
}
