/*
 * value.c - see value.h.
 */
#include "apps/linux-fuzz/value_parts.h"

#include <fcntl.h>
#include <linux/capability.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include "apps/linux-fuzz/owned.h"
#include "apps/linux-fuzz/raw.h"

struct value_pool value_pool;

/* Who is not told, by a filter of its own calls, is taken for root's. */
bool value_is_root(void) { return RAW(SYS_prctl, PR_CAPBSET_READ, ROOT_IS_WITHOUT) != 1; }

void value_keep_descriptor(int descriptor)
{
    value_pool.descriptors[value_pool.descriptor_at++ % 32] = descriptor;
}

void value_keep_of_kind(enum value_kind kind, int descriptor)
{
    const unsigned i = kind - V_SOCKET;

    value_keep_descriptor(descriptor);
    value_pool.of_kind[i][value_pool.kind_at[i]++ % 8] = descriptor;
}

void value_keep_ipc(int id) { value_pool.ipc[value_pool.ipc_at++ % 8] = id; }

bool value_is_kept_ipc(int id)
{
    const uint32_t count = value_pool.ipc_at < 8 ? value_pool.ipc_at : 8;

    for (unsigned i = 0; i < count; i++)
        if (value_pool.ipc[i] == id)
            return true;
    return false;
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

uint64_t value_page(struct random *random)
{
    if (random_percent(random, 30))
        return RANDOM_PICK(random, value_pool.maps) & ~(PAGE - 1);
    return ARENA_AT + random_below(random, ARENA_PAGES) * PAGE;
}

uint64_t value_wild_pointer(struct random *random)
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
        return value_page(random) + random_below(random, PAGE);
    case 2: /* so close to its end that most things pass over it */
        return value_page(random) + PAGE - 1 - random_below(random, 64);
    default:
        return value_page(random);
    }
}

void *value_room(struct values *values, size_t bytes)
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

/* Of those that were kept, the last `room`. */
static uint64_t some_of(struct random *random, const int32_t *kept, unsigned room, uint32_t count)
{
    if (count == 0)
        return random_below(random, 8);
    return (uint64_t)(int64_t)kept[random_below(random, count < room ? count : room)];
}

/* ---- single values -------------------------------------------------------------------------- */

uint64_t value_descriptor(struct random *random)
{
    static const int64_t odd[] = {-1,   -2,    AT_FDCWD, 255,       1023,
                                  1024, 65535, 65536,    INT32_MAX, INT32_MIN};
    if (random_percent(random, 4))
        return (uint64_t)RANDOM_PICK(random, odd);
    if (random_percent(random, 65))
        return some_of(random, value_pool.descriptors, 32, value_pool.descriptor_at);
    return 3 + random_below(random, 30);
}

static uint64_t descriptor_of_kind(struct random *random, enum value_kind kind)
{
    const unsigned i = kind - V_SOCKET;

    if (random_percent(random, 10))
        return value_descriptor(random);
    return some_of(random, value_pool.of_kind[i], 8, value_pool.kind_at[i]);
}

uint64_t value_neighbour(struct random *random)
{
    uint64_t own = (uint64_t)RAW(SYS_gettid, 0), back = random_below(random, 2 * NEIGHBOURS);
    return own + NEIGHBOURS > back ? own + NEIGHBOURS - back : own;
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
    case 4:
        return value_neighbour(random);
    default:
        return (uint64_t)RANDOM_PICK(random, value_pool.children);
    }
}

/* Also of the processor's time of some process or thread: its number, inverted, and what of it. */
static uint64_t value_clock(struct random *random)
{
    static const uint64_t clocks[] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 11};

    if (random_percent(random, 70))
        return RANDOM_PICK(random, clocks);
    return ~process_id(random) << 3 | random_below(random, 8);
}

uint64_t value_signal(struct random *random)
{
    static const uint64_t harmless[] = {10, 12, 14, 17, 18, 23, 28, 34, 40, 64};
    if (random_percent(random, 80))
        return RANDOM_PICK(random, harmless);
    return random_percent(random, 10) ? random_number(random) : random_below(random, 65);
}

#define FLAGS_FEW 4 /* so few are each there as often as not */

uint64_t value_flags(struct random *random, const uint64_t *set, unsigned count)
{
    uint64_t flags = 0;

    if (random_percent(random, 3))
        return random_number(random);
    if (random_percent(random, 25) || count == 0)
        return 0;
    if (random_percent(random, 40))
        return set[random_below(random, count)];
    for (unsigned i = 0; i < count; i++)
        if (random_below(random, count < FLAGS_FEW ? FLAGS_FEW : count) < 2)
            flags |= set[i];
    return random_percent(random, 3) ? flags | 1ull << random_below(random, 64) : flags;
}

uint64_t value_offset(struct random *random)
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

uint64_t value_size(struct values *values)
{
    if (random_percent(&values->random, 85) && values->buffer_bytes != 0)
        return values->buffer_bytes;
    return random_percent(&values->random, 50) ? random_below(&values->random, 5000)
                                               : random_number(&values->random);
}

/* ---- all of them --------------------------------------------------------------------------------
 */

static uint64_t number(struct values *values, enum value_kind kind, const uint64_t *set,
                       unsigned count)
{
    struct random *random = &values->random;

    switch (kind) {
    case V_NONE:
        return 0;
    case V_FD:
        return value_descriptor(random);
    case V_SOCKET:
    case V_EPOLL:
    case V_INOTIFY:
    case V_TIMER:
    case V_PROCESS:
    case V_FOLDER:
    case V_PIPE:
        return descriptor_of_kind(random, kind);
    case V_IPC:
        return random_percent(random, 10) ? random_below(random, 8)
                                          : some_of(random, value_pool.ipc, 8, value_pool.ipc_at);
    case V_SIZE:
        return value_size(values);
    case V_SMALL:
        return random_percent(random, 90) ? random_below(random, VECTORS_MAX)
                                          : random_number(random);
    case V_SET:
        return value_flags(random, set, count);
    case V_ONE:
        return random_percent(random, 95) && count ? set[random_below(random, count)]
                                                   : random_number(random);
    case V_CONST:
        return set[0];
    case V_PID:
        return process_id(random);
    case V_SIGNAL:
        return value_signal(random);
    case V_AT:
        return random_percent(random, 60) ? (uint64_t)AT_FDCWD : value_descriptor(random);
    case V_CLOCK:
        return value_clock(random);
    case V_WORD:
        return random_percent(random, 50) ? value_word(random_below(random, 2))
                                          : random_below(random, 3);
    case V_WAKE_OP:
        return random_below(random, 16) << 28 | random_below(random, 8) << 24 |
               random_below(random, 16) << 12 | random_below(random, 16);
    case V_ID:
        return random_percent(random, 50) ? UINT32_MAX : random_number(random);
    case V_MODE:
        return random_below(random, 010000);
    case V_OFFSET:
        return value_offset(random);
    case V_PAGES:
        return random_percent(random, 90) ? random_below(random, 5) * PAGE : value_offset(random);
    case V_MAP:
        return random_percent(random, 95) ? value_page(random) : value_wild_pointer(random);
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
        1ull << V_CLONE | 1ull << V_LOCK | 1ull << V_ACTION | 1ull << V_FILTER | 1ull << V_HOW |
        1ull << V_WAITV | 1ull << V_RSEQ | 1ull << V_SEMS | 1ull << V_TYPED;
    return pointers >> kind & 1;
}

uint64_t value_make(struct values *values, enum value_kind kind, const uint64_t *set,
                    unsigned count)
{
    if (!is_pointer(kind))
        return number(values, kind, set, count);
    if (random_percent(&values->random, 3))
        return 0;
    return random_percent(&values->random, 6) ? value_wild_pointer(&values->random)
                                              : value_pointer(values, kind);
}
