/*
 * system_calls.c - what kind of system this is, and the small switches of a process: uname,
 * sysinfo, prctl, personality.
 */
#include "lib/base/string.h"
#include "machine/identity.h"
#include "servers/linux/iter.h"
#include "servers/linux/kmsg.h"
#include "servers/linux/machine.h"
#include "servers/linux/memory.h"
#include "servers/linux/process.h"
#include "servers/linux/seccomp.h"
#include "servers/linux/signal.h"
#include "servers/linux/sys.h"
#include "servers/linux/system.h"

#define NAME_FIELD SYSTEM_NAME_BYTES

struct linux_utsname {
    char sysname[NAME_FIELD];
    char nodename[NAME_FIELD];
    char release[NAME_FIELD];
    char version[NAME_FIELD];
    char machine[NAME_FIELD];
    char domainname[NAME_FIELD];
};

struct linux_sysinfo {
    int64_t uptime;
    uint64_t loads[3];
    uint64_t totalram;
    uint64_t freeram;
    uint64_t sharedram;
    uint64_t bufferram;
    uint64_t totalswap;
    uint64_t freeswap;
    uint16_t procs;
    uint16_t padding;
    uint32_t padding2;
    uint64_t totalhigh;
    uint64_t freehigh;
    uint32_t mem_unit;
    uint32_t padding3;
};
#define SYSLOG_CLOSE       0
#define SYSLOG_OPEN        1
#define SYSLOG_READ_ALL    3
#define SYSLOG_READ_CLEAR  4
#define SYSLOG_CLEAR       5
#define SYSLOG_SIZE_BUFFER 10

#define SYSINFO_SHIFT 5 /* loads in 1/65536; SI_LOAD_SHIFT less that of LOAD_ONE */
STATIC_ASSERT(LOAD_ONE << SYSINFO_SHIFT == 1u << 16, "loads of sysinfo");
STATIC_ASSERT(sizeof(struct linux_sysinfo) == 112, "struct sysinfo");

#define PR_SET_PDEATHSIG       1
#define PR_GET_PDEATHSIG       2
#define PR_GET_DUMPABLE        3
#define PR_SET_DUMPABLE        4
#define PR_GET_TIMING          13
#define PR_SET_TIMING          14
#define PR_GET_SECCOMP         21
#define PR_SET_SECCOMP         22
#define PR_SET_TIMERSLACK      29
#define PR_GET_TIMERSLACK      30
#define PR_SET_NAME            15
#define PR_GET_NAME            16
#define PR_SET_CHILD_SUBREAPER 36
#define PR_GET_CHILD_SUBREAPER 37
#define PR_GET_TID_ADDRESS     40
#define PR_GET_THP_DISABLE     42

static struct {
    struct mutex mutex;
    char host[NAME_FIELD];
    char domain[NAME_FIELD];
} names = {.mutex = MUTEX_OF(LOCK_NAMES), .host = "corm", .domain = "(none)"};

static void copy_name(char to[NAME_FIELD], const char *from)
{
    memset(to, 0, NAME_FIELD);
    memcpy(to, from, strlen(from));
}

void system_host_name(char to[NAME_FIELD])
{
    mutex_lock(&names.mutex);
    copy_name(to, names.host);
    mutex_unlock(&names.mutex);
}

void system_domain_name(char to[NAME_FIELD])
{
    mutex_lock(&names.mutex);
    copy_name(to, names.domain);
    mutex_unlock(&names.mutex);
}

int system_set_host_name(const char *name, size_t length)
{
    if (length >= NAME_FIELD)
        return -EINVAL;
    mutex_lock(&names.mutex);
    memset(names.host, 0, sizeof(names.host));
    memcpy(names.host, name, length);
    mutex_unlock(&names.mutex);
    return 0;
}

SYSCALL(uname)
{
    struct linux_utsname value;

    copy_name(value.sysname, "Linux");
    copy_name(value.release, SYSTEM_RELEASE);
    copy_name(value.version, SYSTEM_VERSION);
    copy_name(value.machine, MACHINE_NAME);
    mutex_lock(&names.mutex);
    copy_name(value.nodename, names.host);
    copy_name(value.domainname, names.domain);
    mutex_unlock(&names.mutex);
    return user_write(uaddr(args[0]), &value, sizeof(value));
}

static long set_name(char *name, uint64_t address, uint64_t length)
{
    char fresh[NAME_FIELD] = {0};

    if (!current_has(CAP_SYS_ADMIN))
        return -EPERM;
    if (length >= NAME_FIELD)
        return -EINVAL;
    if (user_read(fresh, uaddr(address), length) < 0)
        return -EFAULT;
    mutex_lock(&names.mutex);
    memcpy(name, fresh, sizeof(fresh));
    mutex_unlock(&names.mutex);
    return 0;
}

SYSCALL(sethostname) { return set_name(names.host, args[0], args[1]); }

SYSCALL(setdomainname) { return set_name(names.domain, args[0], args[1]); }

SYSCALL(sysinfo)
{
    struct page_totals totals;
    struct usage_totals used;

    page_totals_read(&totals);
    mutex_lock(&process_mutex);
    usage_totals_read(&used);
    mutex_unlock(&process_mutex);
    const struct linux_sysinfo info = {
        .loads = {(uint64_t)used.load[0] << SYSINFO_SHIFT, (uint64_t)used.load[1] << SYSINFO_SHIFT,
                  (uint64_t)used.load[2] << SYSINFO_SHIFT},
        .uptime = (int64_t)(time_now_monotonic() / NANOS_PER_S),
        .totalram = totals.total * PAGE_BYTES,
        .freeram = totals.free * PAGE_BYTES,
        .procs = (uint16_t)thread_totals_read().running,
        .mem_unit = 1,
    };
    return user_write(uaddr(args[0]), &info, sizeof(info));
}

/* ---- prctl -------------------------------------------------------------------------------- */

static long set_thread_name(struct thread *thread, uint64_t address)
{
    char name[THREAD_NAME_BYTES] = {0};
    long length = user_read_string(name, uaddr(address), sizeof(name));
    if (length < 0 && length != -ENAMETOOLONG)
        return length;
    name[sizeof(name) - 1] = 0;
    mutex_lock(&process_mutex);
    memcpy(thread->name, name, sizeof(name));
    mutex_unlock(&process_mutex);
    return 0;
}

static long write_int(uint64_t address, int32_t value)
{
    return user_write(uaddr(address), &value, sizeof(value));
}

SYSCALL(prctl)
{
    struct thread *thread = thread_self();
    struct process *process = thread->process;
    long result;

    if (credentials_prctl(args, &result)) {
        if (arg_int(args[0]) == PR_GET_NO_NEW_PRIVS && result == 0)
            result = seccomp_no_new_privileges(thread);
        return result;
    }
    switch (arg_int(args[0])) {
    case PR_SET_NAME:
        return set_thread_name(thread, args[1]);
    case PR_GET_NAME:
        return user_write(uaddr(args[1]), thread->name, sizeof(thread->name));
    case PR_SET_PDEATHSIG:
        if (args[1] > SIGNAL_COUNT)
            return -EINVAL;
        process->parent_death_signal = (int)args[1];
        return 0;
    case PR_GET_PDEATHSIG:
        return write_int(args[1], process->parent_death_signal);
    case PR_GET_DUMPABLE:
        return process->dumpable;
    case PR_SET_DUMPABLE:
        if (args[1] > 1)
            return -EINVAL;
        process->dumpable = (int)args[1];
        return 0;
    case PR_SET_CHILD_SUBREAPER:
        process->is_subreaper = args[1] != 0;
        return 0;
    case PR_GET_CHILD_SUBREAPER:
        return write_int(args[1], process->is_subreaper);
    case PR_GET_SECCOMP:
        return seccomp_mode(thread);
    case PR_SET_SECCOMP:
        return seccomp_set(args[1], args[2]);
    case PR_GET_THP_DISABLE:
    case PR_GET_TIMING:
        return 0;
    case PR_SET_TIMING:
        return args[1] == 0 ? 0 : -EINVAL;
    case PR_GET_TID_ADDRESS:
        return user_write(uaddr(args[1]), &thread->clear_child_tid,
                          sizeof(thread->clear_child_tid));
    case PR_SET_TIMERSLACK:
        thread->timer_slack_ns = args[1];
        return 0;
    case PR_GET_TIMERSLACK:
        return thread->timer_slack_ns ? (long)thread->timer_slack_ns : TIMER_SLACK_NS;
    default:
        return machine_prctl(args);
    }
}

/* Kept for whoever asks; ADDR_NO_RANDOMIZE and its like have no effect. */
SYSCALL(personality)
{
    struct process *process = process_current();
    long old = (long)process->personality;
    if ((uint32_t)args[0] != UINT32_MAX)
        process->personality = (uint32_t)args[0];
    return old;
}

/* The log of the world (kmsg.c); that of the machine is not the guests' to read. As with
   kernel.dmesg_restrict = 1. */
SYSCALL(syslog)
{
    struct iter to = iter_of_user(args[1], (uint32_t)args[2]);

    if (arg_int(args[0]) < 0 || arg_int(args[0]) > SYSLOG_SIZE_BUFFER)
        return -EINVAL;
    if (!current_has(CAP_SYSLOG))
        return -EPERM;
    switch (arg_int(args[0])) {
    case SYSLOG_CLOSE:
    case SYSLOG_OPEN:
        return 0;
    case SYSLOG_READ_ALL:
    case SYSLOG_READ_CLEAR:
        if (args[1] == 0 || arg_int(args[2]) < 0)
            return -EINVAL;
        return kmsg_read_all(&to, arg_int(args[0]) == SYSLOG_READ_CLEAR);
    case SYSLOG_CLEAR:
        kmsg_clear();
        return 0;
    case SYSLOG_SIZE_BUFFER:
        return KMSG_BYTES;
    default:
        return -EINVAL;
    }
}
