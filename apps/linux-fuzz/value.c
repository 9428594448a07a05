/*
 * value.c - see value.h.
 */
#include "apps/linux-fuzz/value.h"

#include <fcntl.h>
#include <linux/sched.h>
#include <poll.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <time.h>

#include "apps/linux-fuzz/owned.h"
#include "apps/linux-fuzz/raw.h"

#define OBJECT_BYTES_MAX (3 * PAGE)
#define VECTORS_MAX      8

struct value_pool value_pool;

void value_keep_descriptor(int descriptor)
{
    value_pool.descriptors[value_pool.descriptor_at++ % 32] = descriptor;
}

void value_keep_map(uint64_t address) { value_pool.maps[value_pool.map_at++ % 16] = address; }

void value_keep_child(int pid) { value_pool.children[value_pool.child_at++ % 8] = pid; }

/* ---- memory ------------------------------------------------------------------------------- */

static bool map_at(uint64_t at, uint64_t bytes, int prot, int flags)
{
    return mmap((void *)at, bytes, prot, flags | MAP_ANONYMOUS | MAP_FIXED, -1, 0) != MAP_FAILED;
}

bool value_make_arena(void)
{
    const int rw = PROT_READ | PROT_WRITE;
    uint64_t end = ARENA_AT + ARENA_PAGES * PAGE;

    if (!map_at(WORKSPACE_AT, WORKSPACE_THREADS * WORKSPACE_BYTES, rw, MAP_PRIVATE) ||
        !map_at(STACKS_AT, STACKS * STACK_BYTES, rw, MAP_PRIVATE) ||
        !map_at(ARENA_AT, 16 * PAGE, rw, MAP_PRIVATE) ||
        !map_at(ARENA_AT + 16 * PAGE, 4 * PAGE, rw, MAP_SHARED) ||
        !map_at(ARENA_AT + 20 * PAGE, 2 * PAGE, PROT_READ, MAP_PRIVATE) ||
        !map_at(ARENA_AT + 22 * PAGE, PAGE, PROT_NONE, MAP_PRIVATE) ||
        !map_at(ARENA_AT + 25 * PAGE, 2 * PAGE, rw, MAP_PRIVATE) ||
        !map_at(ARENA_AT + 30 * PAGE, 8 * PAGE, rw | PROT_EXEC, MAP_PRIVATE))
        return false;
    owned_check((void *)ARENA_AT, 20 * PAGE, "fresh memory", 1);
    owned_fill((void *)ARENA_AT, 20 * PAGE);
    owned_fill((void *)WORKSPACE_AT, WORKSPACE_THREADS * WORKSPACE_BYTES);
    int fd = (int)RAW(SYS_openat, (uint64_t)AT_FDCWD, (uint64_t) "map", O_RDWR | O_CREAT, 0600);
    if (fd >= 0) {
        RAW(SYS_ftruncate, (uint64_t)fd, 3 * PAGE);
        mmap((void *)(ARENA_AT + 28 * PAGE), PAGE, rw, MAP_SHARED | MAP_FIXED, fd, 0);
        mmap((void *)(ARENA_AT + 29 * PAGE), PAGE, rw, MAP_PRIVATE | MAP_FIXED, fd, PAGE);
        RAW(SYS_close, (uint64_t)fd);
    }
    for (unsigned i = 0; i < 16; i++)
        value_pool.maps[i] = i % 2 ? ARENA_AT + i * 2 * PAGE : end - (i + 1) * PAGE;
    return true;
}

static uint64_t arena_page(struct random *random)
{
    if (random_percent(random, 30))
        return RANDOM_PICK(random, value_pool.maps) & ~(PAGE - 1);
    return ARENA_AT + random_below(random, ARENA_PAGES) * PAGE;
}

static uint64_t wild_pointer(struct random *random)
{
    static const uint64_t edges[] = {
        0,
        1,
        PAGE - 8,
        0x400000,
        0x7ffffffff000 - 8,
        1ull << 47,
        -1ull << 47,
        (1ull << 47) - 8,
        0xffffffff80000000,
        UINT64_MAX,
        UINT64_MAX - 7,
        0x10000,
        0x800000000000 - 16,
    };
    switch (random_below(random, 4)) {
    case 0:
        return RANDOM_PICK(random, edges);
    case 1: /* in the middle of a page of any kind */
        return arena_page(random) + random_below(random, PAGE);
    case 2: /* so close to its end that most things pass over it */
        return arena_page(random) + PAGE - 1 - random_below(random, 64);
    default:
        return arena_page(random);
    }
}

/* Room in the workspace: when it is full it starts over, so structures overlap now and then. */
static void *room(struct values *values, size_t bytes)
{
    bytes = (bytes + 15) & ~(size_t)15;
    if (values->used + bytes > WORKSPACE_BYTES)
        values->used = 0;
    void *at = values->workspace + values->used;
    values->used += bytes;
    return at;
}

void value_begin(struct values *values)
{
    values->used = 0;
    values->buffer_bytes = 0;
}

/* ---- single values -------------------------------------------------------------------------- */

static uint64_t descriptor(struct random *random)
{
    static const int64_t odd[] = {-1,   -2,    AT_FDCWD, 255,       1023,
                                  1024, 65535, 65536,    INT32_MAX, INT32_MIN};
    if (random_percent(random, 4))
        return (uint64_t)RANDOM_PICK(random, odd);
    if (random_percent(random, 40))
        return (uint64_t)(int64_t)RANDOM_PICK(random, value_pool.descriptors);
    return 3 + random_below(random, 45);
}

static uint64_t process_id(struct random *random)
{
    switch (random_below(random, 6)) {
    case 0:
        return 0;
    case 1:
        return (uint64_t)RAW(SYS_getpid, 0);
    case 2:
        return (uint64_t)RAW(SYS_gettid, 0);
    case 3:
        return random_below(random, 20) == 0 ? (uint64_t)-1 : random_below(random, 400);
    default:
        return (uint64_t)RANDOM_PICK(random, value_pool.children);
    }
}

static uint64_t one_signal(struct random *random)
{
    static const uint64_t harmless[] = {10, 12, 14, 17, 18, 23, 28, 34, 40, 64};
    if (random_percent(random, 80))
        return RANDOM_PICK(random, harmless);
    return random_percent(random, 10) ? random_number(random) : random_below(random, 65);
}

static uint64_t some_flags(struct random *random, const uint64_t *set, unsigned count)
{
    uint64_t flags = 0;

    if (random_percent(random, 3))
        return random_number(random);
    for (unsigned i = 0; i < count; i++)
        if (random_below(random, count) < 2)
            flags |= set[i];
    return random_percent(random, 3) ? flags | 1ull << random_below(random, 64) : flags;
}

static uint64_t file_offset(struct random *random)
{
    if (random_percent(random, 80))
        return random_below(random, 5 * PAGE);
    return random_number(random);
}

static uint64_t span(struct random *random)
{
    if (random_percent(random, 90))
        return (1 + random_below(random, 9)) * PAGE;
    return random_percent(random, 70) ? random_below(random, 65536) : random_number(random);
}

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
    "/tmp",
    "/proc/self/mem",
    "/proc/self/mountinfo",
    "/proc/self/oom_score_adj",
    "/proc/sys/kernel",
    "/proc/self/pagemap",
    "/proc/self/smaps",
    "/proc/self/cmdline",
    "/proc/self/statm",
    "/sys",
};

static uint64_t long_name(struct values *values)
{
    static const size_t lengths[] = {254, 255, 256, 1000, 4094, 4095, 4096, 5000};
    size_t length = RANDOM_PICK(&values->random, lengths);
    char *to = room(values, length + 1);

    memset(to, random_percent(&values->random, 50) ? 'x' : '/', length);
    if (random_percent(&values->random, 30))
        for (size_t i = 1; i < length; i += 2)
            to[i] = '/';
    to[length] = 0;
    return (uint64_t)to;
}

static uint64_t path(struct values *values)
{
    struct random *random = &values->random;
    const char *name =
        random_percent(random, 20) ? RANDOM_PICK(random, absolute) : RANDOM_PICK(random, names);

    if (random_percent(random, 2))
        return long_name(values);
    size_t bytes = strlen(name) + 1;
    char *to = room(values, bytes);
    memcpy(to, name, bytes);
    return (uint64_t)to;
}

static uint64_t plain_name(struct values *values)
{
    static const char *const plain[] = {
        "user.a", "user.b", "trusted.x", "security.capability",    "user.",
        "user",   "",       "x",         "system.posix_acl_access"};
    const char *name = RANDOM_PICK(&values->random, plain);
    char *to = room(values, 32);

    if (random_percent(&values->random, 4))
        return long_name(values);
    memcpy(to, name, strlen(name) + 1);
    return (uint64_t)to;
}

static uint64_t strings(struct values *values)
{
    unsigned count = (unsigned)random_below(&values->random, 6);
    uint64_t *list = room(values, (count + 1) * sizeof(*list));

    for (unsigned i = 0; i < count; i++)
        list[i] =
            random_percent(&values->random, 5) ? wild_pointer(&values->random) : plain_name(values);
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
    void *to = room(values, bytes);

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
        return descriptor(random);
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
    uint64_t *words = room(values, 128);

    for (unsigned i = 0; i < 16; i++)
        words[i] = field(values);
    values->buffer_bytes = 128;
    return (uint64_t)words;
}

static uint64_t size(struct values *values)
{
    if (random_percent(&values->random, 85) && values->buffer_bytes != 0)
        return values->buffer_bytes;
    return random_percent(&values->random, 50) ? random_below(&values->random, 5000)
                                               : random_number(&values->random);
}

static struct timespec moment(struct random *random)
{
    if (random_percent(random, 5))
        return (struct timespec){(time_t)random_number(random), (long)random_number(random)};
    return (struct timespec){0, (long)random_below(random, 3000000)};
}

static uint64_t times(struct values *values, unsigned count)
{
    struct timespec *to = room(values, count * sizeof(*to));
    for (unsigned i = 0; i < count; i++)
        to[i] = moment(&values->random);
    return (uint64_t)to;
}

static uint64_t vectors(struct values *values)
{
    struct iovec *list = room(values, VECTORS_MAX * sizeof(*list));

    for (unsigned i = 0; i < VECTORS_MAX; i++) {
        list[i].iov_base =
            (void *)(random_percent(&values->random, 8) ? wild_pointer(&values->random)
                                                        : buffer(values, true));
        list[i].iov_len = size(values);
    }
    return (uint64_t)list;
}

static uint64_t address(struct values *values)
{
    struct sockaddr_un *to = room(values, sizeof(*to));
    const char *name = RANDOM_PICK(&values->random, names);

    memset(to, 0, sizeof(*to));
    to->sun_family =
        random_percent(&values->random, 95) ? AF_UNIX : (sa_family_t)random_next(&values->random);
    strncpy(to->sun_path, name, sizeof(to->sun_path) - 1);
    if (random_percent(&values->random, 40)) { /* abstract, of the family */
        to->sun_path[0] = 0;
        to->sun_path[1] = (char)('A' + owned_by % 26);
        to->sun_path[2] = (char)('0' + random_below(&values->random, 4));
    }
    values->buffer_bytes = random_percent(&values->random, 80) ? sizeof(*to) : 5;
    return (uint64_t)to;
}

static uint64_t control(struct values *values, size_t *bytes)
{
    struct cmsghdr *to = room(values, 256);
    unsigned count = 1 + (unsigned)random_below(&values->random, 4);
    int *descriptors = (int *)(to + 1);

    to->cmsg_level = random_percent(&values->random, 95) ? SOL_SOCKET : 0;
    to->cmsg_type = random_percent(&values->random, 85) ? SCM_RIGHTS : SCM_CREDENTIALS;
    to->cmsg_len = random_percent(&values->random, 92) ? CMSG_LEN(count * sizeof(int))
                                                       : random_number(&values->random);
    for (unsigned i = 0; i < count; i++)
        descriptors[i] = (int)descriptor(&values->random);
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
    struct mmsghdr *to = room(values, count * sizeof(*to));
    for (unsigned i = 0; i < count; i++)
        message(values, &to[i].msg_hdr);
    return (uint64_t)to;
}

static uint64_t polls(struct values *values)
{
    struct pollfd *to = room(values, 16 * sizeof(*to));
    for (unsigned i = 0; i < 16; i++)
        to[i] = (struct pollfd){.fd = (int)descriptor(&values->random),
                                .events = (short)random_next(&values->random)};
    return (uint64_t)to;
}

static uint64_t word_address(struct values *values)
{
    uint32_t *to = (uint32_t *)(random_percent(&values->random, 60)
                                    ? ARENA_AT + 16 * PAGE + random_below(&values->random, 8) * 4
                                    : (uint64_t)room(values, 16));
    return (uint64_t)to;
}

static uint64_t clone_structure(struct values *values)
{
    struct clone_args *to = room(values, sizeof(*to));
    struct random *random = &values->random;
    static const uint64_t flags[] = {CLONE_VM,      CLONE_FS,           CLONE_FILES,
                                     CLONE_SIGHAND, CLONE_THREAD,       CLONE_PIDFD,
                                     CLONE_VFORK,   CLONE_PARENT,       CLONE_PARENT_SETTID,
                                     CLONE_SETTLS,  CLONE_CHILD_SETTID, CLONE_CHILD_CLEARTID};

    *to = (struct clone_args){.flags = some_flags(random, flags, sizeof(flags) / sizeof(flags[0])),
                              .pidfd = word_address(values),
                              .child_tid = word_address(values),
                              .parent_tid = word_address(values),
                              .exit_signal = random_percent(random, 80) ? 17 : one_signal(random),
                              .tls = random_percent(random, 50) ? wild_pointer(random)
                                                                : (uint64_t)room(values, 64)};
    if (to->flags & CLONE_VM) {
        to->stack = STACKS_AT + random_below(random, STACKS) * STACK_BYTES;
        to->stack_size = STACK_BYTES;
    }
    if (to->flags & CLONE_THREAD)
        to->exit_signal = 0;
    values->buffer_bytes = sizeof(*to);
    return (uint64_t)to;
}

static uint64_t lock(struct values *values)
{
    struct flock *to = room(values, sizeof(*to));

    *to = (struct flock){.l_type = (short)random_below(&values->random, 4),
                         .l_whence = (short)random_below(&values->random, 4),
                         .l_start = (off_t)file_offset(&values->random),
                         .l_len = (off_t)file_offset(&values->random)};
    return (uint64_t)to;
}

static uint64_t word_with(struct values *values, uint64_t word)
{
    uint64_t *to = room(values, sizeof(*to));
    *to = word;
    return (uint64_t)to;
}

/* ---- all of them --------------------------------------------------------------------------------
 */

static uint64_t pointer(struct values *values, enum value_kind kind)
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
        return word_with(values, file_offset(random));
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
        return word_with(values, size(values));
    case V_POLL:
        return polls(values);
    case V_SIGNALS:
        return word_with(values, random_percent(random, 50) ? 1ull << random_below(random, 64)
                                                            : random_next(random));
    case V_WORD_AT:
        return word_address(values);
    case V_STRINGS:
        return strings(values);
    case V_CLONE:
        return clone_structure(values);
    case V_LOCK:
        return lock(values);
    default:
        return structure(values);
    }
}

static uint64_t number(struct values *values, enum value_kind kind, const uint64_t *set,
                       unsigned count)
{
    struct random *random = &values->random;

    switch (kind) {
    case V_NONE:
        return 0;
    case V_FD:
        return descriptor(random);
    case V_SIZE:
        return size(values);
    case V_SMALL:
        return random_percent(random, 90) ? random_below(random, VECTORS_MAX)
                                          : random_number(random);
    case V_SET:
        return some_flags(random, set, count);
    case V_ONE:
        return random_percent(random, 95) && count ? set[random_below(random, count)]
                                                   : random_number(random);
    case V_CONST:
        return set[0];
    case V_PID:
        return process_id(random);
    case V_SIGNAL:
        return one_signal(random);
    case V_ID:
        return random_percent(random, 50) ? UINT32_MAX : random_number(random);
    case V_MODE:
        return random_below(random, 010000);
    case V_OFFSET:
        return file_offset(random);
    case V_MAP:
        return random_percent(random, 95) ? arena_page(random) : wild_pointer(random);
    case V_SPAN:
        return span(random);
    default:
        return random_number(random);
    }
}

static bool is_pointer(enum value_kind kind)
{
    static const uint64_t pointers =
        1ull << V_PATH | 1ull << V_NAME | 1ull << V_OUT | 1ull << V_IN | 1ull << V_DATA |
        1ull << V_OFFSET_AT | 1ull << V_TIME | 1ull << V_INTERVAL | 1ull << V_VECTOR |
        1ull << V_MESSAGE | 1ull << V_MESSAGES | 1ull << V_ADDRESS | 1ull << V_LENGTH_AT |
        1ull << V_POLL | 1ull << V_SIGNALS | 1ull << V_WORD_AT | 1ull << V_STRINGS |
        1ull << V_CLONE | 1ull << V_LOCK;
    return pointers >> kind & 1;
}

uint64_t value_make(struct values *values, enum value_kind kind, const uint64_t *set,
                    unsigned count)
{
    if (!is_pointer(kind))
        return number(values, kind, set, count);
    if (random_percent(&values->random, 3))
        return 0;
    return random_percent(&values->random, 6) ? wild_pointer(&values->random)
                                              : pointer(values, kind);
}
