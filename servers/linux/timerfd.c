/*
 * timerfd.c - timers that are read and polled: timerfd_create, timerfd_settime, timerfd_gettime.
 *
 * Lock: process_mutex, as for every timer; so what is read is copied after it.
 */
#include "servers/linux/anon.h"
#include "servers/linux/clock.h"
#include "servers/linux/poll.h"
#include "servers/linux/sys.h"
#include "servers/linux/text.h"
#include "servers/linux/timer.h"

#define TFD_TIMER_ABSTIME       1
#define TFD_TIMER_CANCEL_ON_SET 2

struct timerfd {
    struct timer timer;
    uint64_t clock;
    nanos_t interval_ns; /* 0: once */
    uint64_t ticks;      /* not read yet */
    uint32_t flags;      /* it was set with these */
    struct waitqueue queue;
};

static const struct file_ops timerfd_ops;

static void timerfd_fire(struct timer *base)
{
    struct timerfd *timer = container_of(base, struct timerfd, timer);
    uint64_t missed = 0;

    if (timer->interval_ns != 0)
        timer_arm(base, clock_next_period(base->deadline_ns, timer->interval_ns, &missed));
    timer->ticks += 1 + missed;
    wake_all(&timer->queue);
}

static bool clock_allowed(uint64_t clock)
{
    return clock == CLOCK_REALTIME || clock == CLOCK_MONOTONIC || clock == CLOCK_BOOTTIME ||
           clock == CLOCK_REALTIME_ALARM || clock == CLOCK_BOOTTIME_ALARM;
}

SYSCALL(timerfd_create)
{
    uint32_t flags = (uint32_t)args[1];
    int error;

    if (!clock_allowed((uint32_t)args[0]) || (flags & ~(uint32_t)(O_CLOEXEC | O_NONBLOCK)))
        return -EINVAL;
    if (clock_wakes((uint32_t)args[0]) && !current_has(CAP_WAKE_ALARM))
        return -EPERM;
    struct timerfd *timer = heap_alloc(sizeof(*timer));
    if (!timer)
        return -ENOMEM;
    timer->timer.fire = timerfd_fire;
    timer->clock = (uint32_t)args[0];
    struct file *file = anon_file(O_RDWR | (flags & O_NONBLOCK), &timerfd_ops, timer, &error);
    if (!file) {
        heap_free(timer);
        return error;
    }
    return fd_install_or_put(file, flags & O_CLOEXEC);
}

static long timerfd_read(struct file *file, struct iter *to, uint64_t *position)
{
    struct timerfd *timer = file->private;
    int status = 0;

    (void)position;
    if (to->left < sizeof(timer->ticks))
        return -EINVAL;
    mutex_lock(&process_mutex);
    while (timer->ticks == 0 && status == 0) {
        if (file_nonblocking(file))
            status = -EAGAIN;
        else if (wait_on(&timer->queue, &process_mutex, NANOS_NEVER) == -EINTR)
            status = -ERESTARTSYS;
    }
    uint64_t ticks = timer->ticks;
    if (status == 0)
        timer->ticks = 0;
    mutex_unlock(&process_mutex);
    return status < 0 ? status : iter_put(to, &ticks, sizeof(ticks));
}

static uint32_t timerfd_poll(struct file *file, struct poll_table *table)
{
    struct timerfd *timer = file->private;

    mutex_lock(&process_mutex);
    poll_add(table, &timer->queue);
    uint32_t ready = timer->ticks > 0 ? POLLIN : 0;
    mutex_unlock(&process_mutex);
    return ready;
}

static void timerfd_release(struct file *file)
{
    struct timerfd *timer = file->private;

    mutex_lock(&process_mutex);
    timer_disarm(&timer->timer);
    mutex_unlock(&process_mutex);
    heap_free(timer);
}

/* ---- setting ----------------------------------------------------------------------------------
 */

/* Caller holds process_mutex. */
static struct linux_itimerspec spec_of(const struct timerfd *timer)
{
    nanos_t now = time_now_monotonic(), left = 0;

    if (timer_armed(&timer->timer))
        left = timer->timer.deadline_ns > now ? timer->timer.deadline_ns - now : 1;
    return (struct linux_itimerspec){clock_timespec(timer->interval_ns), clock_timespec(left)};
}

/* When a value means, on the monotonic clock. */
static nanos_t deadline_of(const struct timerfd *timer, nanos_t value, bool absolute)
{
    nanos_t deadline_ns;

    if (absolute && clock_to_monotonic(timer->clock, value, &deadline_ns) == 0)
        return deadline_ns;
    return clock_add(time_now_monotonic(), value);
}

/* A time that has passed is seen by whoever looks next, without waiting for the timer thread. */
static void arm(struct timerfd *timer, nanos_t deadline_ns)
{
    timer_arm(&timer->timer, deadline_ns);
    if (deadline_ns > time_now_monotonic())
        return;
    timer_disarm(&timer->timer);
    timerfd_fire(&timer->timer);
}

static struct linux_itimerspec set(struct timerfd *timer, nanos_t value, nanos_t interval,
                                   uint32_t flags)
{
    mutex_lock(&process_mutex);
    struct linux_itimerspec old = spec_of(timer);
    timer->interval_ns = interval;
    timer->ticks = 0;
    timer->flags = flags;
    if (value != 0)
        arm(timer, deadline_of(timer, value, flags & TFD_TIMER_ABSTIME));
    else
        timer_disarm(&timer->timer);
    mutex_unlock(&process_mutex);
    return old;
}

SYSCALL(timerfd_settime)
{
    nanos_t interval, value;
    int error;

    if (args[1] & ~(uint64_t)(TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET))
        return -EINVAL;
    error = clock_read_nanos(uaddr(args[2]), &interval);
    if (error == 0)
        error = clock_read_nanos(uaddr(args[2] + sizeof(struct linux_timespec)), &value);
    if (error < 0)
        return error;
    struct file *file = fd_file_of(arg_int(args[0]), &timerfd_ops, &error);
    if (!file)
        return error;
    struct linux_itimerspec old = set(file->private, value, interval, (uint32_t)args[1]);
    file_put(file);
    return args[3] ? user_write(uaddr(args[3]), &old, sizeof(old)) : 0;
}

SYSCALL(timerfd_gettime)
{
    int error;
    struct file *file = fd_file_of(arg_int(args[0]), &timerfd_ops, &error);

    if (!file)
        return error;
    mutex_lock(&process_mutex);
    struct linux_itimerspec now = spec_of(file->private);
    mutex_unlock(&process_mutex);
    file_put(file);
    return user_write(uaddr(args[1]), &now, sizeof(now));
}

static void timerfd_show(const struct file *file, struct text *text)
{
    const struct timerfd *timer = file->private;

    mutex_lock(&process_mutex);
    const struct linux_itimerspec left = spec_of(timer);
    uint64_t ticks = timer->ticks;
    uint32_t flags = timer->flags;
    mutex_unlock(&process_mutex);
    /* Flags are two bits: octal is as decimal. */
    text_format(text, "clockid: %d\nticks: %lu\nsettime flags: 0%u\n", (int)timer->clock, ticks,
                flags);
    text_format(text, "it_value: (%ld, %ld)\nit_interval: (%ld, %ld)\n", (long)left.value.tv_sec,
                (long)left.value.tv_nsec, (long)left.interval.tv_sec, (long)left.interval.tv_nsec);
}

static const struct file_ops timerfd_ops = {
    .read = timerfd_read,
    .poll = timerfd_poll,
    .release = timerfd_release,
    .show_info = timerfd_show,
    .anon_name = "[timerfd]",
    .is_stream = true,
};
