/*
 * process_clone.c - fork, vfork, clone, clone3: a new thread, in this process or in a new one.
 *
 * First everything that can fail is made (make_*), then the child joins its process under
 * process_mutex and is started. What a failed clone had made is given back in reverse.
 */
#include "lib/base/string.h"
#include "servers/linux/clone.h"
#include "servers/linux/fd.h"
#include "servers/linux/mm.h"
#include "servers/linux/pidfd.h"
#include "servers/linux/move.h"
#include "servers/linux/process.h"
#include "servers/linux/seccomp.h"
#include "servers/linux/signal.h"
#include "servers/linux/sys.h"

/* Meaningless without namespaces, tracing and I/O contexts, or always so. */
#define CLONE_IGNORED                                                                              \
    (CLONE_SYSVSEM | CLONE_DETACHED | CLONE_UNTRACED | CLONE_IO | CLONE_PTRACE |                   \
     CLONE_CLEAR_SIGHAND)
#define CLONE_KNOWN                                                                                \
    (CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_VFORK | CLONE_PARENT |              \
     CLONE_THREAD | CLONE_SETTLS | CLONE_PARENT_SETTID | CLONE_CHILD_CLEARTID |                    \
     CLONE_CHILD_SETTID | CLONE_PIDFD | CLONE_IGNORED)

static int check_flags(const struct clone_args *args)
{
    uint64_t flags = args->flags;
    bool thread = flags & CLONE_THREAD;

    if (flags & ~CLONE_KNOWN || args->exit_signal > SIGNAL_COUNT)
        return -EINVAL;
    if ((thread && !(flags & CLONE_SIGHAND)) || ((flags & CLONE_SIGHAND) && !(flags & CLONE_VM)))
        return -EINVAL;
    if (flags & CLONE_CLEAR_SIGHAND && flags & CLONE_SIGHAND)
        return -EINVAL;
    if (flags & CLONE_PIDFD && flags & (CLONE_THREAD | CLONE_DETACHED))
        return -EINVAL;
    if (flags & CLONE_PARENT && process_current() == process_init)
        return -EINVAL;
    if (flags & CLONE_SETTLS && !guest_tls_valid(args->tls))
        return -EPERM;
    return 0;
}

static int make_memory(struct thread *child, struct thread *parent, uint64_t flags)
{
    child->mm = flags & CLONE_VM ? mm_get(parent->mm) : mm_clone(parent->mm);
    return child->mm ? 0 : -ENOMEM;
}

static int make_context(struct thread *child, struct thread *parent, uint64_t flags)
{
    credentials_copy(&child->context.credentials, &parent->context.credentials);
    child->context.fs = flags & CLONE_FS ? fs_context_get(parent->context.fs)
                                         : fs_context_clone(parent->context.fs);
    if (!child->context.fs)
        return -ENOMEM;
    child->context.files = flags & CLONE_FILES ? fd_table_get(parent->context.files)
                                               : fd_table_clone(parent->context.files);
    return child->context.files ? 0 : -ENOMEM;
}

static void give_back(struct thread *child)
{
    if (child->context.files)
        fd_table_put(child->context.files);
    if (child->context.fs)
        fs_context_put(child->context.fs);
    credentials_drop(&child->context.credentials);
    if (child->mm)
        mm_put(child->mm);
    thread_untake(child);
}

static void copy_state(struct thread *child, struct thread *parent, const struct clone_args *args)
{
    memcpy(child->name, parent->name, sizeof(child->name));
    child->signals.blocked = parent->signals.blocked;
    if (!parent->policy_resets || parent->policy_priority == 0) { /* real-time ones are reset */
        child->policy = parent->policy;
        child->policy_priority = parent->policy_priority;
    }
    if (!(args->flags & CLONE_VM) || args->flags & CLONE_VFORK)
        child->signals.alternate = parent->signals.alternate;
    if (!(args->flags & CLONE_VM)) {
        child->rseq_area = parent->rseq_area;
        child->rseq_signature = parent->rseq_signature;
    }
    child->affinity = __atomic_load_n(&parent->affinity, __ATOMIC_RELAXED);
    guest_clone(child, parent, args->stack);
    if (args->flags & CLONE_SETTLS)
        guest_set_tls(child->frame, args->tls);
    if (args->flags & CLONE_CHILD_CLEARTID)
        child->clear_child_tid = args->child_tid;
}

/* ---- a new process ------------------------------------------------------------------------ */

/* Caller holds process_mutex. */
static struct process *make_process(struct thread *child, const struct clone_args *args)
{
    struct process *current = process_current();
    struct process *parent = args->flags & CLONE_PARENT ? current->parent : current;
    struct signal_actions *actions = args->flags & CLONE_SIGHAND
                                         ? signal_actions_get(current->actions)
                                         : signal_actions_create(current->actions);
    if (!actions)
        return NULL;
    struct process *process = process_create(child->tid, current, parent);
    if (!process) {
        signal_actions_put(actions);
        return NULL;
    }
    if (args->flags & CLONE_CLEAR_SIGHAND)
        signal_actions_reset(actions);
    process->actions = actions;
    process->exit_signal =
        args->flags & CLONE_PARENT ? current->exit_signal : (int)args->exit_signal;
    process->mm = mm_get(child->mm);
    process->membarriers = current->membarriers;
    process->executable = process_share_executable(current);
    interval_timers_init(process);
    cpu_timers_init(process);
    return process;
}

/* Gives the child its number and its process. Caller holds process_mutex. */
static int join_process(struct thread *child, const struct clone_args *args)
{
    struct process *process = process_current();
    bool is_thread = args->flags & CLONE_THREAD;

    if (process->exiting || process->executor)
        return -ERESTARTNOINTR;
    if (!is_thread && process_count >= process->limits[RLIMIT_NPROC].soft)
        return -EAGAIN;
    child->tid = id_alloc();
    if (child->tid == 0)
        return -EAGAIN;
    if (!is_thread)
        process = make_process(child, args);
    if (!process) {
        id_release_if_unused(child->tid);
        return -ENOMEM;
    }
    seccomp_inherit(child, thread_self());
    process_add_thread(process, child);
    return 0;
}

/* ---- both --------------------------------------------------------------------------------- */

/* Words in the guest that are told the child's number. A bad address is the guest's own loss. */
static void tell_numbers(struct thread *child, const struct clone_args *args)
{
    const int32_t tid = child->tid;
    if (args->flags & CLONE_PARENT_SETTID)
        mm_write(thread_self()->mm, args->parent_tid, &tid, sizeof(tid));
    if (args->flags & CLONE_CHILD_SETTID)
        mm_write(child->mm, args->child_tid, &tid, sizeof(tid));
}

static int make_child(struct thread *child, const struct clone_args *args)
{
    struct thread *parent = thread_self();
    int error = make_memory(child, parent, args->flags);
    if (error == 0)
        error = make_context(child, parent, args->flags);
    if (error < 0)
        return error;
    copy_state(child, parent, args);
    mutex_lock(&process_mutex);
    error = join_process(child, args);
    mutex_unlock(&process_mutex);
    return error;
}

/* Who waits for its child has it on the same processor; otherwise both can run. */
static void give_home(struct thread *child, const struct clone_args *args)
{
    bool stays = (args->flags & CLONE_VFORK) != 0;

    thread_give_home(child, stays ? thread_processor(thread_self())
                                  : processor_choose(thread_affinity(child)));
}

static long start(struct thread *child, const struct clone_args *args)
{
    long tid = child->tid; /* the child may be gone once it has started */

    tell_numbers(child, args);
    if (processors_count > 1)
        give_home(child, args);
    if (args->flags & CLONE_VFORK)
        process_wait_vfork(child);
    else
        thread_launch(child);
    return tid;
}

/* The child must not inherit the descriptor of itself. */
static int make_child_with_pidfd(struct thread *child, const struct clone_args *args)
{
    struct file *file;
    int32_t fd = pidfd_prepare(&file);
    if (fd < 0)
        return fd;
    int error = user_write(uaddr(args->pidfd), &fd, sizeof(fd));
    if (error == 0)
        error = make_child(child, args);
    if (error < 0) {
        pidfd_cancel(file, fd);
        return error;
    }
    struct file *inherited =
        args->flags & CLONE_FILES ? NULL : fd_table_take(child->context.files, fd);
    if (inherited)
        file_put(inherited);
    pidfd_complete(file, child->process);
    return 0;
}

static long clone_thread(const struct clone_args *args)
{
    int error = check_flags(args);
    if (error < 0)
        return error;
    struct thread *child = thread_take();
    if (!child)
        return -EAGAIN;
    error =
        args->flags & CLONE_PIDFD ? make_child_with_pidfd(child, args) : make_child(child, args);
    if (error < 0) {
        give_back(child);
        return error;
    }
    return start(child, args);
}

/* ---- system calls ------------------------------------------------------------------------- */

SYSCALL(clone)
{
    const struct clone_args clone_args = {
        .flags = (uint32_t)args[0] & ~(uint64_t)CSIGNAL,
        .exit_signal = args[0] & CSIGNAL,
        .stack = args[1],
        .parent_tid = args[2],
        .child_tid = args[CLONE_ARGUMENT_CHILD_TID],
        .tls = args[CLONE_ARGUMENT_TLS],
        .pidfd = args[2],
    };
    if (clone_args.flags & CLONE_PIDFD && clone_args.flags & CLONE_PARENT_SETTID)
        return -EINVAL; /* both want the same argument */
    return clone_thread(&clone_args);
}

SYSCALL(fork)
{
    const struct clone_args clone_args = {.exit_signal = SIGCHLD};
    (void)args;
    return clone_thread(&clone_args);
}

SYSCALL(vfork)
{
    const struct clone_args clone_args = {.flags = CLONE_VM | CLONE_VFORK, .exit_signal = SIGCHLD};
    (void)args;
    return clone_thread(&clone_args);
}

SYSCALL(clone3)
{
    struct clone_args clone_args;
    uint64_t bytes = args[1];

    if (bytes < CLONE_ARGS_FIRST_BYTES || bytes > PAGE_BYTES)
        return bytes > PAGE_BYTES ? -E2BIG : -EINVAL;
    int error = user_read_versioned(&clone_args, sizeof(clone_args), args[0], bytes);
    if (error < 0)
        return error;
    if (clone_args.set_tid_size != 0 || clone_args.flags & CSIGNAL)
        return -EINVAL;
    if ((clone_args.stack == 0) != (clone_args.stack_size == 0))
        return -EINVAL;
    clone_args.stack += clone_args.stack_size;
    return clone_thread(&clone_args);
}
