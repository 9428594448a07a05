/*
 * limit_calls.c - resource limits, resource usage and priorities.
 *
 * Limits are kept per process and obeyed where a comment says who obeys them; the scheduler is the
 * kernel's, so policies and priorities are only remembered.
 */
#include "servers/linux/clock.h"
#include "servers/linux/may.h"
#include "servers/linux/mm.h"
#include "servers/linux/objects.h"
#include "servers/linux/rusage.h"
#include "servers/linux/signal.h"
#include "servers/linux/sys.h"
#include "servers/linux/thread.h"

#define STACK_LIMIT   (8ull << 20)
#define FILES_LIMIT   1024
#define LOCKED_LIMIT  (8ull << 20)
#define SIGNALS_LIMIT 1024
#define QUEUE_LIMIT   819200

#define RUSAGE_SELF     0
#define RUSAGE_CHILDREN (-1)
#define RUSAGE_THREAD   1

#define PRIO_PROCESS 0
#define PRIO_GROUP   1
#define PRIO_USER    2
#define NICE_MIN     (-20)
#define NICE_MAX     19

void process_limits_default(struct rlimit limits[RLIM_NLIMITS])
{
    uint64_t threads = objects_thread_limit();

    for (unsigned i = 0; i < RLIM_NLIMITS; i++)
        limits[i] = (struct rlimit){RLIM_INFINITY, RLIM_INFINITY};
    limits[RLIMIT_STACK] = (struct rlimit){STACK_LIMIT, RLIM_INFINITY};
    limits[RLIMIT_CORE] = (struct rlimit){0, RLIM_INFINITY};
    limits[RLIMIT_NPROC] = (struct rlimit){threads, threads};
    limits[RLIMIT_NOFILE] = (struct rlimit){FILES_LIMIT, FD_COUNT_MAX};
    limits[RLIMIT_MEMLOCK] = (struct rlimit){LOCKED_LIMIT, LOCKED_LIMIT};
    limits[RLIMIT_SIGPENDING] = (struct rlimit){SIGNALS_LIMIT, SIGNALS_LIMIT};
    limits[RLIMIT_MSGQUEUE] = (struct rlimit){QUEUE_LIMIT, QUEUE_LIMIT};
    limits[RLIMIT_NICE] = (struct rlimit){0, 0};
    limits[RLIMIT_RTPRIO] = (struct rlimit){0, 0};
}

/* Caller holds process_mutex. */
static int set_limit(struct rlimit *limit, const struct rlimit *to)
{
    if (to->soft > to->hard)
        return -EINVAL;
    if (to->hard > limit->hard && !current_has(CAP_SYS_RESOURCE))
        return -EPERM;
    *limit = *to;
    return 0;
}

static long exchange_limit(int pid, uint32_t resource, uint64_t new_address, uint64_t old_address)
{
    struct rlimit to, old = {0, 0};
    int error = -ESRCH;

    if (resource >= RLIM_NLIMITS)
        return -EINVAL;
    if (new_address && user_read(&to, uaddr(new_address), sizeof(to)) < 0)
        return -EFAULT;
    if (new_address && resource == RLIMIT_NOFILE && to.hard > FD_COUNT_MAX)
        return -EPERM;
    mutex_lock(&process_mutex);
    struct process *process = pid == 0 ? process_current() : process_find(pid);
    if (process && process != process_current())
        error = may_limit(credentials_current(), process_credentials(process));
    else if (process)
        error = 0;
    if (error == 0) {
        old = process->limits[resource];
        error = new_address ? set_limit(&process->limits[resource], &to) : 0;
        if (error == 0 && new_address && resource == RLIMIT_CPU)
            cpu_limit_changed(process);
    }
    mutex_unlock(&process_mutex);
    if (error < 0)
        return error;
    return old_address ? user_write(uaddr(old_address), &old, sizeof(old)) : 0;
}

SYSCALL(prlimit64) { return exchange_limit(arg_int(args[0]), (uint32_t)args[1], args[2], args[3]); }

SYSCALL(getrlimit) { return exchange_limit(0, (uint32_t)args[0], 0, args[1]); }

SYSCALL(setrlimit)
{
    return args[1] == 0 ? -EFAULT : exchange_limit(0, (uint32_t)args[0], args[1], 0);
}

SYSCALL(getrusage)
{
    struct process *process = process_current();
    struct usage of;

    mutex_lock(&process_mutex);
    switch (arg_int(args[0])) {
    case RUSAGE_SELF:
        of = usage_of_process(process);
        break;
    case RUSAGE_CHILDREN:
        of = process->waited_children;
        break;
    case RUSAGE_THREAD:
        of = usage_of_thread(thread_self());
        of.peak_pages = mm_peak_resident(thread_self()->mm);
        break;
    default:
        mutex_unlock(&process_mutex);
        return -EINVAL;
    }
    mutex_unlock(&process_mutex);
    struct linux_rusage usage = rusage_of(&of);
    return user_write(uaddr(args[1]), &usage, sizeof(usage));
}

/* ---- priorities ------------------------------------------------------------------------------ */

/* A thread's number names its process, whose threads have one priority here. Caller holds
   process_mutex. */
static bool is_meant(const struct process *process, uint64_t which, int who)
{
    const struct thread *thread;

    switch (which) {
    case PRIO_PROCESS:
        if (who == 0)
            return process == process_current();
        thread = thread_find(who);
        return thread ? thread->process == process : process->id == who;
    case PRIO_GROUP:
        return process->group == (who ? who : process_current()->group);
    default:
        return process_credentials(process)->uid ==
               (who ? (uint32_t)who : credentials_current()->uid);
    }
}

bool process_nice_allowed(const struct process *process, int nice)
{
    return (uint64_t)(20 - nice) <= process->limits[RLIMIT_NICE].soft || nice >= process->nice;
}

static int set_nice(struct process *process, int nice)
{
    int status = may_renice(credentials_current(), process_credentials(process),
                            process_nice_allowed(process, nice));

    if (status == 0)
        process->nice = nice;
    return status;
}

SYSCALL(getpriority)
{
    long result = -ESRCH;

    if ((uint32_t)args[0] > PRIO_USER)
        return -EINVAL;
    mutex_lock(&process_mutex);
    list_for_each (link, &process_list) {
        const struct process *process = list_entry(link, struct process, all_link);
        if (is_meant(process, (uint32_t)args[0], arg_int(args[1])) && 20 - process->nice > result)
            result = 20 - process->nice;
    }
    mutex_unlock(&process_mutex);
    return result;
}

/* The last refusal is the answer, whatever could be done before. */
SYSCALL(setpriority)
{
    int nice = arg_int(args[2]);
    long result = -ESRCH;

    if ((uint32_t)args[0] > PRIO_USER)
        return -EINVAL;
    nice = nice < NICE_MIN ? NICE_MIN : nice > NICE_MAX ? NICE_MAX : nice;
    mutex_lock(&process_mutex);
    list_for_each (link, &process_list) {
        struct process *process = list_entry(link, struct process, all_link);
        if (!is_meant(process, (uint32_t)args[0], arg_int(args[1])))
            continue;
        int status = set_nice(process, nice);
        if (status < 0 || result == -ESRCH)
            result = status;
    }
    mutex_unlock(&process_mutex);
    return result;
}
