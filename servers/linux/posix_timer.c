/*
 * posix_timer.c - alarm, setitimer, timer_create and their expiry; see posix_timer.h.
 *
 * Lock: process_mutex for everything. A signal that is still pending when its timer expires again
 * is not queued twice: the overrun is counted.
 */
#include "servers/linux/posix_timer.h"

#include "servers/linux/clock.h"
#include "servers/linux/signal.h"
#include "servers/linux/sys.h"

#define ITIMER_REAL 0
#define ITIMER_PROF 2

#define SIGEV_SIGNAL    0
#define SIGEV_NONE      1
#define SIGEV_THREAD_ID 4

struct linux_itimerval {
    struct linux_timeval interval;
    struct linux_timeval value;
};

struct linux_sigevent {
    uint64_t value;
    int32_t signo;
    int32_t notify;
    int32_t thread_id;
    int32_t padding[11];
};
STATIC_ASSERT(sizeof(struct linux_sigevent) == 64, "struct sigevent");

static nanos_t left_of(const struct timer *timer)
{
    nanos_t now = time_now_monotonic();
    if (!timer_armed(timer))
        return 0;
    return timer->deadline_ns > now ? timer->deadline_ns - now : 1;
}

/* ---- the real interval timer ---------------------------------------------------------------- */

static void real_timer_fire(struct timer *timer)
{
    struct process *process = container_of(timer, struct process, real_timer);
    const struct signal_info info = {.signo = SIGALRM, .code = SI_KERNEL, .kind = INFO_KILL};
    uint64_t missed;

    if (process->real_interval_ns != 0)
        timer_arm(timer, clock_next_period(timer->deadline_ns, process->real_interval_ns, &missed));
    signal_send_to_process(process, &info);
}

void posix_timer_init_process(struct process *process)
{
    process->real_timer.fire = real_timer_fire;
}

static struct linux_timeval timeval_of(nanos_t nanos)
{
    return (struct linux_timeval){(int64_t)(nanos / NANOS_PER_S),
                                  (int64_t)(nanos % NANOS_PER_S / NANOS_PER_US)};
}

static int nanos_of_timeval(const struct linux_timeval *from, nanos_t *nanos)
{
    if (from->tv_sec < 0 || from->tv_usec < 0 || from->tv_usec >= 1000000)
        return -EINVAL;
    nanos_t seconds = (nanos_t)from->tv_sec;
    if (seconds > INT64_MAX / NANOS_PER_S - 1)
        seconds = INT64_MAX / NANOS_PER_S - 1;
    *nanos = seconds * NANOS_PER_S + (nanos_t)from->tv_usec * NANOS_PER_US;
    return 0;
}

/* Sets value and interval; what they were goes to the last two. */
static void exchange_real(nanos_t value, nanos_t interval, nanos_t *old_value,
                          nanos_t *old_interval)
{
    struct process *process = process_current();

    mutex_lock(&process_mutex);
    *old_value = left_of(&process->real_timer);
    *old_interval = process->real_interval_ns;
    process->real_interval_ns = interval;
    if (value != 0)
        timer_arm(&process->real_timer, clock_add(time_now_monotonic(), value));
    else
        timer_disarm(&process->real_timer);
    mutex_unlock(&process_mutex);
}

SYSCALL(alarm)
{
    nanos_t old_value, old_interval;
    exchange_real((uint32_t)args[0] * NANOS_PER_S, 0, &old_value, &old_interval);
    return (long)((old_value + NANOS_PER_S - 1) / NANOS_PER_S);
}

SYSCALL(setitimer)
{
    struct linux_itimerval set = {0}, old;
    nanos_t value, interval, old_value, old_interval;

    if (args[1] && user_read(&set, uaddr(args[1]), sizeof(set)) < 0)
        return -EFAULT;
    if (nanos_of_timeval(&set.value, &value) < 0 || nanos_of_timeval(&set.interval, &interval) < 0)
        return -EINVAL;
    if ((uint32_t)args[0] != ITIMER_REAL)
        return -EINVAL; /* no timers on consumed time: CAVEATS.md */
    exchange_real(value, interval, &old_value, &old_interval);
    old = (struct linux_itimerval){timeval_of(old_interval), timeval_of(old_value)};
    return args[2] ? user_write(uaddr(args[2]), &old, sizeof(old)) : 0;
}

SYSCALL(getitimer)
{
    struct process *process = process_current();
    struct linux_itimerval now = {0};

    if ((uint32_t)args[0] > ITIMER_PROF)
        return -EINVAL;
    if ((uint32_t)args[0] == ITIMER_REAL) {
        mutex_lock(&process_mutex);
        now.interval = timeval_of(process->real_interval_ns);
        now.value = timeval_of(left_of(&process->real_timer));
        mutex_unlock(&process_mutex);
    }
    return user_write(uaddr(args[1]), &now, sizeof(now));
}

/* ---- timer_create ---------------------------------------------------------------------------- */

static bool already_pending(const struct posix_timer *timer, struct signal_pending_set *pending)
{
    list_for_each (link, &pending->entries) {
        const struct signal_info *info = &list_entry(link, struct signal_entry, link)->info;
        if (info->kind == INFO_TIMER && info->signo == timer->signo && info->pid == timer->id)
            return true;
    }
    return false;
}

static void posix_timer_fire(struct timer *base)
{
    struct posix_timer *timer = container_of(base, struct posix_timer, timer);
    struct thread *thread = timer->thread_id ? thread_find(timer->thread_id) : NULL;
    uint64_t missed = 0;

    if (timer->interval_ns != 0)
        timer_arm(base, clock_next_period(base->deadline_ns, timer->interval_ns, &missed));
    if (timer->signo == 0 || (timer->thread_id && !thread))
        return;
    if (already_pending(timer, thread ? &thread->signals.pending : &timer->process->pending)) {
        timer->overrun += 1 + (uint32_t)missed;
        return;
    }
    timer->overrun = (uint32_t)missed;
    const struct signal_info info = {.signo = timer->signo,
                                     .code = SI_TIMER,
                                     .kind = INFO_TIMER,
                                     .pid = timer->id,
                                     .uid = timer->overrun,
                                     .value = timer->value};
    if (thread)
        signal_send_to_thread(thread, &info);
    else
        signal_send_to_process(timer->process, &info);
}

static int check_event(const struct linux_sigevent *event)
{
    if (event->notify == SIGEV_NONE)
        return 0;
    if (event->notify != SIGEV_SIGNAL && event->notify != SIGEV_THREAD_ID)
        return -EINVAL;
    return event->signo >= 1 && event->signo <= SIGNAL_COUNT ? 0 : -EINVAL;
}

/* Puts the timer in a free place of its process. Its number, or -EAGAIN. */
static int install(struct posix_timer *timer)
{
    int id = -EAGAIN;
    mutex_lock(&process_mutex);
    for (int i = 0; i < TIMERS_PER_PROCESS && id < 0; i++) {
        if (timer->process->timers[i])
            continue;
        timer->process->timers[i] = timer;
        timer->id = id = i;
    }
    mutex_unlock(&process_mutex);
    return id;
}

SYSCALL(timer_create)
{
    struct linux_sigevent event = {.signo = SIGALRM, .notify = SIGEV_SIGNAL};
    nanos_t ignored;

    if (args[1] && user_read(&event, uaddr(args[1]), sizeof(event)) < 0)
        return -EFAULT;
    if (clock_to_monotonic((uint32_t)args[0], 0, &ignored) < 0 || check_event(&event) < 0)
        return -EINVAL;
    if (clock_wakes((uint32_t)args[0]) && !current_has(CAP_WAKE_ALARM))
        return -EPERM;
    struct posix_timer *timer = heap_alloc(sizeof(*timer));
    if (!timer)
        return -EAGAIN;
    timer->timer.fire = posix_timer_fire;
    timer->process = process_current();
    timer->clock = (uint32_t)args[0];
    timer->signo = event.notify == SIGEV_NONE ? 0 : event.signo;
    timer->thread_id = event.notify == SIGEV_THREAD_ID ? event.thread_id : 0;
    int32_t id = install(timer);
    timer->value = args[1] ? event.value : (uint64_t)id;
    if (id < 0) {
        heap_free(timer);
        return id;
    }
    return user_write(uaddr(args[2]), &id, sizeof(id));
}

/* Caller holds process_mutex. */
static struct posix_timer *find(uint64_t id)
{
    uint32_t index = (uint32_t)id;
    return index < TIMERS_PER_PROCESS ? process_current()->timers[index] : NULL;
}

static struct linux_itimerspec spec_of(const struct posix_timer *timer)
{
    return (struct linux_itimerspec){clock_timespec(timer->interval_ns),
                                     clock_timespec(left_of(&timer->timer))};
}

SYSCALL(timer_settime)
{
    struct linux_itimerspec old = {0};
    nanos_t interval, value;

    if (args[2] == 0)
        return -EINVAL;
    int error = clock_read_nanos(uaddr(args[2]), &interval);
    if (error == 0)
        error = clock_read_nanos(uaddr(args[2] + sizeof(struct linux_timespec)), &value);
    if (error < 0)
        return error;
    mutex_lock(&process_mutex);
    struct posix_timer *timer = find(args[0]);
    if (timer) {
        nanos_t deadline_ns = clock_add(time_now_monotonic(), value);
        old = spec_of(timer);
        if (args[1] & TIMER_ABSTIME)
            error = clock_to_monotonic(timer->clock, value, &deadline_ns);
        timer->interval_ns = interval;
        timer->overrun = 0;
        if (value != 0)
            timer_arm(&timer->timer, deadline_ns);
        else
            timer_disarm(&timer->timer);
    }
    mutex_unlock(&process_mutex);
    if (!timer || error < 0)
        return -EINVAL;
    return args[3] ? user_write(uaddr(args[3]), &old, sizeof(old)) : 0;
}

SYSCALL(timer_gettime)
{
    struct linux_itimerspec now = {0};

    mutex_lock(&process_mutex);
    struct posix_timer *timer = find(args[0]);
    if (timer)
        now = spec_of(timer);
    mutex_unlock(&process_mutex);
    return timer ? user_write(uaddr(args[1]), &now, sizeof(now)) : -EINVAL;
}

SYSCALL(timer_getoverrun)
{
    mutex_lock(&process_mutex);
    struct posix_timer *timer = find(args[0]);
    long result = timer ? (long)timer->overrun : -EINVAL;
    mutex_unlock(&process_mutex);
    return result;
}

static void destroy(struct posix_timer *timer)
{
    timer_disarm(&timer->timer);
    timer->process->timers[timer->id] = NULL;
    heap_free(timer);
}

SYSCALL(timer_delete)
{
    mutex_lock(&process_mutex);
    struct posix_timer *timer = find(args[0]);
    if (timer)
        destroy(timer);
    mutex_unlock(&process_mutex);
    return timer ? 0 : -EINVAL;
}

void posix_timers_clear(struct process *process)
{
    for (unsigned i = 0; i < TIMERS_PER_PROCESS; i++)
        if (process->timers[i])
            destroy(process->timers[i]);
}
