/*
 * structures.c - buffers and structures of calls, in the workspace; see value_parts.h.
 */
#include "apps/linux-fuzz/value_parts.h"

#include <fcntl.h>
#include <linux/filter.h>
#include <linux/openat2.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <time.h>

#include "apps/linux-fuzz/owned.h"
#include "apps/linux-fuzz/raw.h"
#include "apps/linux-fuzz/trap.h"

/* ---- strings -------------------------------------------------------------------------------- */

static const char *const names[] = {
    "a",         "b",      "c",         "d",      "e",        "fifo",     "sock",   "map",
    "loop",      "link",   "file",      "dir",    "a/b",      "dir/a",    "dir/b",  "dir/dir",
    "dir/dir/c", "link/a", ".",         "..",     "",         "/",        "dir/..", "./a",
    "a/",        "dir//a", "nothing/a", "loop/x", "dir/link", "dir/fifo",
};
static const char *const absolute[] = {
    "/dev/null",
    "/dev/zero",
    "/dev/full",
    "/dev/urandom",
    "/dev/tty",
    "/dev/ptmx",
    "/proc/self/fd",
    "/proc/self/maps",
    "/proc/self/stat",
    "/proc/self/status",
    "/proc/self/exe",
    "/proc/self/cwd",
    "/proc/self/root",
    "/proc/self/task",
    "/proc/self/fdinfo",
    "/proc/self/environ",
    "/proc/self",
    "/proc/self/fd/3",
    "/proc/self/fd/5",
    "/proc/self/fd/7",
    "/proc/self/fd/12",
    "/proc/self/comm",
    "/proc/meminfo",
    "/proc/stat",
    "/proc/mounts",
    "/proc/corm/objects",
    "/proc/corm/world",
    "/proc",
    "/proc/1/stat",
    "/proc/99999",
    "/bin/busybox",
    "/bin/sh",
    "/",
    "/bin",
    "/etc/passwd",
    "/proc/self/mem",
    "/proc/self/mountinfo",
    "/proc/self/oom_score_adj",
    "/proc/sys/kernel",
    "/proc/self/pagemap",
    "/proc/self/smaps",
    "/proc/self/cmdline",
    "/proc/self/statm",
    "/proc/self/limits",
    "/proc/self/io",
    "/proc/self/auxv",
    "/proc/self/fdinfo/5",
    "/proc/sysvipc/shm",
    "/proc/uptime",
    "/proc/sys/kernel/hostname",
    "/dev/kmsg",
    "/dev/console",
    "/dev/random",
    "/dev/pts/0",
    "/dev/pts/1",
    "/sys",
    "/run",
};

static uint64_t long_name(struct values *values)
{
    static const size_t lengths[] = {254, 255, 256, 1000, 4094, 4095, 4096, 5000};
    size_t length = RANDOM_PICK(&values->random, lengths);
    char *to = value_room(values, length + 1);

    memset(to, random_percent(&values->random, 50) || value_is_root() ? 'x' : '/', length);
    if (random_percent(&values->random, 30))
        for (size_t i = 1; i < length; i += 2)
            to[i] = '/';
    to[length] = 0;
    return (uint64_t)to;
}

/* For root's family there is nothing at the absolute ones (jail.h). */
static const char *some_path(struct random *random)
{
    for (;;) {
        const char *name =
            random_percent(random, 20) ? RANDOM_PICK(random, absolute) : RANDOM_PICK(random, names);
        if (*name != '/' || !value_is_root())
            return name;
    }
}

#define PROCESS_PATH_BYTES 64

/* What a process may show to others, and what it may not; not what has its name and arguments,
   which may be words of its own. */
static uint64_t path_of_process(struct values *values)
{
    static const char *const parts[] = {
        "environ",     "maps",          "smaps", "mem",       "auxv",      "fd",
        "fd/3",        "fd/4",          "fd/9",  "cwd/file",  "cwd/dir/a", "cwd",
        "root/bin",    "exe",           "task",  "io",        "limits",    "fdinfo/4",
        "statm",       "timerslack_ns", "stack", "mountinfo", "root",      "wchan",
        "personality", "oom_score_adj",
    };
    char *const to = value_room(values, PROCESS_PATH_BYTES), *at = to + PROCESS_PATH_BYTES;
    const char *part = RANDOM_PICK(&values->random, parts);
    uint64_t number = value_neighbour(&values->random);

    /* from its end, and without the C library: a thread may have no TLS */
    at -= strlen(part) + 1;
    memcpy(at, part, strlen(part) + 1);
    *--at = '/';
    for (; number != 0; number /= 10)
        *--at = (char)('0' + number % 10);
    at -= strlen("/proc/");
    memcpy(at, "/proc/", strlen("/proc/"));
    return (uint64_t)at;
}

static uint64_t path(struct values *values)
{
    const char *name = some_path(&values->random);

    if (random_percent(&values->random, 4) && !value_is_root())
        return path_of_process(values);

    if (random_percent(&values->random, 2))
        return long_name(values);
    size_t bytes = strlen(name) + 1;
    char *to = value_room(values, bytes);
    memcpy(to, name, bytes);
    return (uint64_t)to;
}

static uint64_t plain_name(struct values *values)
{
    static const char *const plain[] = {
        "user.a", "user.b", "trusted.x", "security.capability",    "user.",
        "user",   "",       "x",         "system.posix_acl_access"};
    const char *name = RANDOM_PICK(&values->random, plain);
    char *to = value_room(values, 32);

    if (random_percent(&values->random, 4))
        return long_name(values);
    memcpy(to, name, strlen(name) + 1);
    return (uint64_t)to;
}

static uint64_t strings(struct values *values)
{
    unsigned count = (unsigned)random_below(&values->random, 6);
    uint64_t *list = value_room(values, (count + 1) * sizeof(*list));

    for (unsigned i = 0; i < count; i++)
        list[i] = random_percent(&values->random, 5) ? value_wild_pointer(&values->random)
                                                     : plain_name(values);
    list[count] = 0;
    return (uint64_t)list;
}

/* ---- buffers and structures -------------------------------------------------------------------
 */

static uint64_t buffer(struct values *values, bool filled)
{
    static const size_t usual[] = {1,   4,   8,   16,  24,  32,  48,   64,   100,
                                   128, 144, 200, 256, 300, 512, 1000, 4096, 4097};
    size_t bytes = RANDOM_PICK(&values->random, usual);
    void *to = value_room(values, bytes);

    if (filled)
        owned_fill(to, bytes);
    values->buffer_bytes = bytes;
    return (uint64_t)to;
}

/* A word that means something in many structures. */
static uint64_t field(struct values *values)
{
    struct random *random = &values->random;
    switch (random_below(random, 6)) {
    case 0:
        return value_descriptor(random);
    case 1:
        return (uint64_t)values->workspace + random_below(random, WORKSPACE_BYTES);
    case 2:
        return owned_word();
    case 3:
        return random_next(random) & 0x0000000700000007;
    default:
        return random_number(random);
    }
}

static uint64_t structure(struct values *values)
{
    uint64_t *words = value_room(values, 128);

    for (unsigned i = 0; i < 16; i++)
        words[i] = field(values);
    values->buffer_bytes = 128;
    return (uint64_t)words;
}

#define SECOND_NS 1000000000
#define MOMENT_NS 3000000

static struct timespec moment(struct random *random)
{
    if (random_percent(random, 5))
        return (struct timespec){(time_t)random_number(random), (long)random_number(random)};
    struct timespec now = {0};
    if (random_percent(random, 15)) /* for what takes a point of time */
        RAW(SYS_clock_gettime, CLOCK_MONOTONIC, (uint64_t)&now);
    now.tv_nsec += (long)random_below(random, MOMENT_NS);
    return (struct timespec){now.tv_sec + now.tv_nsec / SECOND_NS, now.tv_nsec % SECOND_NS};
}

static uint64_t times(struct values *values, unsigned count)
{
    struct timespec *to = value_room(values, count * sizeof(*to));
    for (unsigned i = 0; i < count; i++)
        to[i] = moment(&values->random);
    return (uint64_t)to;
}

static uint64_t vectors(struct values *values)
{
    struct iovec *list = value_room(values, VECTORS_MAX * sizeof(*list));

    for (unsigned i = 0; i < VECTORS_MAX; i++) {
        list[i].iov_base =
            (void *)(random_percent(&values->random, 8) ? value_wild_pointer(&values->random)
                                                        : buffer(values, true));
        list[i].iov_len = value_size(values);
    }
    return (uint64_t)list;
}

static uint64_t address(struct values *values)
{
    struct sockaddr_un *to = value_room(values, sizeof(*to));
    const char *name = RANDOM_PICK(&values->random, names);

    memset(to, 0, sizeof(*to));
    to->sun_family =
        random_percent(&values->random, 95) ? AF_UNIX : (sa_family_t)random_next(&values->random);
    strncpy(to->sun_path, name, sizeof(to->sun_path) - 1);
    if (!*name || random_percent(&values->random, 70)) { /* abstract, of the family */
        to->sun_path[0] = 0;
        to->sun_path[1] = (char)('A' + owned_by % 26);
        to->sun_path[2] = (char)('0' + random_below(&values->random, 3));
    }
    values->buffer_bytes = random_percent(&values->random, 90) ? sizeof(*to) : 5;
    return (uint64_t)to;
}

static uint64_t control(struct values *values, size_t *bytes)
{
    struct cmsghdr *to = value_room(values, 256);
    unsigned count = 1 + (unsigned)random_below(&values->random, 4);
    int *descriptors = (int *)(to + 1);

    to->cmsg_level = random_percent(&values->random, 95) ? SOL_SOCKET : 0;
    to->cmsg_type = random_percent(&values->random, 85) ? SCM_RIGHTS : SCM_CREDENTIALS;
    to->cmsg_len = random_percent(&values->random, 92) ? CMSG_LEN(count * sizeof(int))
                                                       : random_number(&values->random);
    for (unsigned i = 0; i < count; i++)
        descriptors[i] = (int)value_descriptor(&values->random);
    *bytes = random_percent(&values->random, 90) ? CMSG_SPACE(count * sizeof(int)) : 256;
    return (uint64_t)to;
}

static void message(struct values *values, struct msghdr *to)
{
    *to = (struct msghdr){.msg_iov = (void *)vectors(values),
                          .msg_iovlen = random_below(&values->random, VECTORS_MAX)};
    if (random_percent(&values->random, 40)) {
        to->msg_name = (void *)address(values);
        to->msg_namelen = (socklen_t)values->buffer_bytes;
    }
    if (random_percent(&values->random, 60))
        to->msg_control = (void *)control(values, &to->msg_controllen);
    if (random_percent(&values->random, 5))
        to->msg_iovlen = random_number(&values->random);
}

static uint64_t messages(struct values *values, unsigned count)
{
    struct mmsghdr *to = value_room(values, count * sizeof(*to));
    for (unsigned i = 0; i < count; i++)
        message(values, &to[i].msg_hdr);
    return (uint64_t)to;
}

static uint64_t polls(struct values *values)
{
    struct pollfd *to = value_room(values, 16 * sizeof(*to));
    for (unsigned i = 0; i < 16; i++)
        to[i] = (struct pollfd){.fd = (int)value_descriptor(&values->random),
                                .events = (short)random_next(&values->random)};
    return (uint64_t)to;
}

static uint64_t clone_structure(struct values *values)
{
    struct clone_args *to = value_room(values, sizeof(*to));
    struct random *random = &values->random;
    static const uint64_t flags[] = {CLONE_VM,      CLONE_FS,           CLONE_FILES,
                                     CLONE_SIGHAND, CLONE_THREAD,       CLONE_PIDFD,
                                     CLONE_VFORK,   CLONE_PARENT,       CLONE_PARENT_SETTID,
                                     CLONE_SETTLS,  CLONE_CHILD_SETTID, CLONE_CHILD_CLEARTID};

    *to = (struct clone_args){.flags = value_flags(random, flags, sizeof(flags) / sizeof(flags[0])),
                              .pidfd = value_word_address(values),
                              .child_tid = value_word_address(values),
                              .parent_tid = value_word_address(values),
                              .exit_signal = random_percent(random, 80) ? 17 : value_signal(random),
                              .tls = random_percent(random, 50) ? value_wild_pointer(random)
                                                                : (uint64_t)value_room(values, 64)};
    if (to->flags & CLONE_VM) {
        to->stack = STACKS_AT + random_below(random, STACKS) * STACK_BYTES;
        to->stack_size = STACK_BYTES;
    }
    if (to->flags & CLONE_THREAD)
        to->exit_signal = 0;
    values->buffer_bytes = sizeof(*to);
    return (uint64_t)to;
}

static uint64_t how(struct values *values)
{
    static const uint64_t flags[] = {O_WRONLY, O_RDWR,    O_CREAT,     O_EXCL,     O_TRUNC,
                                     O_APPEND, O_CLOEXEC, O_DIRECTORY, O_NOFOLLOW, O_PATH};
    static const uint64_t resolve[] = {RESOLVE_NO_XDEV, RESOLVE_NO_MAGICLINKS, RESOLVE_NO_SYMLINKS,
                                       RESOLVE_BENEATH, RESOLVE_IN_ROOT,       RESOLVE_CACHED};
    struct random *random = &values->random;
    struct open_how *to = value_room(values, sizeof(*to));

    to->flags = value_flags(random, flags, sizeof(flags) / sizeof(flags[0]));
    to->mode = to->flags & O_CREAT ? random_below(random, 01000) : random_percent(random, 5);
    to->resolve = value_flags(random, resolve, sizeof(resolve) / sizeof(resolve[0]));
    return (uint64_t)to;
}

static uint64_t lock(struct values *values)
{
    struct flock *to = value_room(values, sizeof(*to));

    *to = (struct flock){.l_type = (short)random_below(&values->random, 4),
                         .l_whence = (short)random_below(&values->random, 4),
                         .l_start = (off_t)value_offset(&values->random),
                         .l_len = (off_t)value_offset(&values->random)};
    return (uint64_t)to;
}

static uint64_t action(struct values *values)
{
    uint64_t *words = value_room(values, 4 * sizeof(*words));

    trap_action(&values->random, words);
    return (uint64_t)words;
}

/* Programs for seccomp: anything, and then an answer for one number in 32; the others are allowed.
 */
static uint64_t filter(struct values *values)
{
    static const uint16_t codes[] = {
        BPF_LD | BPF_W | BPF_ABS,
        BPF_LD | BPF_IMM,
        BPF_LD | BPF_W | BPF_LEN,
        BPF_LDX | BPF_IMM,
        BPF_LDX | BPF_MEM,
        BPF_ST,
        BPF_STX,
        BPF_ALU | BPF_ADD | BPF_K,
        BPF_ALU | BPF_DIV | BPF_X,
        BPF_ALU | BPF_LSH | BPF_X,
        BPF_JMP | BPF_JA,
        BPF_JMP | BPF_JSET | BPF_X,
        BPF_MISC | BPF_TAX,
        BPF_MISC | BPF_TXA,
    };
    static const uint32_t answers[] = {
        SECCOMP_RET_ALLOW, SECCOMP_RET_LOG,         SECCOMP_RET_ERRNO | 12,   SECCOMP_RET_TRAP,
        SECCOMP_RET_TRACE, SECCOMP_RET_KILL_THREAD, SECCOMP_RET_KILL_PROCESS,
    };
    struct random *random = &values->random;
    const unsigned odd = (unsigned)random_below(random, 6), count = odd + 5;
    struct sock_filter *program = value_room(values, count * sizeof(*program));
    struct sock_fprog *to = value_room(values, sizeof(*to));

    for (unsigned i = 0; i < odd; i++)
        program[i] = (struct sock_filter){RANDOM_PICK(random, codes), random_below(random, 3) & 3,
                                          random_below(random, 3) & 3,
                                          4 * (uint32_t)random_below(random, 4)};
    program[odd] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 0);
    program[odd + 1] = (struct sock_filter)BPF_STMT(BPF_ALU | BPF_AND | BPF_K, 31);
    program[odd + 2] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K,
                                                    (uint32_t)random_below(random, 32), 0, 1);
    program[odd + 3] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, RANDOM_PICK(random, answers));
    program[odd + 4] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
    if (random_percent(random, 10))
        program[random_below(random, count)].code = (uint16_t)random_number(random);
    *to = (struct sock_fprog){.len = (uint16_t)count, .filter = program};
    if (random_percent(random, 3))
        to->len = (uint16_t)random_number(random);
    return (uint64_t)to;
}

static uint64_t word_with(struct values *values, uint64_t word)
{
    uint64_t *to = value_room(values, sizeof(*to));
    *to = word;
    return (uint64_t)to;
}

/* ---- all of them -------------------------------------------------------------------------- */

uint64_t value_pointer(struct values *values, enum value_kind kind)
{
    struct random *random = &values->random;

    switch (kind) {
    case V_PATH:
        return path(values);
    case V_NAME:
        return plain_name(values);
    case V_OUT:
    case V_DATA:
        return buffer(values, true);
    case V_OFFSET_AT:
        return word_with(values, value_offset(random));
    case V_TIME:
        return times(values, 2);
    case V_INTERVAL:
        return times(values, 2);
    case V_VECTOR:
        return vectors(values);
    case V_MESSAGE:
        return messages(values, 1);
    case V_MESSAGES:
        return messages(values, 3);
    case V_ADDRESS:
        return address(values);
    case V_LENGTH_AT:
        return word_with(values, value_size(values));
    case V_POLL:
        return polls(values);
    case V_SIGNALS:
        return word_with(values, random_percent(random, 50) ? 1ull << random_below(random, 64)
                                                            : random_next(random));
    case V_WORD_AT:
        return value_word_address(values);
    case V_HOW:
        return how(values);
    case V_WAITV:
        return value_waits(values);
    case V_SEMS:
        return value_semaphores(values);
    case V_TYPED:
        return value_typed_message(values);
    case V_RSEQ:
        return value_rseq(values);
    case V_STRINGS:
        return strings(values);
    case V_CLONE:
        return clone_structure(values);
    case V_LOCK:
        return lock(values);
    case V_ACTION:
        return action(values);
    case V_FILTER:
        return filter(values);
    default:
        return structure(values);
    }
}
