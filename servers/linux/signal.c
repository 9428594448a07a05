/*
 * signal.c - sending signals, and choosing the thread that is to take one.
 *
 * Lock: process_mutex, unless a function's comment in signal.h says that it takes it.
 * A signal for a process goes into its common set; one thread that does not block it is told to
 * look. If that thread blocks it before it has looked, or ends, signal_retarget tells another.
 */
#include "servers/linux/signal.h"

#include "servers/linux/base.h"
#include "servers/linux/may.h"

/* ---- entries ---------------------------------------------------------------------------- */

/* One entry is kept: most signals are taken before the next one comes. */
static struct signal_entry *spare_entry;

static struct signal_entry *entry_create(struct process *process, const struct signal_info *info)
{
    if (process->pending_count >= process->limits[RLIMIT_SIGPENDING].soft)
        return NULL;
    struct signal_entry *entry = spare_entry ? spare_entry : heap_alloc(sizeof(*entry));
    if (!entry)
        return NULL;
    spare_entry = NULL;
    entry->info = *info;
    entry->charged = process;
    process->pending_count++;
    return entry;
}

void signal_entry_free(struct signal_entry *entry)
{
    if (!entry)
        return;
    entry->charged->pending_count--;
    if (spare_entry)
        heap_free(entry);
    else
        spare_entry = entry;
}

void signal_pending_clear(struct signal_pending_set *pending, signal_set_t which)
{
    for (int signo = 1; signo <= SIGNAL_COUNT; signo++)
        while (pending->set & which & signal_bit(signo))
            signal_entry_free(signal_set_take(pending, signo));
}

/* ---- who takes it ------------------------------------------------------------------------- */

static struct linux_sigaction *action_of(struct process *process, int signo)
{
    return &process->actions->action[signo - 1];
}

/* Ignored now: by choice, or because that is the default. */
static bool ignored(struct process *process, int signo)
{
    uint64_t handler = action_of(process, signo)->handler;
    return handler == SIG_IGN ||
           (handler == SIG_DFL && signal_default_action(signo) == DEFAULT_IGNORE);
}

static bool wants(const struct thread *thread, int signo)
{
    signal_set_t bit = signal_bit(signo);
    return !(thread->signals.blocked & bit) || (thread->signals.waited & bit);
}

/* Tells one thread that does not block the signal, the oldest first. */
static void tell_one(struct process *process, int signo)
{
    list_for_each (link, &process->threads) {
        struct thread *thread = list_entry(link, struct thread, process_link);
        if (wants(thread, signo)) {
            thread_interrupt(thread, WORK_SIGNAL);
            return;
        }
    }
}

void signal_recalculate(struct thread *thread)
{
    signal_set_t ready = thread->signals.pending.set | thread->process->pending.set;
    ready &= ~thread->signals.blocked | thread->signals.waited;
    if (ready != 0)
        thread_interrupt(thread, WORK_SIGNAL);
}

void signal_retarget(struct thread *thread)
{
    struct process *process = thread->process;
    for (int signo = 1; signo <= SIGNAL_COUNT; signo++)
        if (process->pending.set & signal_bit(signo))
            tell_one(process, signo);
}

void signal_set_blocked(struct thread *thread, signal_set_t blocked)
{
    signal_set_t newly = blocked & ~thread->signals.blocked;
    thread->signals.blocked = blocked & ~SIGNALS_UNBLOCKABLE;
    if (thread->process->pending.set & newly && thread->process->thread_count > 1)
        signal_retarget(thread);
    signal_recalculate(thread);
}

/* ---- stop and continue -------------------------------------------------------------------- */

#define SIGNALS_STOPPING                                                                           \
    (signal_bit(SIGSTOP) | signal_bit(SIGTSTP) | signal_bit(SIGTTIN) | signal_bit(SIGTTOU))

static void clear_everywhere(struct process *process, signal_set_t which)
{
    signal_pending_clear(&process->pending, which);
    list_for_each (link, &process->threads)
        signal_pending_clear(&list_entry(link, struct thread, process_link)->signals.pending,
                             which);
}

static void resume_process(struct process *process)
{
    if (!process->stopped)
        return;
    process->stopped = false;
    process->stop_reported = false;
    list_for_each (link, &process->threads)
        thread_interrupt(list_entry(link, struct thread, process_link), WORK_STOP);
    process->continued = true;
    process_notify_parent(process, CLD_CONTINUED);
}

/* What sending does whether or not the signal is blocked or caught (signal(7), POSIX). */
static void prepare(struct process *process, int signo)
{
    if (signo == SIGCONT || signo == SIGKILL) {
        clear_everywhere(process, SIGNALS_STOPPING);
        resume_process(process);
    } else if (signal_bit(signo) & SIGNALS_STOPPING) {
        clear_everywhere(process, signal_bit(SIGCONT));
    }
}

/* ---- sending ------------------------------------------------------------------------------ */

/* pid 1 takes only what it has handlers for. */
static bool spared(struct process *process, int signo)
{
    return process == process_init && action_of(process, signo)->handler == SIG_DFL;
}

static bool blocked_by_target(struct process *process, struct thread *thread, int signo)
{
    signal_set_t bit = signal_bit(signo);
    if (thread)
        return (thread->signals.blocked & bit) != 0;
    list_for_each (link, &process->threads)
        if (!(list_entry(link, struct thread, process_link)->signals.blocked & bit))
            return false;
    return true;
}

/* Wanted by a sigtimedwait although it would be ignored. */
static bool awaited(struct process *process, int signo)
{
    list_for_each (link, &process->threads)
        if (list_entry(link, struct thread, process_link)->signals.waited & signal_bit(signo))
            return true;
    return false;
}

static int send(struct process *process, struct thread *thread, const struct signal_info *info)
{
    int signo = info->signo;

    if (process->state != PROCESS_ALIVE || process->exiting || spared(process, signo))
        return 0;
    prepare(process, signo);
    if (signo == SIGKILL) {
        process_begin_exit(process, SIGKILL);
        return 0;
    }
    if (ignored(process, signo) && !blocked_by_target(process, thread, signo) &&
        !awaited(process, signo))
        return 0;
    struct signal_pending_set *pending = thread ? &thread->signals.pending : &process->pending;
    struct signal_entry *entry = entry_create(process, info);
    if (!entry && signo >= SIGNAL_FIRST_REALTIME && info->code != SI_USER)
        return -EAGAIN;
    signal_entry_free(signal_set_add(pending, entry, signo));
    signalfd_tell();
    if (!thread)
        tell_one(process, signo);
    else if (wants(thread, signo))
        thread_interrupt(thread, WORK_SIGNAL);
    return 0;
}

int signal_send_to_process(struct process *process, const struct signal_info *info)
{
    return send(process, NULL, info);
}

int signal_send_to_thread(struct thread *thread, const struct signal_info *info)
{
    return send(thread->process, thread, info);
}

void signal_force(const struct signal_info *info)
{
    struct thread *thread = thread_self();
    struct process *process = thread->process;
    signal_set_t bit = signal_bit(info->signo);

    mutex_lock(&process_mutex);
    struct linux_sigaction *action = action_of(process, info->signo);
    if (info->signo == SIGKILL || process == process_init) {
        process_begin_exit(process, info->signo);
    } else {
        if (thread->signals.blocked & bit || action->handler == SIG_IGN)
            action->handler = SIG_DFL;
        thread->signals.blocked &= ~bit;
        send(process, thread, info);
    }
    mutex_unlock(&process_mutex);
}

struct signal_info signal_info_from_current(int signo, int code)
{
    return (struct signal_info){.signo = signo,
                                .code = code,
                                .kind = INFO_KILL,
                                .pid = process_current()->id,
                                .uid = thread_self()->context.credentials.uid};
}

/* Whoever shares the session may continue what is stopped: job control of set-user-id programs. */
static bool continues_own_session(const struct process *process, int signo)
{
    return signo == SIGCONT && process->session == process_current()->session;
}

int signal_send_by_user(struct process *process, struct thread *thread,
                        const struct signal_info *info)
{
    const struct credentials *whom =
        thread ? &thread->context.credentials : process_credentials(process);
    int status = process == process_current() || continues_own_session(process, info->signo)
                     ? 0
                     : may_signal(credentials_current(), whom);

    return status < 0 || info->signo == 0 ? status : send(process, thread, info);
}

/* Every process but pid 1 and the caller's own. One that refuses is passed over in silence. */
static int kill_all(const struct signal_info *info)
{
    int result = -ESRCH;

    list_for_each_removable (link, &process_list) {
        struct process *process = list_entry(link, struct process, all_link);
        if (process->state == PROCESS_DEAD || process == process_init ||
            process == process_current())
            continue;
        int status = signal_send_by_user(process, NULL, info);
        if (status != -EPERM || result == -ESRCH)
            result = status == -EPERM ? 0 : status;
    }
    return result;
}

/* One that could be told is enough. */
static int kill_group(int group, const struct signal_info *info)
{
    int result = -ESRCH;
    bool told = false;

    list_for_each_removable (link, &process_list) {
        struct process *process = list_entry(link, struct process, all_link);
        if (process->state == PROCESS_DEAD || process->group != group)
            continue;
        result = signal_send_by_user(process, NULL, info);
        told |= result == 0;
    }
    return told ? 0 : result;
}

int signal_kill(int target, const struct signal_info *info)
{
    int result = -ESRCH;

    mutex_lock(&process_mutex);
    if (target > 0) {
        struct process *process = process_find(target);
        if (process)
            result = signal_send_by_user(process, NULL, info);
    } else if (target == -1) {
        result = kill_all(info);
    } else {
        result = kill_group(target == 0 ? process_current()->group : -target, info);
    }
    mutex_unlock(&process_mutex);
    return result;
}

/* ---- what base.h promises to the file half ------------------------------------------------- */

bool signal_pending(void) { return thread_has_work(thread_self()); }

bool call_may_go_on(void)
{
    call_must_go_on();
    return !signal_pending();
}

bool call_must_go_on(void)
{
    struct thread *self = thread_self();
    uint32_t work = __atomic_load_n(&self->work, __ATOMIC_RELAXED);

    if (UNLIKELY(work & WORK_TURN))
        thread_hand_back(self);
    return !(work & WORK_EXIT);
}

void signal_send_current(int signo)
{
    struct signal_info info = signal_info_from_current(signo, SI_USER);
    mutex_lock(&process_mutex);
    signal_send_to_thread(thread_self(), &info);
    mutex_unlock(&process_mutex);
}

static void send_from_kernel_locked(struct process *process, int signo)
{
    const struct signal_info info = {.signo = signo, .code = SI_KERNEL, .kind = INFO_KILL};
    send(process, NULL, &info);
}

void signal_hang_up(struct process *process)
{
    send_from_kernel_locked(process, SIGHUP);
    send_from_kernel_locked(process, SIGCONT);
}

void signal_hang_up_group(int group)
{
    mutex_lock(&process_mutex);
    list_for_each_removable (link, &process_list) {
        struct process *process = list_entry(link, struct process, all_link);
        if (process->group == group)
            signal_hang_up(process);
    }
    mutex_unlock(&process_mutex);
}

static void send_from_kernel(int target, int signo)
{
    mutex_lock(&process_mutex);
    list_for_each_removable (link, &process_list) {
        struct process *process = list_entry(link, struct process, all_link);
        if (target > 0 ? process->id == target : process->group == -target)
            send_from_kernel_locked(process, signo);
    }
    mutex_unlock(&process_mutex);
}

void signal_send_group(int group, int signo) { send_from_kernel(-group, signo); }

void signal_send_process(int pid, int signo) { send_from_kernel(pid, signo); }

bool signal_blocked_or_ignored(int signo)
{
    struct thread *thread = thread_self();
    mutex_lock(&process_mutex);
    bool result = (thread->signals.blocked & signal_bit(signo)) ||
                  action_of(thread->process, signo)->handler == SIG_IGN;
    mutex_unlock(&process_mutex);
    return result;
}
