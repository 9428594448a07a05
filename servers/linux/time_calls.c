/*
 * time_calls.c - system calls about clocks, and sleeping.
 */
#include "servers/linux/clock.h"
#include "servers/linux/process.h"
#include "servers/linux/signal.h"
#include "servers/linux/sys.h"

#define CPU_CLOCK_RESOLUTION 1
#define COARSE_RESOLUTION    4000000
#define TICKS_PER_SECOND     100

static nanos_t process_time(void)
{
    mutex_lock(&process_mutex);
    const struct usage usage = usage_of_process(process_current());
    mutex_unlock(&process_mutex);
    return usage.user_ns + usage.system_ns;
}

/* Of another thread or process. */
static int read_cpu_clock(uint64_t number, nanos_t *now)
{
    struct cpu_clock clock;

    mutex_lock(&process_mutex);
    int error = cpu_clock_find(number, &clock);
    if (error == 0)
        *now = cpu_clock_now(&clock);
    mutex_unlock(&process_mutex);
    return error;
}

/* 0 or -EINVAL. */
static int read_clock(uint64_t clock, nanos_t *now)
{
    switch (clock) {
    case CLOCK_REALTIME:
    case CLOCK_REALTIME_COARSE:
    case CLOCK_REALTIME_ALARM:
    case CLOCK_TAI:
        *now = time_now_monotonic() + (uint64_t)clock_real_offset();
        return 0;
    case CLOCK_MONOTONIC:
    case CLOCK_MONOTONIC_RAW:
    case CLOCK_MONOTONIC_COARSE:
    case CLOCK_BOOTTIME:
    case CLOCK_BOOTTIME_ALARM:
        *now = time_now_monotonic();
        return 0;
    case CLOCK_PROCESS_CPUTIME_ID:
        *now = process_time();
        return 0;
    case CLOCK_THREAD_CPUTIME_ID:
        *now = usage_of_thread_ns(thread_self());
        return 0;
    default:
        return read_cpu_clock(clock, now);
    }
}

SYSCALL(clock_gettime)
{
    nanos_t now;
    int error = read_clock((uint32_t)args[0], &now);
    if (error < 0)
        return error;
    struct linux_timespec value = clock_timespec(now);
    return user_write(uaddr(args[1]), &value, sizeof(value));
}

SYSCALL(clock_getres)
{
    nanos_t ignored;
    uint32_t clock = (uint32_t)args[0];
    int error = read_clock(clock, &ignored);
    if (error < 0)
        return error;
    bool coarse = clock == CLOCK_REALTIME_COARSE || clock == CLOCK_MONOTONIC_COARSE;
    struct linux_timespec value = {0, coarse ? COARSE_RESOLUTION : CPU_CLOCK_RESOLUTION};
    return args[1] ? user_write(uaddr(args[1]), &value, sizeof(value)) : 0;
}

SYSCALL(clock_settime)
{
    struct linux_timespec to;
    if ((uint32_t)args[0] != CLOCK_REALTIME)
        return -EINVAL;
    if (!current_has(CAP_SYS_TIME))
        return -EPERM;
    if (user_read(&to, uaddr(args[1]), sizeof(to)) < 0)
        return -EFAULT;
    return clock_set_real(&to);
}

SYSCALL(gettimeofday)
{
    struct linux_timespec now;
    const int32_t zone[2] = {0, 0};

    time_now_real(&now);
    struct linux_timeval value = {now.tv_sec, now.tv_nsec / (int64_t)NANOS_PER_US};
    if (args[0] && user_write(uaddr(args[0]), &value, sizeof(value)) < 0)
        return -EFAULT;
    return args[1] ? user_write(uaddr(args[1]), zone, sizeof(zone)) : 0;
}

SYSCALL(settimeofday)
{
    struct linux_timeval value;
    if (!current_has(CAP_SYS_TIME))
        return -EPERM;
    if (args[0] == 0)
        return 0;
    if (user_read(&value, uaddr(args[0]), sizeof(value)) < 0)
        return -EFAULT;
    if (value.tv_usec < 0 || value.tv_usec >= 1000000)
        return -EINVAL;
    struct linux_timespec to = {value.tv_sec, value.tv_usec * (int64_t)NANOS_PER_US};
    return clock_set_real(&to);
}

SYSCALL(time)
{
    struct linux_timespec now;
    time_now_real(&now);
    if (args[0] && user_write(uaddr(args[0]), &now.tv_sec, sizeof(now.tv_sec)) < 0)
        return -EFAULT;
    return now.tv_sec;
}

SYSCALL(times)
{
    struct {
        int64_t user, system, children_user, children_system;
    } value;
    const nanos_t tick = NANOS_PER_S / TICKS_PER_SECOND;
    struct process *process = process_current();

    mutex_lock(&process_mutex);
    const struct usage own = usage_of_process(process);
    const struct usage children = process->waited_children;
    mutex_unlock(&process_mutex);
    value.user = (int64_t)(own.user_ns / tick);
    value.system = (int64_t)(own.system_ns / tick);
    value.children_user = (int64_t)(children.user_ns / tick);
    value.children_system = (int64_t)(children.system_ns / tick);
    if (args[0] && user_write(uaddr(args[0]), &value, sizeof(value)) < 0)
        return -EFAULT;
    return (long)(time_now_monotonic() / tick);
}

/* ---- sleep -------------------------------------------------------------------------------- */

static int sleep_until(nanos_t deadline_ns)
{
    int slept = 0;
    while (slept == 0 && time_now_monotonic() < deadline_ns)
        slept = thread_sleep(deadline_ns, true);
    return slept == -EINTR ? -EINTR : 0;
}

static long write_remaining(uint64_t address, nanos_t deadline_ns)
{
    nanos_t now = time_now_monotonic();
    struct linux_timespec left = clock_timespec(deadline_ns > now ? deadline_ns - now : 0);
    return address ? user_write(uaddr(address), &left, sizeof(left)) : 0;
}

static long sleep_relative(nanos_t deadline_ns, uint64_t remaining);

static long resume_sleep(const struct restart_block *block)
{
    return sleep_relative(block->deadline_ns, block->address);
}

/* Interrupted: the guest learns what is left; without a handler the same deadline goes on. */
static long sleep_relative(nanos_t deadline_ns, uint64_t remaining)
{
    if (sleep_until(deadline_ns) == 0)
        return 0;
    if (write_remaining(remaining, deadline_ns) < 0)
        return -EFAULT;
    const struct restart_block block = {
        .resume = resume_sleep, .deadline_ns = deadline_ns, .address = remaining};
    return call_resume_later(&block);
}

/* A sleep until somebody has consumed so much. */
struct cpu_sleep {
    struct cpu_timer timer;
    struct thread *thread;
    bool over;
};

static void end_cpu_sleep(struct cpu_timer *timer, nanos_t now_ns)
{
    struct cpu_sleep *sleep = container_of(timer, struct cpu_sleep, timer);
    (void)now_ns;
    sleep->over = true;
    thread_wake(sleep->thread);
}

/* 0 or -EINTR; *left: how much was missing then. Caller holds process_mutex. */
static int sleep_on_cpu_clock(const struct cpu_clock *clock, nanos_t until_ns, nanos_t *left_ns)
{
    struct cpu_sleep sleep = {.timer = {.clock = *clock, .fire = end_cpu_sleep},
                              .thread = thread_self()};
    int slept = 0;

    cpu_timer_arm(&sleep.timer, until_ns);
    while (!sleep.over && slept == 0) {
        mutex_unlock(&process_mutex);
        slept = thread_sleep(NANOS_NEVER, true);
        mutex_lock(&process_mutex);
    }
    *left_ns = cpu_timer_left(&sleep.timer);
    cpu_timer_disarm(&sleep.timer);
    return sleep.over ? 0 : slept;
}

static long resume_cpu_sleep(const struct restart_block *block);

/* One's own thread's clock does not go on while one sleeps. */
static long cpu_sleep(uint32_t number, nanos_t at, bool absolute, uint64_t remaining)
{
    struct cpu_clock clock;
    nanos_t until_ns = at, left_ns = 0;

    if (number == CLOCK_THREAD_CPUTIME_ID)
        return -EOPNOTSUPP;
    mutex_lock(&process_mutex);
    int result = cpu_clock_find(number, &clock);
    if (result == 0 && clock.thread_id == thread_self()->tid)
        result = -EINVAL;
    if (result == 0 && !absolute)
        until_ns = clock_add(cpu_clock_now(&clock), at);
    if (result == 0)
        result = sleep_on_cpu_clock(&clock, until_ns, &left_ns);
    mutex_unlock(&process_mutex);
    if (result != -EINTR)
        return result;
    if (absolute)
        return -ERESTARTNOHAND;
    const struct linux_timespec left = clock_timespec(left_ns);
    if (remaining && user_write(uaddr(remaining), &left, sizeof(left)) < 0)
        return -EFAULT;
    const struct restart_block block = {
        .resume = resume_cpu_sleep, .deadline_ns = until_ns, .address = remaining, .value = number};
    return call_resume_later(&block);
}

static long resume_cpu_sleep(const struct restart_block *block)
{
    long result = cpu_sleep((uint32_t)block->value, block->deadline_ns, true, block->address);
    return result == -ERESTARTNOHAND ? call_resume_later(block) : result;
}

SYSCALL(nanosleep)
{
    nanos_t span;
    int error = clock_read_nanos(uaddr(args[0]), &span);
    return error < 0 ? error : sleep_relative(clock_add(time_now_monotonic(), span), args[1]);
}

SYSCALL(clock_nanosleep)
{
    nanos_t at, deadline_ns;
    int error = clock_read_nanos(uaddr(args[2]), &at);
    if (error < 0)
        return error;
    if (clock_is_of_cpu((uint32_t)args[0]))
        return cpu_sleep((uint32_t)args[0], at, args[1] & TIMER_ABSTIME, args[3]);
    error = clock_to_monotonic((uint32_t)args[0], at, &deadline_ns);
    if (error < 0)
        return error;
    if (!(args[1] & TIMER_ABSTIME))
        return sleep_relative(clock_add(time_now_monotonic(), at), args[3]);
    return sleep_until(deadline_ns) == 0 ? 0 : -ERESTARTNOHAND;
}
