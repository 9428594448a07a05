/*
 * signal_calls.c - system calls about signals.
 */
#include "servers/linux/sys.h"
#include "servers/linux/clock.h"
#include "servers/linux/signal.h"

#define SET_BYTES sizeof(signal_set_t)

static bool signo_valid(uint64_t signo) { return signo >= 1 && signo <= SIGNAL_COUNT; }

/* Pending signals that are ignored from now on are forgotten. Caller holds process_mutex. */
static void forget_if_ignored(struct process *process, int signo)
{
    uint64_t handler = process->actions->action[signo - 1].handler;
    if (handler != SIG_IGN &&
        (handler != SIG_DFL || signal_default_action(signo) != DEFAULT_IGNORE))
        return;
    signal_pending_clear(&process->pending, signal_bit(signo));
    list_for_each (link, &process->threads)
        signal_pending_clear(&list_entry(link, struct thread, process_link)->signals.pending,
                             signal_bit(signo));
}

SYSCALL(rt_sigaction)
{
    struct process *process = process_current();
    struct linux_sigaction action, old;

    if (!signo_valid(args[0]) || args[3] != SET_BYTES)
        return -EINVAL;
    int signo = (int)args[0];
    if (args[1] != 0 && (signo == SIGKILL || signo == SIGSTOP))
        return -EINVAL;
    if (args[1] != 0 && user_read(&action, uaddr(args[1]), sizeof(action)) < 0)
        return -EFAULT;
    mutex_lock(&process_mutex);
    old = process->actions->action[signo - 1];
    if (args[1] != 0) {
        action.mask &= ~SIGNALS_UNBLOCKABLE;
        process->actions->action[signo - 1] = action;
        forget_if_ignored(process, signo);
    }
    mutex_unlock(&process_mutex);
    return args[2] != 0 ? user_write(uaddr(args[2]), &old, sizeof(old)) : 0;
}

SYSCALL(rt_sigprocmask)
{
    struct thread *thread = thread_self();
    signal_set_t set, old = thread->signals.blocked;

    if (args[3] != SET_BYTES)
        return -EINVAL;
    if (args[1] != 0) {
        if (user_read(&set, uaddr(args[1]), sizeof(set)) < 0)
            return -EFAULT;
        if (args[0] == SIG_BLOCK)
            set = old | set;
        else if (args[0] == SIG_UNBLOCK)
            set = old & ~set;
        else if (args[0] != SIG_SETMASK)
            return -EINVAL;
        mutex_lock(&process_mutex);
        signal_set_blocked(thread, set);
        mutex_unlock(&process_mutex);
    }
    return args[2] != 0 ? user_write(uaddr(args[2]), &old, sizeof(old)) : 0;
}

SYSCALL(rt_sigreturn)
{
    (void)args;
    return signal_frame_pop(thread_self());
}

SYSCALL(rt_sigpending)
{
    struct thread *thread = thread_self();

    if (args[1] > SET_BYTES)
        return -EINVAL;
    mutex_lock(&process_mutex);
    signal_set_t set = thread->signals.pending.set | thread->process->pending.set;
    mutex_unlock(&process_mutex);
    set &= thread->signals.blocked;
    return user_write(uaddr(args[0]), &set, args[1]);
}

void signal_wait_mask_begin(uint64_t mask)
{
    struct thread *thread = thread_self();

    mutex_lock(&process_mutex);
    thread->signals.saved_blocked = thread->signals.blocked;
    signal_set_blocked(thread, mask);
    mutex_unlock(&process_mutex);
}

void signal_wait_mask_end(bool interrupted)
{
    struct thread *thread = thread_self();

    if (interrupted) {
        thread->signals.restore_blocked = true;
        return;
    }
    mutex_lock(&process_mutex);
    signal_set_blocked(thread, thread->signals.saved_blocked);
    mutex_unlock(&process_mutex);
}

SYSCALL(rt_sigsuspend)
{
    signal_set_t mask;

    if (args[1] != SET_BYTES)
        return -EINVAL;
    if (user_read(&mask, uaddr(args[0]), sizeof(mask)) < 0)
        return -EFAULT;
    signal_wait_mask_begin(mask);
    while (!signal_pending())
        thread_sleep(NANOS_NEVER, true);
    signal_wait_mask_end(true);
    return -ERESTARTNOHAND;
}

SYSCALL(pause)
{
    (void)args;
    while (!signal_pending())
        thread_sleep(NANOS_NEVER, true);
    return -ERESTARTNOHAND;
}

/* Takes one of `wanted`, or sets what to wait for. */
static bool take_awaited(struct thread *thread, signal_set_t wanted, struct signal_info *info)
{
    mutex_lock(&process_mutex);
    bool found = signal_dequeue(thread, wanted, info);
    thread->signals.waited = found ? 0 : wanted;
    mutex_unlock(&process_mutex);
    return found;
}

/* A wake for an awaited signal sets WORK_SIGNAL too: it is looked at, and found to be ours. */
static long wait_for_signal(struct thread *thread, signal_set_t wanted, nanos_t deadline_ns,
                            struct signal_info *info)
{
    int slept = 0;
    for (;;) {
        if (take_awaited(thread, wanted, info))
            return 0;
        if (slept < 0)
            break;
        slept = deadline_ns == 0 ? -ETIMEDOUT : thread_sleep(deadline_ns, true);
    }
    mutex_lock(&process_mutex);
    thread->signals.waited = 0;
    mutex_unlock(&process_mutex);
    return slept == -ETIMEDOUT ? -EAGAIN : -EINTR;
}

SYSCALL(rt_sigtimedwait)
{
    signal_set_t wanted;
    nanos_t deadline_ns = NANOS_NEVER;
    struct signal_info info;
    uint8_t encoded[SIGINFO_BYTES];

    if (args[3] != SET_BYTES)
        return -EINVAL;
    if (user_read(&wanted, uaddr(args[0]), sizeof(wanted)) < 0)
        return -EFAULT;
    long error = args[2] ? clock_read_timeout(uaddr(args[2]), &deadline_ns) : 0;
    if (error < 0)
        return error;
    error = wait_for_signal(thread_self(), wanted & ~SIGNALS_UNBLOCKABLE, deadline_ns, &info);
    if (error < 0)
        return error;
    signal_info_encode(&info, encoded);
    if (args[1] != 0 && user_write(uaddr(args[1]), encoded, sizeof(encoded)) < 0)
        return -EFAULT;
    return info.signo;
}

SYSCALL(kill)
{
    int target = (int)args[0];
    int signo = (int)args[1];

    if (signo < 0 || signo > SIGNAL_COUNT)
        return -EINVAL;
    if (target == INT32_MIN)
        return -ESRCH;
    struct signal_info info = signal_info_from_current(signo, SI_USER);
    return signal_kill(target, &info);
}

static long send_to_thread(int group, int tid, const struct signal_info *info)
{
    long result = -ESRCH;

    if (tid <= 0 || info->signo < 0 || info->signo > SIGNAL_COUNT)
        return -EINVAL;
    mutex_lock(&process_mutex);
    struct thread *thread = thread_find(tid);
    if (thread && (group < 0 || thread->process->id == group))
        result = signal_send_by_user(thread->process, thread, info);
    mutex_unlock(&process_mutex);
    return result;
}

SYSCALL(tkill)
{
    struct signal_info info = signal_info_from_current((int)args[1], SI_TKILL);
    return send_to_thread(-1, (int)args[0], &info);
}

SYSCALL(tgkill)
{
    struct signal_info info = signal_info_from_current((int)args[2], SI_TKILL);
    if ((int)args[0] <= 0)
        return -EINVAL;
    return send_to_thread((int)args[0], (int)args[1], &info);
}

/* A guest may not claim that the kernel, or kill(), sent what it queues for another. */
static long read_queued_info(struct signal_info *info, uint64_t address, int signo, int target)
{
    uint8_t encoded[SIGINFO_BYTES];

    if (user_read(encoded, uaddr(address), sizeof(encoded)) < 0)
        return -EFAULT;
    signal_info_decode(info, encoded);
    info->signo = signo;
    if ((info->code >= 0 || info->code == SI_TKILL) && target != process_current()->id)
        return -EPERM;
    return 0;
}

SYSCALL(rt_sigqueueinfo)
{
    struct signal_info info;
    int target = (int)args[0], signo = (int)args[1];

    if (signo < 0 || signo > SIGNAL_COUNT)
        return -EINVAL;
    long error = read_queued_info(&info, args[2], signo, target);
    if (error < 0)
        return error;
    return target > 0 ? signal_kill(target, &info) : -ESRCH;
}

SYSCALL(rt_tgsigqueueinfo)
{
    struct signal_info info;

    if ((int)args[0] <= 0)
        return -EINVAL;
    long error = read_queued_info(&info, args[3], (int)args[2], (int)args[0]);
    return error < 0 ? error : send_to_thread((int)args[0], (int)args[1], &info);
}

static bool on_alternate_now(const struct thread *thread)
{
    const struct linux_stack *stack = &thread->signals.alternate;
    uint64_t sp = guest_sp(thread->frame);
    return stack->size != 0 && !(stack->flags & SS_AUTODISARM) && sp > stack->sp &&
           sp - stack->sp <= stack->size;
}

static long set_alternate(struct thread *thread, const struct linux_stack *stack)
{
    int mode = stack->flags & ~SS_AUTODISARM;
    if (on_alternate_now(thread))
        return -EPERM;
    if (mode != 0 && mode != SS_DISABLE && mode != SS_ONSTACK)
        return -EINVAL;
    if (mode == SS_DISABLE) {
        thread->signals.alternate = (struct linux_stack){0};
        return 0;
    }
    if (stack->size < MINSIGSTKSZ)
        return -ENOMEM;
    thread->signals.alternate = *stack;
    thread->signals.alternate.flags &= SS_AUTODISARM;
    return 0;
}

SYSCALL(sigaltstack)
{
    struct thread *thread = thread_self();
    struct linux_stack stack, old = thread->signals.alternate;

    if (old.size == 0)
        old.flags = SS_DISABLE;
    else if (on_alternate_now(thread))
        old.flags |= SS_ONSTACK;
    if (args[0] != 0) {
        if (user_read(&stack, uaddr(args[0]), sizeof(stack)) < 0)
            return -EFAULT;
        long error = set_alternate(thread, &stack);
        if (error < 0)
            return error;
    }
    return args[1] != 0 ? user_write(uaddr(args[1]), &old, sizeof(old)) : 0;
}

SYSCALL(restart_syscall)
{
    const struct restart_block block = thread_self()->restart; /* a new one may replace it */
    (void)args;
    return block.resume ? block.resume(&block) : -EINTR;
}

long call_resume_later(const struct restart_block *block)
{
    thread_self()->restart = *block;
    return -ERESTART_RESTARTBLOCK;
}
