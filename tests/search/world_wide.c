/**
 * world_wide.c - every operation of an object with every small argument: the actions are made from
 * abi/object.def, so that a new operation, or a new argument, is in them or stops the search.
 *
 * All these worlds have the same furniture: two threads that share a Table with one or two objects
 * of each type, and a few empty slots. Each has the operations of one or two types, by every
 * capability of that type, and what makes all of them come and go. They are wide, not deep: the
 * other worlds are.
 */
#include <corm/object_perform.h>
#include <corm/operations.h>
#include <corm/syscall.h>
#include <stdlib.h>
#include <string.h>

#include "abi/bootinfo.h"
#include "abi/fault.h"
#include "tests/search/box.h"
#include "tests/search/search.h"

#define PAGE       0x1000ull
#define UNIT_NS    (NANOS_PER_MS / 4)
#define PERIOD_NS  (8 * UNIT_NS)
#define LINE       1u
#define TABLE_LOG2 5u
#define BADGE      5u
#define LIMIT_NS   (3600 * NANOS_PER_S) /* the longest period, and the longest request */

/* Slots of the threads' Table. */
enum {
    SELF = 1,
    OTHER, /* a Table with nothing in it */
    UNTYPED,
    REGION,
    PART,
    SPACE,
    GUESTS,
    THREAD_A,
    THREAD_B,
    SCHED,
    FRESH, /* a Sched without time */
    ENDPOINT,
    BADGED,
    NOTIFICATION,
    SIGNAL,
    CONTROL,
    HELD, /* an interrupt line */
    PORTS,
    CHUNK,  /* memory for page tables */
    DEVICE, /* memory that is a device's */
    FREE,
    FREE_LAST,
    SLOTS
};

/* init's slots, until all lies in the shared Table. */
enum { AT = 20, TABLE = 55, CHUNK_SPACE, CHUNK_GUESTS };

static void make(unsigned type, uint64_t size_log2, uint64_t flags, uint32_t index)
{
    world_make(BOX_SLOT_MEMORY, type, size_log2, flags, AT + index);
}

static void make_memory(void)
{
    world_make(BOX_SLOT_MEMORY, OBJECT_UNTYPED, 14, 0, CHUNK_SPACE);
    world_make(BOX_SLOT_MEMORY, OBJECT_UNTYPED, 14, 0, CHUNK_GUESTS);
    make(OBJECT_UNTYPED, 13, 0, UNTYPED);
    make(OBJECT_UNTYPED, 13, 0, CHUNK);
    make(OBJECT_REGION, 13, 0, REGION);
    world_make(BOX_SLOT_DEVICE, OBJECT_UNTYPED, 13, 0, AT + DEVICE);
    CALL(AT + REGION, REGION_OP_MINT, PAGE, 12, REGION_RIGHT_READ, INIT_SLOT_TABLE, AT + PART);
    make(OBJECT_SPACE, 2, 0, SPACE);
    make(OBJECT_SPACE, 2, 1, GUESTS);
    CALL(AT + SPACE, SPACE_OP_DONATE, 0, CHUNK_SPACE);
    CALL(AT + GUESTS, SPACE_OP_DONATE, 0, CHUNK_GUESTS);
    for (unsigned space = SPACE; space <= GUESTS; space++)
        CALL(AT + space, SPACE_OP_ATTACH, 1, AT + REGION, PAGE, 2 * PAGE);
    CALL(AT + SPACE, SPACE_OP_MAP, 1, 0, PAGE, 2 * PAGE, REGION_RIGHT_READ | REGION_RIGHT_WRITE);
}

static void make_messengers(void)
{
    make(OBJECT_ENDPOINT, 0, 0, ENDPOINT);
    make(OBJECT_NOTIFICATION, 0, 0, NOTIFICATION);
    world_give(AT + ENDPOINT, INIT_SLOT_TABLE, AT + BADGED, ENDPOINT_RIGHT_CALL, BADGE);
    world_give(AT + NOTIFICATION, INIT_SLOT_TABLE, AT + SIGNAL, 0xff, BADGE);
    world_give(INIT_SLOT_IRQ_CONTROL, INIT_SLOT_TABLE, AT + CONTROL, 0xff, 0);
    CALL(AT + CONTROL, IRQ_CONTROL_OP_ISSUE, LINE, 0, 0, INIT_SLOT_TABLE, AT + HELD);
    CALL(INIT_SLOT_IOPORT, IOPORT_OP_MINT, 8, 8, INIT_SLOT_TABLE, AT + PORTS);
}

static void make_threads(void)
{
    make(OBJECT_SCHED, 0, 0, SCHED);
    make(OBJECT_SCHED, 0, 0, FRESH);
    CALL(INIT_SLOT_SCHED, SCHED_OP_SPLIT, AT + SCHED, 4 * UNIT_NS, PERIOD_NS, UNIT_NS, 100);
    for (uint32_t i = 0; i < 2; i++) {
        make(OBJECT_THREAD, 0, i, THREAD_A + i);
        world_thread(AT + THREAD_A + i, TABLE, AT + SPACE, i == 0 ? AT + BADGED : 0,
                     i == 0 ? INIT_SLOT_SCHED : AT + SCHED, 0);
    }
    CALL(AT + THREAD_A, THREAD_OP_SET_GUEST, AT + GUESTS, AT + REGION, 0);
}

static void furnish(void)
{
    make_memory();
    world_make(BOX_SLOT_MEMORY, OBJECT_TABLE, TABLE_LOG2, 0, TABLE);
    make(OBJECT_TABLE, 4, 0, OTHER);
    make_messengers();
    make_threads();
    for (uint32_t slot = OTHER; slot <= DEVICE; slot++)
        world_move(AT + slot, TABLE, slot);
    world_move(TABLE, TABLE, SELF); /* nobody else has it */
    world_rest();
}

/* ---- small arguments ---- */

#define DOMAIN_MAX 14u

struct domain {
    const char *name;
    unsigned count;
    uint64_t values[DOMAIN_MAX];
};

#define VALUES(text, ...)                                                                          \
    {                                                                                              \
        text, sizeof((uint64_t[]){__VA_ARGS__}) / sizeof(uint64_t), { __VA_ARGS__ }                \
    }

/* Of all arguments that are no capabilities, by name. */
static const struct domain domains[] = {
    VALUES("type", 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 255),
    VALUES("size_log2", 0, 2, 4, 11, 12, 13, 14, 48),
    VALUES("flags", 0, 1),
    VALUES("table", SELF, OTHER, THREAD_A, FREE_LAST),
    VALUES("index", 0, SELF, FREE, FREE_LAST, 1u << TABLE_LOG2),
    VALUES("offset", 0, 1, PAGE, 2 * PAGE),
    VALUES("rights", 0, 1, 2, 3, 4, 5, 7, 8, 0xff),
    VALUES("slot", 0, 1, 2, 4),
    VALUES("window", 0, 1, PAGE, 2 * PAGE, USER_LIMIT),
    VALUES("window_bytes", 0, 1, PAGE, 2 * PAGE),
    VALUES("vaddr", 0, 1, PAGE, 2 * PAGE),
    VALUES("size_bytes", 0, 1, PAGE, 2 * PAGE),
    VALUES("control", 0 | 3 << 8, 1, 1 | 1 << 8, 1 | 3 << 8, 1 | 7 << 8, 1 | 8 << 8, 2 | 1 << 8),
    VALUES("p0", 0, 1ull << 28, 1ull << 28 | 1, 2ull << 28 | 1, 2ull << 28 | 2, 3ull << 28),
    VALUES("p1", 0, 1ull << 28, 2ull << 28, 2ull << 28 | 1, 3ull << 28),
    VALUES("p2", 0, 1ull << 28),
    VALUES("p3", 0),
    VALUES("p4", 0),
    VALUES("p5", 0),
    VALUES("p6", 0),
    VALUES("source", 0, SELF, UNTYPED, REGION, ENDPOINT, BADGED, FREE, 1u << TABLE_LOG2),
    VALUES("badge", 0, BADGE, 1ull << 63),
    VALUES("floor", 0, 100, 101, 255, 256),
    VALUES("pc", 0, PAGE, USER_LIMIT),
    VALUES("sp", PAGE, USER_LIMIT),
    VALUES("argument", 0, ~0ull),
    VALUES("tls", 0, USER_LIMIT - 1, USER_LIMIT),
    VALUES("limit_ns", 0, 1000, LIMIT_NS, LIMIT_NS + 1),
    VALUES("budget_ns", 0, 1, UNIT_NS, 4 * UNIT_NS, 5 * UNIT_NS, PERIOD_NS + 1),
    VALUES("period_ns", 0, 9999, PERIOD_NS / 2, PERIOD_NS, LIMIT_NS, LIMIT_NS + 1),
    VALUES("slice_ns", 9999, 10000, UNIT_NS),
    VALUES("priority", 0, 100, 101, 256),
    VALUES("line", 0, LINE, HOST_IRQ_LINES, ~0ull),
    VALUES("trigger", 0, 1, 2),
    VALUES("polarity", 0, 1, 2),
    VALUES("first", 0, 7, 8, 15, 16, ~0ull),
    VALUES("count", 0, 1, 8, 9, 32, 33, ~0ull),
    VALUES("port", 0, 7, 8, 12, 13, 15, 16, ~0ull),
    VALUES("width", 0, 1, 2, 3, 4, 8),
    VALUES("value", 0, ~0ull),
    VALUES("b0", 0x55),
    VALUES("b8", 0),
    VALUES("b16", 0),
    VALUES("b24", 0),
};

#define HOLDERS 3u

/* Slots that hold an object of each type at the start. */
static const uint8_t holders[OBJECT_TYPES][HOLDERS] = {
    [OBJECT_UNTYPED] = {UNTYPED, CHUNK, DEVICE},
    [OBJECT_REGION] = {REGION, PART},
    [OBJECT_SPACE] = {SPACE, GUESTS},
    [OBJECT_TABLE] = {SELF, OTHER},
    [OBJECT_THREAD] = {THREAD_A, THREAD_B},
    [OBJECT_SCHED] = {SCHED, FRESH},
    [OBJECT_ENDPOINT] = {ENDPOINT, BADGED},
    [OBJECT_NOTIFICATION] = {NOTIFICATION, SIGNAL},
    [OBJECT_IRQ_CONTROL] = {CONTROL, FREE},
    [OBJECT_IRQ] = {HELD, FREE},
    [OBJECT_IOPORT] = {PORTS, FREE},
};

/* A capability argument: each that fits, nothing where less than three do, one that does not fit,
 * an empty slot, none at all. */
static struct domain domain_of_cap(const struct object_cap *cap)
{
    unsigned wrong = cap->type == OBJECT_TABLE ? NOTIFICATION : OTHER;
    const uint8_t *fit = holders[cap->type];
    return (struct domain)VALUES("", fit[2], fit[0], fit[1], FREE, wrong, FREE_LAST,
                                 1u << TABLE_LOG2);
}

static struct domain domain_of_name(const char *name, size_t length)
{
    for (unsigned i = 0; i < ARRAY_LENGTH(domains); i++)
        if (strlen(domains[i].name) == length && strncmp(domains[i].name, name, length) == 0)
            return domains[i];
    printf("Bail out! no values are known of the argument %.*s\n", (int)length, name);
    exit(1);
}

/* ---- from the contract ---- */

struct shape {
    uint8_t type;
    uint8_t op;
    const char *name;
    struct object_op rule;
    const char *arguments; /* their names, with commas */
};

#define SHAPE(object, number, function, rights, resolved, ...)                                     \
    {OBJECT_##object, number, #function, {NULL, rights, resolved}, #__VA_ARGS__},
static const struct shape shapes[] = {OBJECT_OPERATIONS(SHAPE)};

static unsigned find_domains(const struct shape *shape, struct domain *found)
{
    unsigned count = 0;
    const char *at = shape->arguments;
    while (strcmp(at, "none") != 0) {
        size_t length = strcspn(at, ", ");
        const struct object_cap *cap = NULL;
        for (unsigned i = 0; i < OBJECT_OP_CAPS; i++)
            if (shape->rule.caps[i].type != 0 && shape->rule.caps[i].word == count)
                cap = &shape->rule.caps[i];
        found[count++] = cap != NULL ? domain_of_cap(cap) : domain_of_name(at, length);
        at += length;
        at += strspn(at, ", ");
        if (*at == 0)
            break;
    }
    return count;
}

/* By the capability in @slot, with all that its arguments may be. */
static void act_all(const struct shape *shape, unsigned slot)
{
    struct domain found[MESSAGE_WORDS];
    unsigned at[MESSAGE_WORDS] = {0};
    unsigned count = find_domains(shape, found);
    for (bool more = true; more;) {
        struct action action = {
            .name = shape->name, .handle = HANDLE(slot, shape->op), .count_words = (uint8_t)count};
        for (unsigned i = 0; i < count; i++)
            action.words[i] = found[i].values[at[i]];
        world_act(&action);
        more = false;
        for (unsigned i = 0; i < count && !more; i++) {
            at[i] = (at[i] + 1) % found[i].count;
            more = at[i] != 0;
        }
    }
}

static void act_type(unsigned type)
{
    for (unsigned i = 0; i < ARRAY_LENGTH(shapes); i++)
        if (shapes[i].type == type)
            for (unsigned j = 0; j < HOLDERS && holders[type][j] != 0; j++)
                act_all(&shapes[i], holders[type][j]);
}

/* Objects come and go, threads stop and go on, time passes. */
static void act_others(void)
{
    for (unsigned slot = SELF; slot < SLOTS; slot++) {
        ACT("delete", SELF, TABLE_OP_DELETE, slot);
        ACT("revoke", SELF, TABLE_OP_REVOKE, slot);
    }
    for (unsigned thread = THREAD_A; thread <= THREAD_B; thread++) {
        ACT("suspend", thread, THREAD_OP_SUSPEND);
        ACT("resume", thread, THREAD_OP_RESUME);
    }
    world_act(&(struct action){.name = "fault", .kind = ACTION_FAULT, .tag = FAULT_PAGE});
    world_act(&(struct action){.name = "line", .kind = ACTION_LINE, .words = {LINE}});
    world_act(&(struct action){.name = "time", .kind = ACTION_TIME, .words = {UNIT_NS}});
    world_act(&(struct action){.name = "the guest calls", .kind = ACTION_GUEST_EXIT});
    ACT("enter", 0, SYSCALL_ENTER, 0);
    ACT("yield", 0, SYSCALL_YIELD, 0);
    ACT("receive", FREE_LAST, 0, 0);
    world_restarts();
}

/* ---- messages: their arguments are the handle, the tag and the deadline ---- */

static void act_messages_of(unsigned slot)
{
    static const nanos_t deadlines[] = {DEADLINE_POLL, UNIT_NS, DEADLINE_NEVER};
    static const uint8_t sent[] = {0, ENDPOINT, UNTYPED, FREE_LAST};
    static const uint8_t taken[] = {0, FREE, ENDPOINT};
    static const uint8_t ops[] = {0, 1, 2, 3, 4, 5, 13, 60, 61, 62, 63};
    for (unsigned i = 0; i < ARRAY_LENGTH(sent) * ARRAY_LENGTH(taken); i++) {
        uint64_t tag = TAG(i % 2, 1) | (uint64_t)sent[i % 4] << TAG_SEND_SLOT_SHIFT |
                       (uint64_t)taken[i / 4] << TAG_RECEIVE_SLOT_SHIFT;
        for (unsigned j = 0; j < ARRAY_LENGTH(ops) * ARRAY_LENGTH(deadlines); j++)
            world_act(&(struct action){.name = "message",
                                       .handle = HANDLE(slot, ops[j / 3]),
                                       .deadline = deadlines[j % 3],
                                       .tag = tag,
                                       .count_words = 1,
                                       .words = {i % 3 * 4 * UNIT_NS}}); /* also what is demanded */
    }
}

static void fill_untyped(void)
{
    act_type(OBJECT_UNTYPED);
    act_others();
}

static void fill_region(void)
{
    act_type(OBJECT_REGION);
    act_others();
}

static void fill_space(void)
{
    act_type(OBJECT_SPACE);
    act_others();
}

static void fill_table(void)
{
    act_type(OBJECT_TABLE);
    act_others();
}

static void fill_thread(void)
{
    act_type(OBJECT_THREAD);
    act_others();
}

static void fill_sched(void)
{
    act_type(OBJECT_SCHED);
    act_others();
}

static void fill_hardware(void)
{
    act_type(OBJECT_IRQ_CONTROL);
    act_type(OBJECT_IRQ);
    act_type(OBJECT_IOPORT);
    act_others();
}

static void fill_messages(void)
{
    act_messages_of(ENDPOINT);
    act_messages_of(BADGED);
    act_messages_of(NOTIFICATION);
    act_messages_of(SIGNAL);
    act_messages_of(UNTYPED);
    act_messages_of(FREE_LAST);
    act_others();
}

#define WIDE(subject, text)                                                                        \
    const struct world world_wide_##subject = {                                                    \
        .name = "wide-" #subject,                                                                  \
        .sentence = text " with any small argument does what it may, and no more",                 \
        .furnish = furnish,                                                                        \
        .fill = fill_##subject,                                                                    \
        .transitions = 100000,                                                                     \
        .count_lines = LINE + 1,                                                                   \
    }

WIDE(untyped, "every operation of an Untyped");
WIDE(region, "every operation of a Region");
WIDE(space, "every operation of a Space");
WIDE(table, "every operation of a Table");
WIDE(thread, "every operation of a Thread");
WIDE(sched, "every operation of a Sched");
WIDE(hardware, "every operation of interrupt lines and ports");
WIDE(messages, "every call, reply, receive and signal");
