/*
 * posix_timer.c - timer_create and its like, and their expiry; see posix_timer.h.
 *
 * Lock: process_mutex for everything. A signal that is still pending when its timer expires again
 * is not queued twice: the overrun is counted.
 */
#include "servers/linux/posix_timer.h"

#include "servers/linux/clock.h"
#include "servers/linux/signal.h"
#include "servers/linux/sys.h"

#define SIGEV_SIGNAL    0
#define SIGEV_NONE      1
#define SIGEV_THREAD    2 /* as SIGEV_SIGNAL; the rest is of the C library */
#define SIGEV_THREAD_ID 4

struct linux_sigevent {
    uint64_t value;
    int32_t signo;
    int32_t notify;
    int32_t thread_id;
    int32_t padding[11];
};
STATIC_ASSERT(sizeof(struct linux_sigevent) == 64, "struct sigevent");

/* ---- one that waits for a clock of either kind -------------------------------------------------
 */

static void disarm(struct posix_timer *timer)
{
    if (timer->cpu.clock.process)
        cpu_timer_disarm(&timer->cpu);
    else
        timer_disarm(&timer->timer);
}

static nanos_t left_of(const struct posix_timer *timer)
{
    nanos_t now = time_now_monotonic();

    if (timer->cpu.clock.process)
        return cpu_timer_left(&timer->cpu);
    if (!timer_armed(&timer->timer))
        return 0;
    return timer->timer.deadline_ns > now ? timer->timer.deadline_ns - now : 1;
}

static void arm(struct posix_timer *timer, nanos_t value, bool absolute)
{
    nanos_t deadline_ns;

    if (timer->cpu.clock.process) {
        cpu_timer_arm(&timer->cpu,
                      absolute ? value : clock_add(cpu_clock_now(&timer->cpu.clock), value));
        return;
    }
    if (!absolute || clock_to_monotonic(timer->clock, value, &deadline_ns) < 0)
        deadline_ns = clock_add(time_now_monotonic(), value);
    timer_arm(&timer->timer, deadline_ns);
}

/* ---- expiry -----------------------------------------------------------------------------------
 */

static bool already_pending(const struct posix_timer *timer, struct signal_pending_set *pending)
{
    list_for_each (link, &pending->entries) {
        const struct signal_info *info = &list_entry(link, struct signal_entry, link)->info;
        if (info->kind == INFO_TIMER && info->signo == timer->signo && info->pid == timer->id)
            return true;
    }
    return false;
}

/* The thread that it is for: of its own process and no other. NULL if there is none. Caller holds
   process_mutex. */
static struct thread *thread_of(const struct posix_timer *timer)
{
    struct thread *thread = thread_find(timer->thread_id);
    return thread && thread->process == timer->process ? thread : NULL;
}

/* It has expired once, and `missed` more times since. */
static void tell(struct posix_timer *timer, uint64_t missed)
{
    struct thread *thread = timer->thread_id ? thread_of(timer) : NULL;

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

static void real_fire(struct timer *base)
{
    struct posix_timer *timer = container_of(base, struct posix_timer, timer);
    uint64_t missed = 0;

    if (timer->interval_ns != 0)
        timer_arm(base, clock_next_period(base->deadline_ns, timer->interval_ns, &missed));
    tell(timer, missed);
}

static void cpu_fire(struct cpu_timer *base, nanos_t now_ns)
{
    struct posix_timer *timer = container_of(base, struct posix_timer, cpu);
    uint64_t missed = 0;

    if (timer->interval_ns != 0)
        cpu_timer_arm_again(
            base, clock_period_after(base->expires_ns, timer->interval_ns, now_ns, &missed));
    tell(timer, missed);
}

/* ---- the calls --------------------------------------------------------------------------------
 */

static int check_event(const struct linux_sigevent *event)
{
    if (event->notify == SIGEV_NONE)
        return 0;
    if (event->notify != SIGEV_SIGNAL && event->notify != SIGEV_THREAD &&
        event->notify != SIGEV_THREAD_ID)
        return -EINVAL;
    return event->signo >= 1 && event->signo <= SIGNAL_COUNT ? 0 : -EINVAL;
}

/* Which clock: whose consumed time it shows, or none. Caller holds process_mutex. */
static int take_clock(struct posix_timer *timer)
{
    nanos_t ignored;

    if (!clock_is_of_cpu(timer->clock))
        return clock_to_monotonic(timer->clock, 0, &ignored);
    int error = cpu_clock_find(timer->clock, &timer->cpu.clock);
    if (error == 0)
        process_get(timer->cpu.clock.process);
    return error;
}

/* Puts the timer in a free place of its process. Its number, -EINVAL (no such clock, or a thread of
   somebody else) or -EAGAIN. Caller holds process_mutex. */
static int install(struct posix_timer *timer, bool for_thread)
{
    int id = take_clock(timer) < 0 || (for_thread && !thread_of(timer)) ? -EINVAL : -EAGAIN;
    for (int i = 0; i < TIMERS_PER_PROCESS && id == -EAGAIN; i++) {
        if (timer->process->timers[i])
            continue;
        timer->process->timers[i] = timer;
        timer->id = id = i;
    }
    return id;
}

static void release(struct posix_timer *timer)
{
    if (timer->cpu.clock.process)
        process_put(timer->cpu.clock.process);
    heap_free(timer);
}

SYSCALL(timer_create)
{
    struct linux_sigevent event = {.signo = SIGALRM, .notify = SIGEV_SIGNAL};

    if (args[1] && user_read(&event, uaddr(args[1]), sizeof(event)) < 0)
        return -EFAULT;
    if (check_event(&event) < 0)
        return -EINVAL;
    if (clock_wakes((uint32_t)args[0]) && !current_has(CAP_WAKE_ALARM))
        return -EPERM;
    struct posix_timer *timer = heap_alloc(sizeof(*timer));
    if (!timer)
        return -EAGAIN;
    timer->timer.fire = real_fire;
    timer->cpu.fire = cpu_fire;
    timer->process = process_current();
    timer->clock = (uint32_t)args[0];
    timer->signo = event.notify == SIGEV_NONE ? 0 : event.signo;
    timer->thread_id = event.notify == SIGEV_THREAD_ID ? event.thread_id : 0;
    mutex_lock(&process_mutex);
    int32_t id = install(timer, event.notify == SIGEV_THREAD_ID);
    mutex_unlock(&process_mutex);
    timer->value = args[1] ? event.value : (uint64_t)id;
    if (id < 0) {
        release(timer);
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
                                     clock_timespec(left_of(timer))};
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
        old = spec_of(timer);
        timer->interval_ns = interval;
        timer->overrun = 0;
        if (value != 0)
            arm(timer, value, args[1] & TIMER_ABSTIME);
        else
            disarm(timer);
    }
    mutex_unlock(&process_mutex);
    if (!timer)
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
    disarm(timer);
    timer->process->timers[timer->id] = NULL;
    release(timer);
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
