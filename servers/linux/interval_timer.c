/*
 * interval_timer.c - alarm, setitimer, getitimer; see interval_timer.h.
 */
#include "servers/linux/interval_timer.h"

#include "servers/linux/clock.h"
#include "servers/linux/process.h"
#include "servers/linux/signal.h"
#include "servers/linux/sys.h"

enum interval_kind { ITIMER_REAL, ITIMER_VIRTUAL, ITIMER_PROF };

struct linux_itimerval {
    struct linux_timeval interval;
    struct linux_timeval value;
};

/* What is left, and what then begins again; 0: nothing. */
struct interval {
    nanos_t value_ns;
    nanos_t interval_ns;
};

static void send(struct process *process, int signo)
{
    const struct signal_info info = {.signo = signo, .code = SI_KERNEL, .kind = INFO_KILL};
    signal_send_to_process(process, &info);
}

static void real_fire(struct timer *timer)
{
    struct process *process = container_of(timer, struct process, interval_timers.real);
    nanos_t interval_ns = process->interval_timers.real_interval_ns;
    uint64_t missed;

    if (interval_ns != 0)
        timer_arm(timer, clock_next_period(timer->deadline_ns, interval_ns, &missed));
    send(process, SIGALRM);
}

static void cpu_fire(struct cpu_timer *timer, nanos_t now_ns)
{
    struct cpu_interval *interval = container_of(timer, struct cpu_interval, timer);
    uint64_t missed;

    if (interval->interval_ns != 0)
        cpu_timer_arm_again(
            timer, clock_period_after(timer->expires_ns, interval->interval_ns, now_ns, &missed));
    send(timer->clock.process, interval->signo);
}

void interval_timers_init(struct process *process)
{
    struct interval_timers *timers = &process->interval_timers;

    timers->real.fire = real_fire;
    timers->user = (struct cpu_interval){
        .timer = {.clock = {.process = process, .user_only = true}, .fire = cpu_fire},
        .signo = SIGVTALRM};
    timers->all = (struct cpu_interval){.timer = {.clock = {.process = process}, .fire = cpu_fire},
                                        .signo = SIGPROF};
}

void interval_timers_stop(struct process *process)
{
    timer_disarm(&process->interval_timers.real);
    cpu_timer_disarm(&process->interval_timers.user.timer);
    cpu_timer_disarm(&process->interval_timers.all.timer);
}

/* ---- the calls ------------------------------------------------------------------------------ */

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

static nanos_t real_left(const struct timer *timer)
{
    nanos_t now = time_now_monotonic();
    if (!timer_armed(timer))
        return 0;
    return timer->deadline_ns > now ? timer->deadline_ns - now : 1;
}

static struct cpu_interval *cpu_interval_of(struct interval_timers *timers, enum interval_kind kind)
{
    return kind == ITIMER_VIRTUAL ? &timers->user : &timers->all;
}

static struct interval state_of(struct interval_timers *timers, enum interval_kind kind)
{
    if (kind == ITIMER_REAL)
        return (struct interval){real_left(&timers->real), timers->real_interval_ns};
    const struct cpu_interval *cpu = cpu_interval_of(timers, kind);
    return (struct interval){cpu_timer_left(&cpu->timer), cpu->interval_ns};
}

static void set_real(struct interval_timers *timers, const struct interval *to)
{
    timers->real_interval_ns = to->interval_ns;
    if (to->value_ns != 0)
        timer_arm(&timers->real, clock_add(time_now_monotonic(), to->value_ns));
    else
        timer_disarm(&timers->real);
}

static void set_cpu(struct cpu_interval *cpu, const struct interval *to)
{
    cpu->interval_ns = to->interval_ns;
    if (to->value_ns != 0)
        cpu_timer_arm(&cpu->timer, clock_add(cpu_clock_now(&cpu->timer.clock), to->value_ns));
    else
        cpu_timer_disarm(&cpu->timer);
}

/* What it was. */
static struct interval exchange(enum interval_kind kind, const struct interval *to)
{
    struct interval_timers *timers = &process_current()->interval_timers;

    mutex_lock(&process_mutex);
    const struct interval old = state_of(timers, kind);
    if (kind == ITIMER_REAL)
        set_real(timers, to);
    else
        set_cpu(cpu_interval_of(timers, kind), to);
    mutex_unlock(&process_mutex);
    return old;
}

SYSCALL(alarm)
{
    const struct interval to = {(uint32_t)args[0] * NANOS_PER_S, 0};
    const struct interval old = exchange(ITIMER_REAL, &to);
    return (long)((old.value_ns + NANOS_PER_S - 1) / NANOS_PER_S);
}

static long write_interval(uint64_t address, const struct interval *interval)
{
    const struct linux_itimerval value = {timeval_of(interval->interval_ns),
                                          timeval_of(interval->value_ns)};
    return user_write(uaddr(address), &value, sizeof(value));
}

SYSCALL(setitimer)
{
    struct linux_itimerval given = {0};
    struct interval to;

    if (args[1] && user_read(&given, uaddr(args[1]), sizeof(given)) < 0)
        return -EFAULT;
    if (nanos_of_timeval(&given.value, &to.value_ns) < 0 ||
        nanos_of_timeval(&given.interval, &to.interval_ns) < 0 || (uint32_t)args[0] > ITIMER_PROF)
        return -EINVAL;
    const struct interval old = exchange((enum interval_kind)(uint32_t)args[0], &to);
    return args[2] ? write_interval(args[2], &old) : 0;
}

SYSCALL(getitimer)
{
    if ((uint32_t)args[0] > ITIMER_PROF)
        return -EINVAL;
    mutex_lock(&process_mutex);
    const struct interval now =
        state_of(&process_current()->interval_timers, (enum interval_kind)(uint32_t)args[0]);
    mutex_unlock(&process_mutex);
    return write_interval(args[1], &now);
}
