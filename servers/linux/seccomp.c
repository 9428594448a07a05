/*
 * seccomp.c - see seccomp.h. A thread's filters are a chain, the newest first, which threads and
 * children share; all are asked, and the strictest answer counts.
 */
#include "servers/linux/seccomp.h"

#include "machine/identity.h"
#include "servers/linux/dispatch.h"
#include "servers/linux/process.h"
#include "servers/linux/seccomp_filter.h"
#include "servers/linux/signal.h"
#include "servers/linux/sys.h"
#include "servers/linux/syscall_numbers.h"

#define SET_MODE_STRICT  0
#define SET_MODE_FILTER  1
#define GET_ACTION_AVAIL 2

#define FLAG_TSYNC       1u
#define FLAG_LOG         2u
#define FLAG_SPEC_ALLOW  4u
#define FLAG_TSYNC_ESRCH 16u
#define FLAGS_KNOWN      (FLAG_TSYNC | FLAG_LOG | FLAG_SPEC_ALLOW | FLAG_TSYNC_ESRCH)

#define ACTION_FULL  0xffff0000u
#define ACTION_DATA  0x0000ffffu
#define KILL_PROCESS 0x80000000u
#define KILL_THREAD  0x00000000u
#define TRAP         0x00030000u
#define RETURN_ERRNO 0x00050000u
#define TRACE        0x7ff00000u
#define LOG          0x7ffc0000u
#define ALLOW        0x7fff0000u

#define ERRNO_MAX   4095
#define SYS_SECCOMP 1     /* si_code */
#define CHAIN_MAX   32768 /* instructions of all filters of a thread, and 4 for each filter */

struct seccomp_filter {
    uint32_t refs; /* atomic */
    uint32_t chain_length;
    bool no_new_privileges;       /* of who put it on, so of whoever has it */
    struct seccomp_filter *older; /* counted */
    unsigned count;
    struct filter_instruction program[];
};

static struct seccomp_filter *filter_get(struct seccomp_filter *filter)
{
    if (filter)
        __atomic_fetch_add(&filter->refs, 1, __ATOMIC_RELAXED);
    return filter;
}

static void filter_put(struct seccomp_filter *filter)
{
    while (filter && __atomic_sub_fetch(&filter->refs, 1, __ATOMIC_ACQ_REL) == 0) {
        struct seccomp_filter *older = filter->older;
        heap_free(filter);
        filter = older;
    }
}

enum seccomp_mode seccomp_mode(const struct thread *thread)
{
    return (enum seccomp_mode)__atomic_load_n(&thread->seccomp_mode, __ATOMIC_ACQUIRE);
}

/* What is stored here may be read by the thread at any moment: it makes calls meanwhile. */
static void set_mode(struct thread *thread, enum seccomp_mode mode, struct seccomp_filter *filter)
{
    __atomic_store_n(&thread->seccomp_filter, filter, __ATOMIC_RELEASE);
    __atomic_store_n(&thread->seccomp_mode, mode, __ATOMIC_RELEASE);
    __atomic_store_n(&thread->call_limit, mode == SECCOMP_NONE ? SYSCALL_COUNT : 0,
                     __ATOMIC_RELEASE);
}

void seccomp_begin(struct thread *thread) { set_mode(thread, SECCOMP_NONE, NULL); }

void seccomp_inherit(struct thread *child, const struct thread *parent)
{
    set_mode(child, parent->seccomp_mode, filter_get(parent->seccomp_filter));
}

void seccomp_drop(struct thread *thread)
{
    filter_put(thread->seccomp_filter);
    seccomp_begin(thread);
}

const struct seccomp_filter *seccomp_filters(const struct thread *thread)
{
    return __atomic_load_n(&thread->seccomp_filter, __ATOMIC_ACQUIRE);
}

bool seccomp_no_new_privileges(const struct thread *thread)
{
    const struct seccomp_filter *newest = seccomp_filters(thread);
    return newest && newest->no_new_privileges;
}

unsigned seccomp_filter_count(const struct thread *thread)
{
    unsigned count = 0;
    for (const struct seccomp_filter *filter = thread->seccomp_filter; filter;
         filter = filter->older)
        count++;
    return count;
}

/* ---- judging a call -------------------------------------------------------------------------- */

/* The strictest of all answers; of equal ones the newest filter's (seccomp(2)). */
static uint32_t judge(const struct thread *thread, const struct filter_data *data)
{
    uint32_t strictest = ALLOW;

    for (const struct seccomp_filter *filter = seccomp_filters(thread); filter;
         filter = filter->older) {
        uint32_t answer = filter_run(filter->program, data);
        if ((int32_t)(answer & ACTION_FULL) < (int32_t)(strictest & ACTION_FULL))
            strictest = answer;
    }
    return strictest;
}

NORETURN static void end_thread(struct thread *thread, int signo, bool whole_process)
{
    mutex_lock(&process_mutex);
    if (whole_process || thread->process->live_count == 1)
        process_begin_exit(thread->process, signo);
    mutex_unlock(&process_mutex);
    process_exit_thread(signo);
}

/* SIGSYS, as if the call had not been made. */
static long trap(struct thread *thread, uint64_t number, const uint64_t args[6], uint32_t data)
{
    const struct signal_info info = {.signo = SIGSYS,
                                     .code = SYS_SECCOMP,
                                     .kind = INFO_SYSTEM_CALL,
                                     .status = (int32_t)data,
                                     .pid = (int32_t)number,
                                     .uid = MACHINE_AUDIT,
                                     .value = guest_pc(thread->frame)};

    thread->syscall_number = NO_SYSCALL;
    signal_force(&info);
    return (long)guest_result_before(number, args);
}

static long refuse(struct thread *thread, uint64_t number, const uint64_t args[6], uint32_t answer)
{
    uint32_t data = answer & ACTION_DATA;

    switch (answer & ACTION_FULL) {
    case RETURN_ERRNO:
        return -(long)(data < ERRNO_MAX ? data : ERRNO_MAX);
    case TRAP:
        return trap(thread, number, args, data);
    case TRACE: /* nobody traces */
        return -ENOSYS;
    case KILL_THREAD:
        end_thread(thread, SIGSYS, false);
    default:
        end_thread(thread, SIGSYS, true);
    }
}

long seccomp_dispatch(struct thread *thread, uint64_t number, const uint64_t args[6])
{
    const struct filter_data data = {
        .number = (int32_t)number,
        .arch = MACHINE_AUDIT,
        .ip = guest_pc(thread->frame),
        .args = {args[0], args[1], args[2], args[3], args[4], args[5]},
    };

    if (seccomp_mode(thread) == SECCOMP_STRICT && number != NR_read && number != NR_write &&
        number != NR_rt_sigreturn && number != NR_exit)
        end_thread(thread, SIGKILL, false);
    uint32_t answer = judge(thread, &data);
    uint32_t action = answer & ACTION_FULL;
    if (action != ALLOW && action != LOG)
        return refuse(thread, number, args, answer);
    return dispatch_call(number, args);
}

/* ---- choosing -------------------------------------------------------------------------------- */

struct linux_sock_fprog {
    uint16_t count;
    uint16_t padding[3];
    uint64_t program;
};

static bool has_no_new_privileges(const struct thread *thread)
{
    return thread->context.credentials.no_new_privileges || seccomp_no_new_privileges(thread);
}

static int read_filter(uint64_t address, struct seccomp_filter **made)
{
    struct linux_sock_fprog given;

    if (user_read(&given, uaddr(address), sizeof(given)) < 0)
        return -EFAULT;
    if (given.count == 0 || given.count > SECCOMP_INSTRUCTIONS_MAX || given.program == 0)
        return -EINVAL;
    bool no_new_privileges = has_no_new_privileges(thread_self());
    if (!no_new_privileges && !current_has(CAP_SYS_ADMIN))
        return -EACCES;
    size_t bytes = given.count * sizeof(struct filter_instruction);
    struct seccomp_filter *filter = heap_alloc(sizeof(*filter) + bytes);
    if (!filter)
        return -ENOMEM;
    filter->refs = 1;
    filter->count = given.count;
    filter->no_new_privileges = no_new_privileges;
    int status = user_read(filter->program, uaddr(given.program), bytes);
    if (status == 0)
        status = filter_check(filter->program, given.count);
    if (status < 0) {
        heap_free(filter);
        return status;
    }
    *made = filter;
    return 0;
}

static bool in_chain(const struct seccomp_filter *older, const struct seccomp_filter *chain)
{
    while (chain && chain != older)
        chain = chain->older;
    return chain == older;
}

/* A thread whose filters are not among ours, or 0. Caller holds process_mutex. */
static int other_chain(const struct thread *self)
{
    list_for_each (link, &self->process->threads) {
        const struct thread *thread = list_entry(link, struct thread, process_link);
        if (thread->seccomp_mode == SECCOMP_STRICT ||
            !in_chain(thread->seccomp_filter, self->seccomp_filter))
            return thread->tid;
    }
    return 0;
}

static void put_on(struct thread *thread, struct seccomp_filter *filter)
{
    struct seccomp_filter *old = thread->seccomp_filter;

    set_mode(thread, SECCOMP_FILTERED, filter_get(filter));
    filter_put(old); /* whoever is being judged by it has it in the new chain */
}

/* Takes the caller's reference to the filter. Caller holds process_mutex. */
static long install(struct thread *self, struct seccomp_filter *filter, uint32_t flags)
{
    uint32_t length = filter->count + 4;

    if (self->seccomp_filter)
        length += self->seccomp_filter->chain_length;
    if (length > CHAIN_MAX)
        return -ENOMEM;
    int other = flags & FLAG_TSYNC ? other_chain(self) : 0;
    if (other != 0)
        return flags & FLAG_TSYNC_ESRCH ? -ESRCH : other;
    filter->chain_length = length;
    filter->older = filter_get(self->seccomp_filter);
    filter->no_new_privileges |= filter->older && filter->older->no_new_privileges;
    put_on(self, filter);
    if (!(flags & FLAG_TSYNC))
        return 0;
    list_for_each (link, &self->process->threads) {
        struct thread *thread = list_entry(link, struct thread, process_link);
        if (thread != self)
            put_on(thread, filter);
    }
    return 0;
}

static long set_filter(uint32_t flags, uint64_t address)
{
    struct thread *self = thread_self();
    struct seccomp_filter *filter = NULL;

    if (flags & ~FLAGS_KNOWN)
        return -EINVAL;
    long status = read_filter(address, &filter);
    if (status < 0)
        return status;
    mutex_lock(&process_mutex);
    status = self->seccomp_mode == SECCOMP_STRICT ? -EINVAL : install(self, filter, flags);
    mutex_unlock(&process_mutex);
    filter_put(filter);
    return status;
}

static long set_strict(void)
{
    struct thread *self = thread_self();

    mutex_lock(&process_mutex);
    bool filtered = self->seccomp_mode == SECCOMP_FILTERED;
    if (!filtered)
        set_mode(self, SECCOMP_STRICT, NULL);
    mutex_unlock(&process_mutex);
    return filtered ? -EINVAL : 0;
}

long seccomp_set(uint64_t mode, uint64_t filter)
{
    if (mode == SECCOMP_STRICT)
        return set_strict();
    return mode == SECCOMP_FILTERED ? set_filter(0, filter) : -EINVAL;
}

static long action_known(uint64_t address)
{
    uint32_t action;

    if (user_read(&action, uaddr(address), sizeof(action)) < 0)
        return -EFAULT;
    switch (action) {
    case KILL_PROCESS:
    case KILL_THREAD:
    case TRAP:
    case RETURN_ERRNO:
    case TRACE:
    case LOG:
    case ALLOW:
        return 0;
    default:
        return -EOPNOTSUPP;
    }
}

SYSCALL(seccomp)
{
    uint32_t flags = (uint32_t)args[1];

    switch ((uint32_t)args[0]) {
    case SET_MODE_STRICT:
        return flags || args[2] ? -EINVAL : set_strict();
    case SET_MODE_FILTER:
        return set_filter(flags, args[2]);
    case GET_ACTION_AVAIL:
        return flags ? -EINVAL : action_known(args[2]);
    default:
        return -EINVAL;
    }
}
