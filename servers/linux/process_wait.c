/*
 * process_wait.c - wait4 and waitid.
 *
 * A waiter sleeps on its process's child_wait; whoever changes a child's state wakes it. All
 * looking is under process_mutex; results are copied to the guest after it.
 */
#include "servers/linux/pidfd.h"
#include "servers/linux/rusage.h"
#include "servers/linux/signal.h"
#include "servers/linux/sys.h"

#define WNOHANG    0x00000001u
#define WUNTRACED  0x00000002u
#define WEXITED    0x00000004u
#define WCONTINUED 0x00000008u
#define WNOWAIT    0x01000000u
#define WNOTHREAD  0x20000000u
#define WALL       0x40000000u
#define WCLONE     0x80000000u
#define WSTOPPED   WUNTRACED

#define P_ALL   0
#define P_PID   1
#define P_PGID  2
#define P_PIDFD 3

#define STATUS_STOPPED(signo) ((signo) << 8 | 0x7f)
#define STATUS_CONTINUED      0xffff

struct wanted {
    int kind; /* P_* */
    int number;
    uint32_t options;
};

struct found {
    int pid;
    uint32_t uid;
    int code;   /* CLD_* */
    int status; /* as wait4 reports it */
    struct usage usage;
};

static bool matches(const struct process *child, const struct wanted *wanted)
{
    bool is_clone = child->exit_signal != SIGCHLD;
    if (!(wanted->options & WALL) && is_clone != ((wanted->options & WCLONE) != 0))
        return false;
    if (wanted->kind == P_PID)
        return child->id == wanted->number;
    return wanted->kind == P_ALL || child->group == wanted->number;
}

static void take_zombie(struct process *child, bool keep, struct found *found)
{
    struct process *parent = child->parent;

    found->code = child->exit_status & 0x7f ? CLD_KILLED : CLD_EXITED;
    found->status = child->exit_status;
    found->usage = usage_of_process(child);
    usage_add(&found->usage, &child->waited_children);
    if (keep)
        return;
    usage_add(&parent->waited_children, &found->usage);
    usage_add_io(&parent->ended_io, &child->ended_io);
    process_reap(child);
}

/* Something to report about this child, now? */
static bool take(struct process *child, uint32_t options, struct found *found)
{
    bool keep = options & WNOWAIT;

    found->pid = child->id;
    found->uid = process_credentials(child)->uid;
    if (child->state == PROCESS_ZOMBIE) {
        if (!(options & WEXITED))
            return false;
        take_zombie(child, keep, found);
        return true;
    }
    if (options & WUNTRACED && child->stopped && !child->stop_reported) {
        child->stop_reported = !keep;
        found->code = CLD_STOPPED;
        found->status = STATUS_STOPPED(child->stop_signal);
        return true;
    }
    if (options & WCONTINUED && child->continued) {
        child->continued = keep;
        found->code = CLD_CONTINUED;
        found->status = STATUS_CONTINUED;
        return true;
    }
    return false;
}

/* pid of the child found, 0 if none has changed, -ECHILD if none can. Holds process_mutex. */
static int look(struct process *process, const struct wanted *wanted, struct found *found)
{
    int result = -ECHILD;

    list_for_each (link, &process->children) {
        struct process *child = list_entry(link, struct process, sibling);
        if (!matches(child, wanted))
            continue;
        if (take(child, wanted->options, found))
            return found->pid;
        result = 0;
    }
    return result;
}

static int wait_for_child(const struct wanted *wanted, struct found *found)
{
    struct process *process = process_current();
    int slept = 0;

    mutex_lock(&process_mutex);
    int pid = look(process, wanted, found);
    while (pid == 0 && !(wanted->options & WNOHANG) && slept == 0) {
        slept = wait_on(&process->child_wait, &process_mutex, NANOS_NEVER);
        pid = look(process, wanted, found);
    }
    mutex_unlock(&process_mutex);
    return pid == 0 && slept < 0 ? -ERESTARTSYS : pid;
}

static long write_rusage(uint64_t address, const struct found *found)
{
    struct linux_rusage usage = rusage_of(&found->usage);
    return address ? user_write(uaddr(address), &usage, sizeof(usage)) : 0;
}

SYSCALL(wait4)
{
    int target = arg_int(args[0]);
    uint32_t options = (uint32_t)args[2];
    struct wanted wanted = {.kind = P_ALL, .options = options | WEXITED};
    struct found found = {0};

    if (options & ~(WNOHANG | WUNTRACED | WCONTINUED | WNOTHREAD | WALL | WCLONE))
        return -EINVAL;
    if (target == INT32_MIN)
        return -ESRCH;
    if (target > 0) {
        wanted.kind = P_PID;
        wanted.number = target;
    } else if (target != -1) {
        wanted.kind = P_PGID;
        wanted.number = target == 0 ? process_current_group() : -target;
    }
    int pid = wait_for_child(&wanted, &found);
    if (pid <= 0)
        return pid;
    int32_t status = found.status;
    if (args[1] != 0 && user_write(uaddr(args[1]), &status, sizeof(status)) < 0)
        return -EFAULT;
    return write_rusage(args[3], &found) < 0 ? -EFAULT : pid;
}

static long write_child_info(uint64_t address, const struct found *found)
{
    struct signal_info info = {.signo = SIGCHLD,
                               .code = found->code,
                               .kind = INFO_CHILD,
                               .pid = found->pid,
                               .uid = found->uid};
    uint8_t encoded[SIGINFO_BYTES];

    if (found->pid == 0)
        info = (struct signal_info){.kind = INFO_CHILD};
    else if (found->code == CLD_EXITED || found->code == CLD_STOPPED)
        info.status = found->status >> 8 & 0xff;
    else
        info.status = found->code == CLD_CONTINUED ? SIGCONT : found->status & 0x7f;
    signal_info_encode(&info, encoded);
    return address ? user_write(uaddr(address), encoded, sizeof(encoded)) : 0;
}

static long wait_and_tell(const struct wanted *wanted, const uint64_t args[6])
{
    struct found found = {0};
    int pid = wait_for_child(wanted, &found);

    if (pid < 0)
        return pid;
    if (pid == 0)
        found.pid = 0;
    if (write_child_info(args[2], &found) < 0)
        return -EFAULT;
    return write_rusage(args[4], &found) < 0 ? -EFAULT : pid;
}

/* A descriptor that does not block says EAGAIN where WNOHANG would say nothing. */
static long wait_for_pidfd(struct wanted *wanted, const uint64_t args[6])
{
    bool nonblocking;
    bool asked = wanted->options & WNOHANG;

    wanted->number = pidfd_process_id(wanted->number, &nonblocking);
    if (wanted->number < 0)
        return wanted->number;
    wanted->kind = P_PID;
    if (nonblocking)
        wanted->options |= WNOHANG;
    long result = wait_and_tell(wanted, args);
    return result == 0 && nonblocking && !asked ? -EAGAIN : result;
}

SYSCALL(waitid)
{
    struct wanted wanted = {
        .kind = arg_int(args[0]), .number = arg_int(args[1]), .options = (uint32_t)args[3]};
    const uint32_t all =
        WNOHANG | WSTOPPED | WEXITED | WCONTINUED | WNOWAIT | WNOTHREAD | WALL | WCLONE;

    if (wanted.options & ~all || !(wanted.options & (WEXITED | WSTOPPED | WCONTINUED)))
        return -EINVAL;
    if (wanted.kind < P_ALL || wanted.kind > P_PIDFD ||
        (wanted.kind == P_PID && wanted.number <= 0))
        return -EINVAL;
    if (wanted.kind == P_PGID && wanted.number == 0)
        wanted.number = process_current_group();
    long result =
        wanted.kind == P_PIDFD ? wait_for_pidfd(&wanted, args) : wait_and_tell(&wanted, args);
    return result > 0 ? 0 : result;
}
