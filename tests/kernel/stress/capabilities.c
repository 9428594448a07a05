/**
 * capabilities.c - capabilities of the worker's own Table: copied, minted, moved, deleted, revoked,
 * inspected, and compared with a model of the derivation tree; and objects, made until their
 * Untyped is full, used and all destroyed.
 */
#include "tests/kernel/stress/worker.h"

#define TREE_SLOTS       24u
#define TREE_ROOTS       2u /* an Endpoint and a Notification, in the first slots: always there */
#define DEPTH_LIMIT      5u
#define NO_PARENT        0xffu
#define HEAP_LOG2        16u
#define OBJECT_BYTES_MAX (4 * PAGE) /* with what lies before it, to be aligned */
#define HEAP_SLOTS       (SCRATCH_SLOTS - TREE_SLOTS)
#define RIGHTS_ALL       7u
#define RIGHTS_FRESH     0xffu

static struct node {
    bool used;
    uint8_t parent; /* index, or NO_PARENT: of the Untyped */
    uint8_t depth;
    uint8_t rights;
    uint8_t type;
    uint64_t badge;
} tree[TREE_SLOTS];

static uint32_t heap_used;
static uint64_t consumed_before[PROCESSORS];

static cap_t tree_slot(uint32_t index) { return SLOT_SCRATCH + index; }
static cap_t heap_slot(uint32_t index) { return SLOT_SCRATCH + TREE_SLOTS + index; }

void capabilities_begin(void)
{
    static const uint8_t types[TREE_ROOTS] = {OBJECT_ENDPOINT, OBJECT_NOTIFICATION};
    for (uint32_t i = 0; i < TREE_ROOTS; i++) {
        DO_OK(untyped_retype(ACTOR_UNTYPED, types[i], 0, 0, ACTOR_TABLE, tree_slot(i)));
        tree[i] = (struct node){true, NO_PARENT, 0, RIGHTS_FRESH, types[i], 0};
    }
    DO_OK(untyped_retype(ACTOR_UNTYPED, OBJECT_UNTYPED, HEAP_LOG2, 0, ACTOR_TABLE, SLOT_HEAP));
}

static void forget_below(uint32_t index)
{
    for (uint32_t i = TREE_ROOTS; i < TREE_SLOTS; i++) {
        if (tree[i].used && tree[i].parent == index) {
            tree[i].used = false;
            forget_below(i);
        }
    }
}

static void derive(uint32_t from, uint32_t to, bool child)
{
    const uint8_t rights = (uint8_t)(1 + roll(RIGHTS_ALL));
    const uint64_t badge = child && tree[from].badge == 0 && roll(2) == 0 ? 1 + roll(1000) : 0;
    const status_t wanted = tree[to].used ? SLOT_BUSY : OK;
    if (child)
        DO(table_mint(ACTOR_TABLE, tree_slot(from), ACTOR_TABLE, tree_slot(to), rights, badge),
           wanted);
    else
        DO(table_copy(ACTOR_TABLE, tree_slot(from), ACTOR_TABLE, tree_slot(to), rights), wanted);
    if (wanted != OK)
        return;
    tree[to] = tree[from];
    tree[to].rights &= rights;
    if (badge != 0)
        tree[to].badge = badge;
    if (child) {
        tree[to].parent = (uint8_t)from;
        tree[to].depth++;
    }
}

static void move(uint32_t from, uint32_t to)
{
    const status_t wanted = tree[to].used ? SLOT_BUSY : OK;
    DO(table_move(ACTOR_TABLE, tree_slot(from), ACTOR_TABLE, tree_slot(to)), wanted);
    if (wanted != OK)
        return;
    tree[to] = tree[from];
    tree[from].used = false;
    for (uint32_t i = 0; i < TREE_SLOTS; i++)
        if (tree[i].used && tree[i].parent == from)
            tree[i].parent = (uint8_t)to;
}

void capability_change(void)
{
    const uint32_t from = roll(TREE_SLOTS), to = TREE_ROOTS + roll(TREE_SLOTS - TREE_ROOTS);
    const uint32_t what = roll(10);
    if (!tree[from].used) {
        DO(table_copy(ACTOR_TABLE, tree_slot(from), ACTOR_TABLE, tree_slot(to), RIGHTS_ALL),
           tree[to].used ? SLOT_BUSY : EMPTY);
    } else if (what < 4) {
        derive(from, to, tree[from].depth < DEPTH_LIMIT);
    } else if (what < 6) {
        derive(from, to, false);
    } else if (what == 6 && from >= TREE_ROOTS && from != to) {
        move(from, to);
    } else if (what == 7) {
        DO_OK(table_revoke(ACTOR_TABLE, tree_slot(from)));
        forget_below(from);
    } else if (from >= TREE_ROOTS) {
        DO_OK(table_delete(ACTOR_TABLE, tree_slot(from)));
        tree[from].used = false;
        forget_below(from);
    }
}

static void check(uint32_t index)
{
    uint64_t type = 0, rights = 0, badge = 0;
    DO_OK(table_inspect(ACTOR_TABLE, tree_slot(index), &type, &rights, &badge));
    WANT_EQUAL(type, tree[index].used ? tree[index].type : 0);
    if (!tree[index].used)
        return;
    WANT_EQUAL(rights, tree[index].rights);
    WANT_EQUAL(badge, tree[index].badge);
}

void capability_check(void) { check(roll(TREE_SLOTS)); }

void capability_look_at_all(void)
{
    for (uint32_t i = 0; i < TREE_SLOTS; i++)
        check(i);
}

static void heap_empty(void)
{
    uint64_t base = 0, size_log2 = 0, used = 0, device = 0;
    DO(untyped_reset(SLOT_HEAP), heap_used > 0 ? BUSY : OK);
    DO_OK(table_revoke(ACTOR_TABLE, SLOT_HEAP));
    DO_OK(untyped_reset(SLOT_HEAP));
    DO_OK(untyped_info(SLOT_HEAP, &base, &size_log2, &used, &device));
    WANT_EQUAL(used, 0);
    WANT_EQUAL(size_log2, HEAP_LOG2);
    heap_used = 0;
}

void heap_object(void)
{
    static const struct {
        uint8_t type, size_log2;
    } kinds[] = {{OBJECT_REGION, 12},  {OBJECT_UNTYPED, 12},    {OBJECT_TABLE, 4},
                 {OBJECT_SPACE, 2},    {OBJECT_THREAD, 0},      {OBJECT_SCHED, 0},
                 {OBJECT_ENDPOINT, 0}, {OBJECT_NOTIFICATION, 0}};
    const uint32_t kind = roll(ARRAY_LENGTH(kinds));
    uint64_t type = 0, rights = 0, badge = 0;
    if (heap_used == HEAP_SLOTS || roll(20) == 0) {
        heap_empty();
        return;
    }
    const status_t status =
        DO_ONE_OF(untyped_retype(SLOT_HEAP, kinds[kind].type, kinds[kind].size_log2, 0, ACTOR_TABLE,
                                 heap_slot(heap_used)),
                  ONE(OK) | ONE(NO_MEMORY));
    if (status == NO_MEMORY) {
        uint64_t base = 0, size_log2 = 0, used = 0, device = 0;
        DO_OK(untyped_info(SLOT_HEAP, &base, &size_log2, &used, &device));
        WANT(used > BIT(HEAP_LOG2) - OBJECT_BYTES_MAX);
        heap_empty();
        return;
    }
    DO_OK(table_inspect(ACTOR_TABLE, heap_slot(heap_used), &type, &rights, &badge));
    WANT_EQUAL(type, kinds[kind].type);
    heap_used++;
}

/* A part of all others' time of a processor, taken and given back; others take theirs meanwhile. */
void time_of_own(void)
{
    const uint32_t processor = roll(PROCESSORS);
    const cap_t parent = ACTOR_OTHER_TIMES + processor;
    uint64_t consumed = 0, left = 0;
    if (heap_used == HEAP_SLOTS)
        heap_empty();
    const cap_t sched = heap_slot(heap_used);
    if (DO_ONE_OF(untyped_retype(SLOT_HEAP, OBJECT_SCHED, 0, 0, ACTOR_TABLE, sched),
                  ONE(OK) | ONE(NO_MEMORY)) != OK)
        return;
    if (DO_ONE_OF(sched_split(parent, sched, 20 * NANOS_PER_US, 10 * NANOS_PER_MS, NANOS_PER_MS, 1),
                  ONE(OK) | ONE(BUDGET)) == OK) {
        DO(sched_configure(sched, 30 * NANOS_PER_US, 10 * NANOS_PER_MS, NANOS_PER_MS, 1), BUDGET);
        DO_OK(sched_configure(sched, 10 * NANOS_PER_US, 10 * NANOS_PER_MS, NANOS_PER_MS, 1));
        DO(sched_configure(sched, 10 * NANOS_PER_US, 10 * NANOS_PER_MS, NANOS_PER_MS, 2), RANGE);
    }
    DO_OK(table_delete(ACTOR_TABLE, sched));
    DO_OK(sched_consumed(parent, &consumed, &left));
    WANT(consumed >= consumed_before[processor]);
    consumed_before[processor] = consumed;
}
