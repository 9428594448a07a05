/**
 * test_random.c - any thread makes any system call with any argument, and after each the kernel is
 * as it promises to be (kernel_valid), an oracle of authority included.
 *
 * Arguments are drawn so that most are plausible and some absurd. Interrupts come at random places
 * of long operations, time passes, devices interrupt, threads fault. At the end init takes back all
 * memory: whatever happened, nothing may be left.
 */
#include <corm/syscall.h>

#include "abi/fault.h"
#include "tests/unit/kernel/machine.h"

enum {
    FIRST = 300,  /* slots of init's Table that the threads play with ... */
    COUNT = 120,  /* ... and how many */
    ROUNDS = 700, /* what happens in one life of the threads */
    LIVES = 8     /* of one machine */
};

static const uint64_t absurd[] = {0,      1,       ~0ull,      1ull << 63, USER_LIMIT, 4095,
                                  0x1000, 1 << 20, 1ull << 32, 255,        256,        63};

static uint64_t any_absurd(void) { return absurd[unit_random_below(ARRAY_LENGTH(absurd))]; }

static uint32_t any_slot(void) { return FIRST + (uint32_t)unit_random_below(COUNT); }

/** A slot that holds @type, if a few tries find one. */
static uint32_t slot_of(enum object_type type)
{
    for (int i = 0; i < 40; i++) {
        uint32_t index = any_slot();
        if (slot_at(index)->type == type)
            return index;
    }
    return any_slot();
}

static uint32_t empty_slot(void)
{
    for (int i = 0; i < 40; i++) {
        uint32_t index = any_slot();
        if (slot_empty(slot_at(index)))
            return index;
    }
    return any_slot();
}

static uint32_t any_table(void)
{
    return unit_random_below(3) != 0 ? INIT_SLOT_TABLE : slot_of(OBJECT_TABLE);
}

/** A page-aligned user address among few, so that operations meet each other. */
static uint64_t any_address(void) { return 0x40000000ull + unit_random_below(1100) * 0x1000; }

static uint64_t any_size(void)
{
    return unit_random_below(8) == 0 ? 1ull << 21 : (1 + unit_random_below(20)) * 0x1000;
}

static uint64_t any_word(void)
{
    switch (unit_random_below(6)) {
    case 0:
        return any_absurd();
    case 1:
        return any_address();
    case 2:
        return unit_random_below(8);
    default:
        return any_slot();
    }
}

static void fill_untyped(uint32_t op, uint64_t *words)
{
    static const uint8_t sizes[OBJECT_TYPES] = {
        [OBJECT_UNTYPED] = 15, [OBJECT_REGION] = 12, [OBJECT_SPACE] = 3, [OBJECT_TABLE] = 5};
    if (op != UNTYPED_OP_RETYPE)
        return;
    words[0] = 1 + unit_random_below(8);
    words[1] = sizes[words[0]] + unit_random_below(3);
    if (words[0] == OBJECT_REGION && unit_random_below(6) == 0)
        words[1] = 21;
    words[2] = unit_random_below(2);
    words[3] = any_table();
    words[4] = empty_slot();
}

static void fill_space(uint32_t op, uint64_t *words)
{
    words[0] = unit_random_below(9);
    switch (op) {
    case SPACE_OP_ATTACH:
        words[1] = slot_of(OBJECT_REGION);
        words[2] = 0x40000000ull;
        words[3] = 0x800000ull;
        break;
    case SPACE_OP_DONATE:
        words[1] = slot_of(OBJECT_UNTYPED);
        break;
    case SPACE_OP_MAP:
        words[1] = unit_random_below(4) * 0x1000;
        words[2] = unit_random_below(6) == 0 ? 0x40200000ull : any_address();
        words[3] = any_size();
        words[4] = 1 + unit_random_below(7);
        break;
    case SPACE_OP_UNMAP:
        words[0] = any_address();
        words[1] = any_size();
        break;
    case SPACE_OP_PROTECT:
        words[1] = any_address();
        words[2] = any_size();
        words[3] = 1 + unit_random_below(7);
        break;
    case SPACE_OP_MAP_LIST:
        words[0] |= (1 + unit_random_below(7)) << 8;
        for (int i = 1; i < 5; i++)
            words[i] = (any_address() >> 12) << 28 | unit_random_below(5);
        break;
    case SPACE_OP_CLONE_RANGE:
        words[1] = slot_of(OBJECT_SPACE);
        words[2] = 0x40000000ull;
        words[3] = 0x600000ull;
        words[4] = unit_random_below(2);
        break;
    case SPACE_OP_HARVEST:
        words[0] = any_address();
        break;
    }
}

static void fill_table(uint32_t op, uint64_t *words)
{
    words[0] = any_slot();
    words[1] = any_table();
    words[2] = op == TABLE_OP_MINT || op == TABLE_OP_COPY || op == TABLE_OP_MOVE ? empty_slot() : 0;
    words[3] = unit_random_below(4) == 0 ? unit_random_below(8) : 0xff;
    words[4] = unit_random_below(2) * (1 + unit_random_below(15));
}

static void fill_thread(uint32_t op, uint64_t *words)
{
    switch (op) {
    case THREAD_OP_CONFIGURE:
        words[0] = unit_random_below(4) == 0 ? slot_of(OBJECT_TABLE) : INIT_SLOT_TABLE;
        words[1] = unit_random_below(3) == 0 ? slot_of(OBJECT_SPACE) : 0;
        words[2] = unit_random_below(2) == 0 ? slot_of(OBJECT_ENDPOINT) : 0;
        break;
    case THREAD_OP_SET_FLOOR:
        words[0] = slot_of(OBJECT_SCHED);
        words[1] = unit_random_below(260);
        break;
    case THREAD_OP_START:
        words[0] = 0x1000;
        words[1] = 0x2000;
        words[3] = 0;
        break;
    case THREAD_OP_SET_GUEST:
        words[0] = unit_random_below(2) == 0 ? slot_of(OBJECT_SPACE) : 0;
        words[1] = slot_of(OBJECT_REGION);
        words[2] = 0;
        break;
    case THREAD_OP_BIND_NOTIFICATION:
        words[0] = unit_random_below(4) == 0 ? 0 : slot_of(OBJECT_NOTIFICATION);
        break;
    }
}

static void fill_others(enum object_type type, uint32_t op, uint64_t *words)
{
    if (type == OBJECT_REGION && op == REGION_OP_MINT) {
        words[0] = unit_random_below(3) * 0x1000;
        words[1] = 12 + unit_random_below(3);
        words[2] = unit_random_below(8);
        words[3] = any_table();
        words[4] = empty_slot();
    } else if (type == OBJECT_SCHED && op == SCHED_OP_SPLIT) {
        words[0] = slot_of(OBJECT_SCHED);
        words[1] = 1 + unit_random_below(300000);
        words[2] = NANOS_PER_MS * (1 + unit_random_below(8));
        words[3] = NANOS_PER_MS;
        words[4] = unit_random_below(256);
    } else if (type == OBJECT_SCHED) {
        words[0] = slot_of(OBJECT_THREAD);
    } else if (type == OBJECT_IRQ_CONTROL) {
        words[0] = unit_random_below(6);
        words[1] = words[2] = unit_random_below(2);
        words[3] = any_table();
        words[4] = empty_slot();
    } else if (type == OBJECT_IRQ) {
        words[0] = slot_of(OBJECT_NOTIFICATION);
    } else if (type == OBJECT_ENDPOINT && op == ENDPOINT_OP_DEMAND_BUDGET) {
        words[0] = unit_random_below(3) * 10000;
    }
}

static uint64_t any_tag(void)
{
    uint64_t tag = TAG(unit_random_below(4), unit_random_below(9));
    if (unit_random_below(3) == 0)
        tag |= (uint64_t)any_slot() << TAG_SEND_SLOT_SHIFT;
    if (unit_random_below(3) == 0)
        tag |= (uint64_t)empty_slot() << TAG_RECEIVE_SLOT_SHIFT;
    return tag;
}

static nanos_t any_deadline(void)
{
    static const nanos_t distances[] = {1, 100, 5000, 100000, 3000000};
    if (unit_random_below(3) == 0)
        return unit_random_below(2) == 0 ? DEADLINE_POLL : DEADLINE_NEVER;
    return host_now + distances[unit_random_below(ARRAY_LENGTH(distances))];
}

/** The operation of some capability, with arguments that often make sense. */
static void any_invocation(void)
{
    static const uint8_t ops[OBJECT_TYPES] = {
        [OBJECT_UNTYPED] = 3,  [OBJECT_REGION] = 2,       [OBJECT_SPACE] = 10,
        [OBJECT_TABLE] = 6,    [OBJECT_THREAD] = 12,      [OBJECT_SCHED] = 3,
        [OBJECT_ENDPOINT] = 5, [OBJECT_NOTIFICATION] = 3, [OBJECT_IRQ_CONTROL] = 1,
        [OBJECT_IRQ] = 2};
    uint64_t words[MESSAGE_WORDS];
    uint32_t index = slot_of((enum object_type)(1 + unit_random_below(OBJECT_TYPES - 1)));
    enum object_type type = (enum object_type)slot_at(index)->type;
    if (type == OBJECT_TABLE || unit_random_below(5) == 0) {
        index = INIT_SLOT_TABLE; /* where the slots are */
        type = OBJECT_TABLE;
    }
    uint32_t op = 1 + (uint32_t)unit_random_below(ops[type] + 1u);
    /* Revoking often leaves nothing to play with. */
    if (type == OBJECT_TABLE && op >= TABLE_OP_DELETE && unit_random_below(6) != 0)
        op = 1 + (uint32_t)unit_random_below(3);
    for (unsigned i = 0; i < MESSAGE_WORDS; i++)
        words[i] = any_word();
    if (type == OBJECT_UNTYPED)
        fill_untyped(op, words);
    else if (type == OBJECT_SPACE)
        fill_space(op, words);
    else if (type == OBJECT_TABLE)
        fill_table(op, words);
    else if (type == OBJECT_THREAD)
        fill_thread(op, words);
    else
        fill_others(type, op, words);
    if (unit_random_below(20) == 0)
        words[unit_random_below(5)] = any_absurd();
    /* init's own slots are not theirs to give away, nor to move. */
    if (index == INIT_SLOT_TABLE && op >= TABLE_OP_MOVE && words[0] < FIRST)
        words[0] = any_slot();
    trap(HANDLE(index, op), any_tag(), words, any_deadline());
}

static void any_ipc(void)
{
    uint64_t words[MESSAGE_WORDS] = {unit_random(), unit_random()};
    bool endpoint = unit_random_below(3) != 0;
    uint32_t index = slot_of(endpoint ? OBJECT_ENDPOINT : OBJECT_NOTIFICATION);
    uint64_t handle = HANDLE(index, 1 + unit_random_below(2));
    if (unit_random_below(2) == 0)
        handle = HANDLE(index, HANDLE_RECEIVE + unit_random_below(2));
    uint64_t tag = unit_random_below(2) == 0 ? TAG(unit_random_below(3), 2) : any_tag();
    trap(handle, tag, words, any_deadline());
}

static void any_event(void)
{
    switch (unit_random_below(8)) {
    case 0:
        host_irq_raise((uint32_t)unit_random_below(6));
        interrupts();
        break;
    case 1:
        if (!running()->context.in_guest)
            fault((uint32_t)(1 + unit_random_below(2)), any_address());
        break;
    case 2:
        trap(HANDLE(0, SYSCALL_ENTER), any_tag(), absurd, 0);
        if (running()->context.in_guest && unit_random_below(2) == 0)
            host_guest_exit(1);
        break;
    case 3:
        host_window_every = host_window_countdown = (unsigned)unit_random_below(6);
        break;
    case 4:
        host_fast_enabled = unit_random_below(4) != 0;
        break;
    default:
        elapse(unit_random() >> (44 + unit_random_below(16)));
    }
}

/** Touch memory as the running thread would, so that the TLB has something to be wrong about. */
static void any_access(void)
{
    paddr_t address = 0;
    for (int i = 0; i < 3; i++) {
        uint64_t root = unit_random_below(2) == 0 ? running()->root : running()->guest_root;
        (void)host_access(root, any_address(), (uint8_t)(1u << unit_random_below(2)), &address);
    }
}

static void make_there(uint32_t memory, enum object_type type, uint64_t size_log2, uint32_t index)
{
    REQUIRE(INVOKE(memory, UNTYPED_OP_RETYPE, type, size_log2, unit_random_below(2),
                   INIT_SLOT_TABLE, index) == OK);
}

/** A thread on a Sched of its own, both in the threads' slots. */
static void make_thread(uint32_t memory, uint32_t priority)
{
    uint32_t sched = empty_slot();
    make_there(memory, OBJECT_SCHED, 0, sched);
    REQUIRE(INVOKE(INIT_SLOT_SCHED, SCHED_OP_SPLIT, sched, NANOS_PER_MS / 10, NANOS_PER_MS,
                   NANOS_PER_MS / 20, priority) == OK);
    uint32_t thread = empty_slot();
    make_there(memory, OBJECT_THREAD, 0, thread);
    REQUIRE(INVOKE(thread, THREAD_OP_CONFIGURE, INIT_SLOT_TABLE, INIT_SLOT_SPACE, 0) == OK);
    REQUIRE(INVOKE(sched, SCHED_OP_BIND, thread) == OK);
    REQUIRE(INVOKE(thread, THREAD_OP_START, 0x1000, 0x2000, 0, 0) == OK);
}

/** Objects to begin with; what the threads do with them is their affair. */
static void furnish(uint32_t memory)
{
    static const uint8_t kinds[][2] = {
        {OBJECT_ENDPOINT, 0},     {OBJECT_ENDPOINT, 0}, {OBJECT_NOTIFICATION, 0},
        {OBJECT_NOTIFICATION, 0}, {OBJECT_TABLE, 5},    {OBJECT_REGION, 14},
        {OBJECT_REGION, 21},      {OBJECT_UNTYPED, 17}, {OBJECT_UNTYPED, 18},
        {OBJECT_UNTYPED, 15},     {OBJECT_SPACE, 3},    {OBJECT_SPACE, 3}};
    for (size_t i = 0; i < ARRAY_LENGTH(kinds); i++)
        make_there(memory, (enum object_type)kinds[i][0], kinds[i][1], empty_slot());
    for (uint32_t i = 0; i < 6; i++) {
        make_thread(memory, 100 + i % 2);
        INVOKE(INIT_SLOT_TABLE, TABLE_OP_MINT, slot_of(OBJECT_NOTIFICATION), INIT_SLOT_TABLE,
               empty_slot(), 3, 1u << i);
    }
    INVOKE(INIT_SLOT_TABLE, TABLE_OP_COPY, INIT_SLOT_IRQ_CONTROL, INIT_SLOT_TABLE, empty_slot(), 1);
    INVOKE(INIT_SLOT_TABLE, TABLE_OP_COPY, INIT_SLOT_TABLE, INIT_SLOT_TABLE, empty_slot(), 1);
}

/** init takes everything back. Nothing may be left of all that was. */
static void clean_up(uint32_t memory)
{
    for (uint32_t index = FIRST; index < FIRST + COUNT; index++)
        REQUIRE(INVOKE(INIT_SLOT_TABLE, TABLE_OP_DELETE, index) == OK);
    REQUIRE(INVOKE(INIT_SLOT_TABLE, TABLE_OP_REVOKE, memory) == OK);
    REQUIRE(INVOKE(memory, UNTYPED_OP_RESET) == OK);
    CHECK_EQUAL(slot_at(memory)->a, 0);
    CHECK_EQUAL(thread_count, 1);
    CHECK_EQUAL(init_sched_object()->utilisation, SCHED_UTILISATION_ONE);
    CHECK(list_empty(&init_sched_object()->children));
    for (uint32_t line = 0; line < HOST_IRQ_LINES; line++)
        CHECK(host_irq_masked(line));
    for (uint64_t i = 0; i < 1ull << slot_at(memory)->size_log2; i += 8)
        REQUIRE(*(uint64_t *)host_ram(slot_at(memory)->value + i) == 0);
}

/** init wakes whom the others stopped, and sleeps again. */
static void init_turn(uint32_t sleep)
{
    for (int i = 0; i < 4; i++) {
        uint32_t thread = slot_of(OBJECT_THREAD);
        if (slot_at(thread)->type != OBJECT_THREAD)
            continue;
        INVOKE(thread, THREAD_OP_RESUME);
        if (unit_random_below(4) == 0)
            INVOKE(thread, THREAD_OP_START, 0x1000, 0x2000, 0, 0);
    }
    receive_until(sleep, host_now + NANOS_PER_MS / 2);
}

static void any_action(void)
{
    uint64_t kind = unit_random_below(10);
    if (kind < 4)
        any_ipc();
    else if (kind < 8)
        any_invocation();
    else
        any_event();
    any_access();
}

static void live(void)
{
    boot();
    uint32_t memory = make(OBJECT_UNTYPED, 23, 0);
    uint32_t sleep = make(OBJECT_NOTIFICATION, 0, 0);
    for (int life = 0; life < LIVES; life++) {
        furnish(memory);
        for (int round = 0; round < ROUNDS; round++)
            if (running() == init_thread)
                init_turn(sleep);
            else
                any_action();
        for (int i = 0; i < 100 && running() != init_thread; i++)
            elapse(NANOS_PER_MS);
        REQUIRE(running() == init_thread);
        clean_up(memory);
    }
}

/** Apart from the seed, each such test begins elsewhere in the same sequence. */
static void skip(unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        (void)unit_random();
}

TEST("random system calls of random threads leave the kernel valid, and nothing behind (1)")
{
    skip(1);
    live();
}

TEST("random system calls of random threads leave the kernel valid, and nothing behind (2)")
{
    skip(100000);
    live();
}

TEST("random system calls of random threads leave the kernel valid, and nothing behind (3)")
{
    skip(200000);
    live();
}
