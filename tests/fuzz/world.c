/**
 * world.c - see world.h.
 */
#include "tests/fuzz/world.h"

#include <corm/object.h>
#include <corm/operations.h>

#include "abi/bootinfo.h"

#define RIGHTS_ALL   0xffu
#define WINDOW_BYTES (4ull << 20)
#define START        0x1000u
#define NODES_LOG2   14u
#define BADGE        5u
#define LINE         3u

/* Until all is moved into the shared Table. */
static uint32_t at(uint32_t shared) { return WORLD_SLOT_BASE + shared; }

static void make(uint32_t from, enum object_type type, uint64_t size_log2, uint64_t flags,
                 uint32_t to)
{
    WORLD_CALL(from, UNTYPED_OP_RETYPE, type, size_log2, flags, INIT_SLOT_TABLE, to);
}

static void mint(uint32_t from, uint32_t to, uint64_t rights, uint64_t badge)
{
    WORLD_CALL(INIT_SLOT_TABLE, TABLE_OP_MINT, from, INIT_SLOT_TABLE, to, rights, badge);
}

static void make_regions(uint32_t device, uint32_t large)
{
    make(large, OBJECT_REGION, 21, 0, at(SHARED_LARGE));
    make(large, OBJECT_REGION, 16, 0, at(SHARED_REGION));
    make(large, OBJECT_UNTYPED, 16, 0, at(SHARED_UNTYPED));
    make(device, OBJECT_REGION, 12, 0, at(SHARED_DEVICE));
    make(device, OBJECT_UNTYPED, 13, 0, at(SHARED_UNTYPED + 2));
    WORLD_CALL(at(SHARED_REGION), REGION_OP_MINT, 0, 14, REGION_RIGHT_READ, INIT_SLOT_TABLE,
               at(SHARED_PART));
}

/* A Space with nodes in slot 0 and all Regions attached in the others. */
static void make_space(uint32_t memory, uint32_t number, bool guest)
{
    uint32_t space = at(SHARED_SPACE + number);
    make(memory, OBJECT_UNTYPED, NODES_LOG2, 0, WORLD_SLOT_NODES + number);
    make(memory, OBJECT_SPACE, 3, guest, space);
    WORLD_CALL(space, SPACE_OP_DONATE, 0, WORLD_SLOT_NODES + number);
    for (uint32_t i = 0; i < 3; i++)
        WORLD_CALL(space, SPACE_OP_ATTACH, 1 + i, at(SHARED_REGION + i), WORLD_WINDOW,
                   WINDOW_BYTES);
    WORLD_CALL(space, SPACE_OP_MAP, 1, 0, WORLD_WINDOW, 0x4000,
               REGION_RIGHT_READ | REGION_RIGHT_WRITE);
}

static void make_messengers(uint32_t memory)
{
    for (uint32_t i = 0; i < 4; i += 2) {
        make(memory, OBJECT_ENDPOINT, 0, 0, at(SHARED_ENDPOINT + i));
        mint(at(SHARED_ENDPOINT + i), at(SHARED_ENDPOINT + i + 1), RIGHTS_ALL, BADGE + i);
        make(memory, OBJECT_NOTIFICATION, 0, 0, at(SHARED_NOTIFICATION + i));
        mint(at(SHARED_NOTIFICATION + i), at(SHARED_NOTIFICATION + i + 1), RIGHTS_ALL, BADGE + i);
    }
}

static void split(uint32_t sched, uint64_t percent, uint32_t priority)
{
    WORLD_CALL(INIT_SLOT_SCHED, SCHED_OP_SPLIT, at(sched), percent * NANOS_PER_MS / 100,
               NANOS_PER_MS, NANOS_PER_MS / 20, priority);
}

static void make_time(uint32_t memory)
{
    for (uint32_t i = SHARED_SCHED; i <= SHARED_FRESH; i++)
        make(memory, OBJECT_SCHED, 0, 0, at(i));
    for (uint32_t i = 0; i < WORLD_THREADS; i++)
        split(SHARED_SCHED + i, 10, WORLD_PRIORITY + i / 2);
    split(SHARED_DIVISIBLE, 20, WORLD_PRIORITY + 50);
}

static void start_thread(uint32_t memory, uint32_t number)
{
    uint32_t thread = at(SHARED_THREAD + number);
    make(memory, OBJECT_THREAD, 0, number == 3, thread);
    WORLD_CALL(thread, THREAD_OP_CONFIGURE, WORLD_SLOT_TABLE, at(SHARED_SPACE + number / 2),
               at(SHARED_ENDPOINT + 1));
    WORLD_CALL(at(SHARED_SCHED + number), SCHED_OP_BIND, thread);
    if (number >= 2)
        WORLD_CALL(thread, THREAD_OP_SET_GUEST, at(SHARED_SPACE + 2), at(SHARED_REGION),
                   0x1000 * number);
    WORLD_CALL(thread, THREAD_OP_START, START, START, 0, 0);
}

static void make_lines(uint32_t memory)
{
    make(memory, OBJECT_NOTIFICATION, 0, 0, WORLD_SLOT_ALARM);
    mint(WORLD_SLOT_ALARM, WORLD_SLOT_SIGNAL, RIGHTS_ALL, 1);
    WORLD_CALL(INIT_SLOT_IRQ_CONTROL, IRQ_CONTROL_OP_ISSUE, WORLD_LINE_END, 0, 0, INIT_SLOT_TABLE,
               WORLD_SLOT_LINE);
    WORLD_CALL(WORLD_SLOT_LINE, IRQ_OP_BIND, WORLD_SLOT_SIGNAL);
    mint(INIT_SLOT_IRQ_CONTROL, at(SHARED_CONTROL), RIGHTS_ALL, 0);
    WORLD_CALL(at(SHARED_CONTROL), IRQ_CONTROL_OP_ISSUE, LINE, 1, 0, INIT_SLOT_TABLE,
               at(SHARED_LINE));
    WORLD_CALL(at(SHARED_LINE), IRQ_OP_BIND, at(SHARED_NOTIFICATION + 1));
}

void world_furnish(uint32_t memory, uint32_t device, uint32_t large)
{
    make_regions(device, large);
    for (uint32_t i = 0; i < 3; i++)
        make_space(memory, i, i == 2);
    make(memory, OBJECT_TABLE, WORLD_TABLE_LOG2, 0, WORLD_SLOT_TABLE);
    make(memory, OBJECT_TABLE, 4, 0, at(SHARED_OTHER));
    make_messengers(memory);
    make_time(memory);
    make_lines(memory);
    WORLD_CALL(INIT_SLOT_IOPORT, IOPORT_OP_MINT, 0, WORLD_PORTS, INIT_SLOT_TABLE, at(SHARED_PORTS));
    for (uint32_t i = 0; i < WORLD_THREADS; i++)
        start_thread(memory, i);
    make(memory, OBJECT_UNTYPED, 13, 0, at(SHARED_UNTYPED + 1));
    WORLD_CALL(INIT_SLOT_TABLE, TABLE_OP_COPY, WORLD_SLOT_TABLE, WORLD_SLOT_TABLE, SHARED_TABLE,
               RIGHTS_ALL);
    for (uint32_t i = SHARED_TABLE + 1; i < SHARED_COUNT; i++)
        WORLD_CALL(INIT_SLOT_TABLE, TABLE_OP_MOVE, at(i), WORLD_SLOT_TABLE, i);
}
