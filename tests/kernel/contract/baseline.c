/**
 * baseline.c - what must be after each case as it was before the first: every slot of the Table and
 * of the Space, memory, time, mapped pages.
 *
 * Objects are among it: each is made of an Untyped, which is not reset while one of them exists.
 */
#include "run.h"

#include "lib/base/check.h"
#include "lib/base/fmt.h"

#define TABLE_SLOTS   (1u << COMPONENT_TABLE_SLOTS_LOG2_OBJECTS)
#define HARVEST_BYTES (64 * PAGE)
#define TIME_PERIOD   (1ull << 30) /* ns; time is told apart in 2^20ths */

struct held {
    uint8_t type, rights;
    uint64_t badge;
};

static struct {
    struct held slots[TABLE_SLOTS];
    uint64_t used_bytes; /* of the component's own Untyped */
    nanos_t time_ns;     /* that could be split off, in each TIME_PERIOD */
} before;

/* Where cases map; nothing is mapped there between them. */
static const struct {
    uint64_t address, bytes;
} windows[] = {
    {COMPONENT_ADDRESS_FREE, 2ull << ENV_UNTYPED_LOG2},
    {ADDRESS_MAPPING, 8ull << 20},
    {ADDRESS_LARGE, 8ull << 20},
    {ADDRESS_REVOKE, 2ull << 20},
    {ADDRESS_FAULT, HARVEST_BYTES},
};

/* A line that grows. */
struct text {
    char *to;
    size_t size;
};

static void say(struct text *text, const char *format, ...) PRINTF(2, 3);

static void say(struct text *text, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    const size_t length = fmt_buffer_args(text->to, text->size, format, args);
    va_end(args);
    const size_t used = length < text->size ? length : text->size;
    text->to += used;
    text->size -= used;
}

static struct held held_in(cap_t slot)
{
    uint64_t type = 0, rights = 0, badge = 0;
    ASSERT(slot == 0 || table_inspect(SLOT_TABLE, slot, &type, &rights, &badge) == OK);
    return (struct held){(uint8_t)type, (uint8_t)rights, badge};
}

static uint64_t used_bytes(cap_t untyped)
{
    uint64_t base = 0, size_log2 = 0, used = 0, device = 0;
    ASSERT(untyped_info(untyped, &base, &size_log2, &used, &device) == OK);
    return used;
}

/* To split a Sched off itself is refused, as too much or else as impossible: nothing changes. */
static bool has_time(nanos_t budget_ns)
{
    const status_t status =
        sched_split(SLOT_SCHED, SLOT_SCHED, budget_ns, TIME_PERIOD, NANOS_PER_MS, 0);
    ASSERT(status == BUSY || status == BUDGET);
    return status == BUSY;
}

static nanos_t time_left(void)
{
    nanos_t most = 0;
    for (nanos_t step = TIME_PERIOD; step > 0; step >>= 1)
        most += most + step <= TIME_PERIOD && has_time(most + step) ? step : 0;
    return most;
}

void baseline_record(void)
{
    for (cap_t slot = 0; slot < TABLE_SLOTS; slot++)
        before.slots[slot] = held_in(slot);
    before.used_bytes = used_bytes(SLOT_UNTYPED);
    before.time_ns = time_left();
}

static void check_slots(struct text *why)
{
    for (cap_t slot = 0; slot < TABLE_SLOTS; slot++) {
        const struct held was = before.slots[slot], is = held_in(slot);
        if (is.type != was.type || is.rights != was.rights || is.badge != was.badge)
            say(why, "slot %u changed; ", slot);
    }
    for (uint32_t slot = ENV_SPACE_FIRST; slot < ENV_SPACE_END; slot++) {
        uint64_t done = 0;
        if (space_map(SLOT_SPACE, slot, 0, COMPONENT_ADDRESS_FREE, PAGE, RIGHTS_R, &done) != EMPTY)
            say(why, "slot %u of the Space is not empty; ", slot);
    }
}

static void check_pages(struct text *why)
{
    for (uint32_t i = 0; i < ARRAY_LENGTH(windows); i++) {
        for (uint64_t at = 0; at < windows[i].bytes; at += HARVEST_BYTES) {
            uint64_t present = 0, accessed = 0, dirty = 0;
            ASSERT(space_harvest(SLOT_SPACE, windows[i].address + at, &present, &accessed,
                                 &dirty) == OK);
            if (present != 0)
                say(why, "pages from 0x%lx are mapped (0x%lx); ", windows[i].address + at, present);
        }
    }
}

bool baseline_check(char *why, size_t size)
{
    struct text text = {why, size};
    check_slots(&text);
    check_pages(&text);
    if (used_bytes(env_untyped) != 0)
        say(&text, "%lu bytes are given out; ", used_bytes(env_untyped));
    if (used_bytes(SLOT_UNTYPED) != before.used_bytes)
        say(&text, "%lu bytes of the component are given out; ", used_bytes(SLOT_UNTYPED));
    const nanos_t time_ns = time_left();
    if (time_ns != before.time_ns)
        say(&text, "time is %lu ns, was %lu; ", time_ns, before.time_ns);
    return text.to == why;
}
