/*
 * signal_deliver.c - what a thread does about its work word before it goes back to its guest: end,
 * stop, run handlers, restart the interrupted call.
 */
#include "servers/linux/signal_frame.h"
#include "servers/linux/syscall_numbers.h"

bool signal_dequeue(struct thread *thread, signal_set_t wanted, struct signal_info *info)
{
    struct signal_pending_set *pending = &thread->signals.pending;
    int signo = signal_set_first(pending, wanted);
    if (signo == 0) {
        pending = &thread->process->pending;
        signo = signal_set_first(pending, wanted);
    }
    if (signo == 0)
        return false;
    struct signal_entry *entry = signal_set_take(pending, signo);
    *info = entry ? entry->info
                  : (struct signal_info){.signo = signo, .code = SI_USER, .kind = INFO_KILL};
    signal_entry_free(entry);
    return true;
}

/* ---- restart ------------------------------------------------------------------------------ */

/* The interrupted call of a thread that is about to run a handler, or not (action NULL). */
static void settle_call(struct thread *thread, const struct linux_sigaction *action)
{
    uint64_t number = thread->syscall_number;
    if (number == NO_SYSCALL)
        return;
    thread->syscall_number = NO_SYSCALL;
    bool again = false;
    switch (-(int64_t)guest_result(thread->frame)) {
    case ERESTARTSYS:
        again = !action || action->flags & SA_RESTART;
        break;
    case ERESTARTNOINTR:
        again = true;
        break;
    case ERESTARTNOHAND:
        again = !action;
        break;
    case ERESTART_RESTARTBLOCK:
        again = !action;
        number = NR_restart_syscall;
        break;
    default:
        return;
    }
    if (again)
        guest_restart_call(thread, number);
    else
        guest_set_result(thread->frame, (uint64_t)-EINTR);
}

/* ---- stop --------------------------------------------------------------------------------- */

/* Caller holds process_mutex, which is let go while the process is stopped. */
static void wait_while_stopped(struct thread *thread)
{
    while (thread->process->stopped && !(thread->work & WORK_EXIT)) {
        mutex_unlock(&process_mutex);
        thread_sleep(NANOS_NEVER, false);
        mutex_lock(&process_mutex);
    }
}

static void stop_process(struct process *process, int signo)
{
    process->stopped = true;
    process->stop_signal = signo;
    process->stop_reported = false;
    process->continued = false;
    list_for_each (link, &process->threads)
        thread_interrupt(list_entry(link, struct thread, process_link), WORK_STOP);
    process_notify_parent(process, CLD_STOPPED);
}

/* ---- one signal --------------------------------------------------------------------------- */

/* Its default action. Caller holds process_mutex. */
static void act_by_default(struct process *process, int signo)
{
    switch (signal_default_action(signo)) {
    case DEFAULT_STOP:
        if (signo == SIGSTOP || !process_group_orphaned_locked(process->group))
            stop_process(process, signo);
        break;
    case DEFAULT_TERMINATE:
        process_begin_exit(process, signo);
        break;
    default:
        break;
    }
}

long signal_frame_refuse(void)
{
    const struct signal_info info = {.signo = SIGSEGV, .code = SI_KERNEL, .kind = INFO_KILL};
    signal_force(&info);
    return 0;
}

/* Enters the handler; without a usable stack the process gets SIGSEGV. */
static void run_handler(struct thread *thread, const struct linux_sigaction *action,
                        const struct signal_info *info)
{
    signal_set_t saved =
        thread->signals.restore_blocked ? thread->signals.saved_blocked : thread->signals.blocked;
    thread->signals.restore_blocked = false;
    settle_call(thread, action);
    if (signal_frame_push(thread, action, info, saved) < 0) {
        struct signal_info fault = {.signo = SIGSEGV, .code = SI_KERNEL, .kind = INFO_KILL};
        if (info->signo == SIGSEGV)
            fault.signo = SIGKILL;
        signal_force(&fault);
        return;
    }
    signal_set_t blocked = thread->signals.blocked | action->mask;
    if (!(action->flags & SA_NODEFER))
        blocked |= signal_bit(info->signo);
    mutex_lock(&process_mutex);
    signal_set_blocked(thread, blocked);
    mutex_unlock(&process_mutex);
}

/* What there is to do, found out under one lock. */
struct delivery {
    bool ends; /* with exit_status */
    int exit_status;
    bool found; /* a signal */
    struct signal_info info;
    struct linux_sigaction action;
};

/* Takes one signal, and acts on it unless it has a handler. Caller holds process_mutex. */
static void take_one_locked(struct thread *thread, struct delivery *delivery)
{
    struct process *process = thread->process;

    delivery->found = signal_dequeue(thread, ~thread->signals.blocked, &delivery->info);
    if (!delivery->found)
        return;
    struct linux_sigaction *set = &process->actions->action[delivery->info.signo - 1];
    delivery->action = *set;
    if (set->handler == SIG_DFL)
        act_by_default(process, delivery->info.signo);
    else if (set->handler != SIG_IGN && set->flags & SA_RESETHAND)
        set->handler = SIG_DFL;
}

/* Clears what it has looked at, and stops as told. */
static void look(struct thread *thread, struct delivery *delivery)
{
    mutex_lock(&process_mutex);
    __atomic_fetch_and(&thread->work, ~(uint32_t)(WORK_SIGNAL | WORK_STOP), __ATOMIC_ACQ_REL);
    wait_while_stopped(thread);
    delivery->found = false;
    delivery->ends = thread->work & WORK_EXIT;
    delivery->exit_status = thread->process->exit_status;
    if (!delivery->ends)
        take_one_locked(thread, delivery);
    mutex_unlock(&process_mutex);
}

static bool has_handler(const struct delivery *delivery)
{
    return delivery->action.handler != SIG_DFL && delivery->action.handler != SIG_IGN;
}

/* Until nothing is left, or a handler runs: if there is more then, the change of its mask has set
   WORK_SIGNAL again. */
static void deliver(struct thread *thread)
{
    struct delivery delivery;

    do {
        look(thread, &delivery);
        if (delivery.ends)
            process_exit_thread(delivery.exit_status);
        if (delivery.found && has_handler(&delivery)) {
            run_handler(thread, &delivery.action, &delivery.info);
            return;
        }
    } while (delivery.found);
}

void signal_work(struct thread *thread)
{
    deliver(thread);
    settle_call(thread, NULL);
    if (thread->signals.restore_blocked) {
        thread->signals.restore_blocked = false;
        mutex_lock(&process_mutex);
        signal_set_blocked(thread, thread->signals.saved_blocked);
        mutex_unlock(&process_mutex);
    }
}
