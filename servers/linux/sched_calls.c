/*
 * sched_calls.c - sched_*: policies and priorities are kept and told; each processor is
 * shared out by the kernel, which knows one Sched for the world, so they have no effect. On which
 * processors a thread may run has: it moves (move.h). There is one memory node.
 *
 * Lock: process_mutex.
 */
#include "servers/linux/clock.h"
#include "servers/linux/may.h"
#include "servers/linux/move.h"
#include "servers/linux/process.h"
#include "servers/linux/sys.h"

#define SCHED_OTHER         0
#define SCHED_FIFO          1
#define SCHED_RR            2
#define SCHED_BATCH         3
#define SCHED_IDLE          5
#define SCHED_DEADLINE      6
#define SCHED_RESET_ON_FORK 0x40000000
#define PRIORITY_MAX        99
#define SLICE_NS            (100 * NANOS_PER_MS) /* sched_rr_timeslice */

#define ATTRIBUTES_FIRST_BYTES 48
#define FLAG_RESET_ON_FORK     1
#define NICE_MIN               (-20)
#define NICE_MAX               19

struct linux_sched_attr {
    uint32_t size;
    uint32_t policy;
    uint64_t flags;
    int32_t nice;
    uint32_t priority;
    uint64_t runtime;
    uint64_t deadline;
    uint64_t period;
};
STATIC_ASSERT(sizeof(struct linux_sched_attr) == ATTRIBUTES_FIRST_BYTES, "struct sched_attr");

static bool is_realtime(int policy) { return policy == SCHED_FIFO || policy == SCHED_RR; }

static bool is_ordinary(int policy)
{
    return policy == SCHED_OTHER || policy == SCHED_BATCH || policy == SCHED_IDLE;
}

/* 0: the caller. Caller holds process_mutex; NULL: no such. */
static struct thread *target(int tid) { return tid == 0 ? thread_self() : thread_find(tid); }

SYSCALL(sched_yield)
{
    (void)args;
    thread_yield();
    return 0;
}

/* ---- policies -------------------------------------------------------------------------------- */

static int check_policy(int policy, int priority)
{
    if (is_realtime(policy))
        return priority >= 1 && priority <= PRIORITY_MAX ? 0 : -EINVAL;
    return is_ordinary(policy) && priority == 0 ? 0 : -EINVAL;
}

/* Without CAP_SYS_NICE: own threads only, real-time priorities up to RLIMIT_RTPRIO. */
static int check_right(const struct thread *thread, int policy, int priority, bool resets)
{
    const struct process *process = thread->process;
    const uint64_t limit = process->limits[RLIMIT_RTPRIO].soft;

    if (current_has(CAP_SYS_NICE))
        return 0;
    if (is_realtime(policy) && ((policy != thread->policy && limit == 0) ||
                                (priority > thread->policy_priority && (uint64_t)priority > limit)))
        return -EPERM;
    if (thread->policy == SCHED_IDLE && policy != SCHED_IDLE &&
        !process_nice_allowed(process, process->nice))
        return -EPERM;
    if (thread->policy_resets && !resets)
        return -EPERM;
    return may_schedule(credentials_current(), &thread->context.credentials);
}

/* `policy` -1: as it is. */
static long set_policy(int tid, int policy, int priority)
{
    int status = -ESRCH;
    bool resets = policy >= 0 && (policy & SCHED_RESET_ON_FORK);

    mutex_lock(&process_mutex);
    struct thread *thread = target(tid);
    if (thread) {
        int wanted = policy < 0 ? thread->policy : policy & ~SCHED_RESET_ON_FORK;
        status = check_policy(wanted, priority);
        if (status == 0)
            status = check_right(thread, wanted, priority, policy < 0 || resets);
        if (status == 0) {
            thread->policy = wanted;
            thread->policy_priority = priority;
            thread->policy_resets = policy < 0 ? thread->policy_resets : resets;
        }
    }
    mutex_unlock(&process_mutex);
    return status;
}

static long set_from(const uint64_t args[6], int policy, uint64_t address)
{
    int32_t priority;

    if (address == 0 || arg_int(args[0]) < 0)
        return -EINVAL;
    if (user_read(&priority, uaddr(address), sizeof(priority)) < 0)
        return -EFAULT;
    return set_policy(arg_int(args[0]), policy, priority);
}

SYSCALL(sched_setscheduler)
{
    return arg_int(args[1]) < 0 ? -EINVAL : set_from(args, arg_int(args[1]), args[2]);
}

SYSCALL(sched_setparam) { return set_from(args, -1, args[1]); }

struct policy {
    int policy;
    int priority;
    bool resets;
    int nice;
};

static int read_policy(int tid, struct policy *told)
{
    if (tid < 0)
        return -EINVAL;
    mutex_lock(&process_mutex);
    const struct thread *thread = target(tid);
    if (thread)
        *told = (struct policy){thread->policy, thread->policy_priority, thread->policy_resets,
                                thread->process->nice};
    mutex_unlock(&process_mutex);
    return thread ? 0 : -ESRCH;
}

SYSCALL(sched_getscheduler)
{
    struct policy told;
    int status = read_policy(arg_int(args[0]), &told);
    return status < 0 ? status : told.policy | (told.resets ? SCHED_RESET_ON_FORK : 0);
}

SYSCALL(sched_getparam)
{
    struct policy told;
    int status = args[1] == 0 ? -EINVAL : read_policy(arg_int(args[0]), &told);
    if (status < 0)
        return status;
    const int32_t priority = told.priority;
    return user_write(uaddr(args[1]), &priority, sizeof(priority));
}

SYSCALL(sched_rr_get_interval)
{
    struct policy told;
    int status = read_policy(arg_int(args[0]), &told);
    if (status < 0)
        return status;
    struct linux_timespec slice = clock_timespec(told.policy == SCHED_FIFO ? 0 : SLICE_NS);
    return user_write(uaddr(args[1]), &slice, sizeof(slice));
}

static long priority_bound(uint64_t policy, long of_realtime)
{
    if (is_realtime((int)policy))
        return of_realtime;
    return is_ordinary((int)policy) || policy == SCHED_DEADLINE ? 0 : -EINVAL;
}

SYSCALL(sched_get_priority_max) { return priority_bound((uint32_t)args[0], PRIORITY_MAX); }

SYSCALL(sched_get_priority_min) { return priority_bound((uint32_t)args[0], 1); }

/* ---- attributes --------------------------------------------------------------------------------
 */

SYSCALL(sched_getattr)
{
    struct policy told;
    uint32_t bytes = (uint32_t)args[2];

    if (args[3] != 0 || bytes < ATTRIBUTES_FIRST_BYTES || bytes > PAGE_BYTES)
        return -EINVAL;
    int status = read_policy(arg_int(args[0]), &told);
    if (status < 0)
        return status;
    const struct linux_sched_attr attributes = {.size = sizeof(attributes),
                                                .policy = (uint32_t)told.policy,
                                                .flags = told.resets ? FLAG_RESET_ON_FORK : 0,
                                                .nice = told.nice,
                                                .priority = (uint32_t)told.priority};
    return user_write(uaddr(args[1]), &attributes, sizeof(attributes));
}

SYSCALL(sched_setattr)
{
    struct linux_sched_attr given;

    if (args[2] != 0)
        return -EINVAL;
    if (user_read(&given, uaddr(args[1]), sizeof(given)) < 0)
        return -EFAULT;
    if (given.size != 0 && given.size < sizeof(given))
        return -EINVAL;
    if ((given.flags & ~(uint64_t)FLAG_RESET_ON_FORK) || given.nice < NICE_MIN ||
        given.nice > NICE_MAX || given.policy > SCHED_DEADLINE)
        return -EINVAL;
    if (given.policy == SCHED_DEADLINE)
        return -EPERM; /* no bandwidth to promise */
    int policy = (int)given.policy | (given.flags ? SCHED_RESET_ON_FORK : 0);
    return set_policy(arg_int(args[0]), policy, (int)given.priority);
}

/* ---- processors and nodes
 * ------------------------------------------------------------------------ */

/* As many bytes as there are processors, in whole words: more the caller's buffer need not have. */
#define MASK_BYTES sizeof(uint64_t)

SYSCALL(sched_getaffinity)
{
    if (args[1] < MASK_BYTES || args[1] % MASK_BYTES)
        return -EINVAL;
    mutex_lock(&process_mutex);
    const struct thread *thread = target(arg_int(args[0]));
    const uint64_t mask = thread ? thread_affinity(thread) : 0;
    mutex_unlock(&process_mutex);
    if (!thread)
        return -ESRCH;
    return user_write(uaddr(args[2]), &mask, MASK_BYTES) < 0 ? -EFAULT : (long)MASK_BYTES;
}

/* Caller holds process_mutex. */
static int set_affinity(struct thread *thread, uint64_t mask)
{
    if (!thread)
        return -ESRCH;
    int status = may_schedule(credentials_current(), &thread->context.credentials);
    if (status < 0)
        return status;
    if (!(mask & processors_all()))
        return -EINVAL;
    __atomic_store_n(&thread->affinity, mask & processors_all(), __ATOMIC_RELAXED);
    if (thread != thread_self())
        thread_interrupt(thread, WORK_MOVE);
    return 0;
}

SYSCALL(sched_setaffinity)
{
    uint64_t mask = 0;
    if (user_read(&mask, uaddr(args[2]), args[1] < sizeof(mask) ? args[1] : sizeof(mask)) < 0)
        return -EFAULT;
    mutex_lock(&process_mutex);
    int status = set_affinity(target(arg_int(args[0])), mask);
    mutex_unlock(&process_mutex);
    move_if_needed(thread_self());
    return status;
}

SYSCALL(getcpu)
{
    const uint32_t node = 0, processor = thread_processor(thread_self());
    if (args[0] && user_write(uaddr(args[0]), &processor, sizeof(processor)) < 0)
        return -EFAULT;
    return args[1] ? user_write(uaddr(args[1]), &node, sizeof(node)) : 0;
}

#define MPOL_MODE_MAX   5
#define MPOL_MODE_FLAGS 0xe000u
#define MPOL_F_KNOWN    7u
#define MPOL_F_ADDR     2u

/* The one node there is, or none. */
static int check_nodes(uint64_t address, uint64_t bits)
{
    uint64_t nodes = 0;

    if (address == 0 || bits <= 1)
        return 0;
    if (user_read(&nodes, uaddr(address), sizeof(nodes)) < 0)
        return -EFAULT;
    return nodes & ~UINT64_C(1) ? -EINVAL : 0;
}

SYSCALL(set_mempolicy)
{
    if (((uint32_t)args[0] & ~MPOL_MODE_FLAGS) > MPOL_MODE_MAX)
        return -EINVAL;
    return check_nodes(args[1], args[2]);
}

SYSCALL(get_mempolicy)
{
    const uint32_t mode = 0; /* the default, or node 0 */
    const uint64_t nodes = args[4] == 0 ? 0 : 1;

    if (args[4] & ~(uint64_t)MPOL_F_KNOWN || (!(args[4] & MPOL_F_ADDR) && args[3] != 0))
        return -EINVAL;
    if (args[0] && user_write(uaddr(args[0]), &mode, sizeof(mode)) < 0)
        return -EFAULT;
    if (args[1] && args[2] > 1 && user_write(uaddr(args[1]), &nodes, sizeof(nodes)) < 0)
        return -EFAULT;
    return 0;
}
