/**
 * test_untyped.c - making objects of memory, and taking it back.
 */
#include <string.h>

#include "tests/unit/kernel/machine.h"

static uint64_t retype(uint64_t untyped, uint64_t type, uint64_t size_log2, uint64_t table,
                       uint64_t index)
{
    return INVOKE((uint32_t)untyped, UNTYPED_OP_RETYPE, type, size_log2, 0, table, index);
}

TEST("retype makes every kind of object, with all rights, as a child of the Untyped")
{
    static const struct {
        enum object_type type;
        uint64_t size_log2;
    } kinds[] = {
        {OBJECT_UNTYPED, 12}, {OBJECT_REGION, 13}, {OBJECT_SPACE, 4},    {OBJECT_TABLE, 6},
        {OBJECT_THREAD, 0},   {OBJECT_SCHED, 0},   {OBJECT_ENDPOINT, 0}, {OBJECT_NOTIFICATION, 0},
    };
    boot();
    for (size_t i = 0; i < ARRAY_LENGTH(kinds); i++) {
        uint32_t index = make(kinds[i].type, kinds[i].size_log2, 0);
        const struct slot *slot = slot_at(index);
        CHECK_EQUAL(slot->type, kinds[i].type);
        CHECK_EQUAL(slot->depth, slot_at(MEMORY_SLOT)->depth + 1);
        CHECK((slot->rights & 7) != 0);
        if (slot->object != NULL)
            CHECK_EQUAL(slot->object->references, 1);
    }
}

TEST("retype answers RANGE to sizes and types out of range")
{
    boot();
    uint32_t to = fresh();
    CHECK_EQUAL(retype(MEMORY_SLOT, 0, 12, INIT_SLOT_TABLE, to), RANGE);
    CHECK_EQUAL(retype(MEMORY_SLOT, OBJECT_TYPES, 12, INIT_SLOT_TABLE, to), RANGE);
    CHECK_EQUAL(retype(MEMORY_SLOT, (1ull << 32) + 1, 12, INIT_SLOT_TABLE, to), RANGE);
    CHECK_EQUAL(retype(MEMORY_SLOT, OBJECT_IRQ, 0, INIT_SLOT_TABLE, to), RANGE);
    CHECK_EQUAL(retype(MEMORY_SLOT, OBJECT_IRQ_CONTROL, 0, INIT_SLOT_TABLE, to), RANGE);
    CHECK_EQUAL(retype(MEMORY_SLOT, OBJECT_IOPORT, 0, INIT_SLOT_TABLE, to), RANGE);
    CHECK_EQUAL(retype(MEMORY_SLOT, OBJECT_REGION, 11, INIT_SLOT_TABLE, to), RANGE);
    CHECK_EQUAL(retype(MEMORY_SLOT, OBJECT_REGION, 48, INIT_SLOT_TABLE, to), RANGE);
    CHECK_EQUAL(retype(MEMORY_SLOT, OBJECT_REGION, 1ull << 32, INIT_SLOT_TABLE, to), RANGE);
    CHECK_EQUAL(retype(MEMORY_SLOT, OBJECT_TABLE, 3, INIT_SLOT_TABLE, to), RANGE);
    CHECK_EQUAL(retype(MEMORY_SLOT, OBJECT_TABLE, 17, INIT_SLOT_TABLE, to), RANGE);
    CHECK_EQUAL(retype(MEMORY_SLOT, OBJECT_SPACE, 1, INIT_SLOT_TABLE, to), RANGE);
    CHECK_EQUAL(retype(MEMORY_SLOT, OBJECT_SPACE, 7, INIT_SLOT_TABLE, to), RANGE);
    CHECK(slot_empty(slot_at(to)));
    CHECK_EQUAL(slot_at(MEMORY_SLOT)->a, 0);
}

TEST("retype refuses a destination that is occupied, outside, or no Table")
{
    boot();
    uint32_t endpoint = make(OBJECT_ENDPOINT, 0, 0);
    CHECK_EQUAL(retype(MEMORY_SLOT, OBJECT_ENDPOINT, 0, INIT_SLOT_TABLE, endpoint), SLOT_BUSY);
    CHECK_EQUAL(retype(MEMORY_SLOT, OBJECT_ENDPOINT, 0, INIT_SLOT_TABLE, 0), RANGE);
    CHECK_EQUAL(retype(MEMORY_SLOT, OBJECT_ENDPOINT, 0, INIT_SLOT_TABLE, INIT_SLOTS), RANGE);
    CHECK_EQUAL(retype(MEMORY_SLOT, OBJECT_ENDPOINT, 0, INIT_SLOT_TABLE, ~0ull), RANGE);
    CHECK_EQUAL(retype(MEMORY_SLOT, OBJECT_ENDPOINT, 0, endpoint, fresh()), TYPE);
    CHECK_EQUAL(retype(MEMORY_SLOT, OBJECT_ENDPOINT, 0, fresh(), fresh()), BAD_HANDLE);
    CHECK_EQUAL(retype(MEMORY_SLOT, OBJECT_ENDPOINT, 0, ~0ull, fresh()), BAD_HANDLE);
    uint32_t weak = mint(INIT_SLOT_TABLE, 0, 0);
    CHECK_EQUAL(retype(MEMORY_SLOT, OBJECT_ENDPOINT, 0, weak, fresh()), RIGHTS);
}

TEST("retype gives memory out until there is no room left")
{
    boot();
    uint32_t untyped = make(OBJECT_UNTYPED, 14, 0);
    for (int i = 0; i < 4; i++)
        CHECK_EQUAL(slot_at(make_from(untyped, OBJECT_REGION, 12, 0))->value,
                    slot_at(untyped)->value + (uint64_t)i * 4096);
    CHECK_EQUAL(retype(untyped, OBJECT_REGION, 12, INIT_SLOT_TABLE, fresh()), NO_MEMORY);
    CHECK_EQUAL(retype(untyped, OBJECT_ENDPOINT, 0, INIT_SLOT_TABLE, fresh()), NO_MEMORY);
    uint32_t other = make(OBJECT_UNTYPED, 14, 0);
    make_from(other, OBJECT_ENDPOINT, 0, 0);
    CHECK_EQUAL(retype(other, OBJECT_REGION, 14, INIT_SLOT_TABLE, fresh()), NO_MEMORY);
    CHECK_EQUAL(retype(other, OBJECT_REGION, 13, INIT_SLOT_TABLE, fresh()), OK);
    CHECK_EQUAL(retype(other, OBJECT_UNTYPED, 47, INIT_SLOT_TABLE, fresh()), NO_MEMORY);
}

TEST("nothing is made that begins in an Untyped and ends behind it")
{
    boot();
    uint32_t untyped = make(OBJECT_UNTYPED, 13, 0);
    CHECK_EQUAL(retype(untyped, OBJECT_REGION, 14, INIT_SLOT_TABLE, fresh()), NO_MEMORY);
    CHECK_EQUAL(retype(untyped, OBJECT_TABLE, 9, INIT_SLOT_TABLE, fresh()), NO_MEMORY);
    while (slot_at(untyped)->a + sizeof(struct endpoint) <= 1 << 13)
        make_from(untyped, OBJECT_ENDPOINT, 0, 0);
    CHECK_EQUAL(retype(untyped, OBJECT_THREAD, 0, INIT_SLOT_TABLE, fresh()), NO_MEMORY);
    CHECK(slot_at(untyped)->a <= 1 << 13);
}

TEST("the root of a Space is a page of its own, whatever was made before")
{
    boot();
    uint32_t untyped = make(OBJECT_UNTYPED, 15, 0);
    make_from(untyped, OBJECT_ENDPOINT, 0, 0);
    uint32_t space = make_from(untyped, OBJECT_SPACE, 2, 0);
    paddr_t root = ((struct space *)slot_at(space)->object)->root;
    CHECK_EQUAL(root, slot_at(untyped)->value + 4096);
}

TEST("an Untyped without the manage right can be asked but not used")
{
    boot();
    uint32_t untyped = make(OBJECT_UNTYPED, 12, 0);
    slot_at(untyped)->rights = 0;
    CHECK_EQUAL(retype(untyped, OBJECT_ENDPOINT, 0, INIT_SLOT_TABLE, fresh()), RIGHTS);
    CHECK_EQUAL(INVOKE(untyped, UNTYPED_OP_RESET), RIGHTS);
    CHECK_EQUAL(INVOKE(untyped, UNTYPED_OP_INFO), OK);
    CHECK_EQUAL(results[0], slot_at(untyped)->value);
    CHECK_EQUAL(results[1], 12);
    CHECK_EQUAL(results[2], 0);
    CHECK_EQUAL(results[3], 0);
}

static uint32_t device_untyped(void)
{
    const struct bootinfo *info = init_bootinfo();
    for (uint32_t i = 0; i < info->count_memory; i++)
        if (info->memory[i].kind == BOOTINFO_MEMORY_DEVICE)
            return INIT_SLOT_FIRST_UNTYPED + i;
    REQUIRE(false);
    return 0;
}

TEST("device memory becomes Regions and Untypeds only, and is never touched")
{
    boot();
    uint32_t device = device_untyped();
    CHECK_EQUAL(retype(device, OBJECT_ENDPOINT, 0, INIT_SLOT_TABLE, fresh()), RANGE);
    CHECK_EQUAL(retype(device, OBJECT_TABLE, 4, INIT_SLOT_TABLE, fresh()), RANGE);
    uint32_t part = make_from(device, OBJECT_UNTYPED, 16, 0);
    uint32_t region = make_from(part, OBJECT_REGION, 12, 0);
    CHECK_EQUAL(INVOKE(region, REGION_OP_INFO), OK);
    CHECK_EQUAL(results[3], 1);
    CHECK_EQUAL(INVOKE(part, UNTYPED_OP_RESET), BUSY);
    del(region);
    CHECK_EQUAL(INVOKE(part, UNTYPED_OP_RESET), OK);
    CHECK_EQUAL(slot_at(part)->a, 0);
}

TEST("objects are made of zeroed memory, whatever was there")
{
    boot();
    uint32_t untyped = make(OBJECT_UNTYPED, 16, 0);
    memset(host_ram(slot_at(untyped)->value), 0xa5, 1 << 16);
    uint32_t table = make_from(untyped, OBJECT_TABLE, 8, 0);
    const struct table *object = (const struct table *)slot_at(table)->object;
    for (uint32_t i = 1; i < 256; i++)
        CHECK(slot_empty(&object->slots[i]));
    uint32_t sub = make_from(untyped, OBJECT_UNTYPED, 15, 0);
    uint32_t notification = make_from(sub, OBJECT_NOTIFICATION, 0, 0);
    CHECK_EQUAL(((struct notification *)slot_at(notification)->object)->bits, 0);
}

TEST("an Untyped of which the beginning is known to be zero hands no other memory on as zero")
{
    boot();
    uint32_t untyped = make(OBJECT_UNTYPED, 16, 0);
    memset(host_ram(slot_at(untyped)->value), 0xa5, 1 << 16);
    del(make_from(untyped, OBJECT_TABLE, 7, 0));
    CHECK_EQUAL(INVOKE(untyped, UNTYPED_OP_RESET), OK);
    make_from(untyped, OBJECT_ENDPOINT, 0, 0);
    const uint64_t bytes = 1 << 13;
    uint64_t zero = slot_at(untyped)->b;
    REQUIRE(zero > bytes && zero < bytes + 4096);
    uint32_t part = make_from(untyped, OBJECT_UNTYPED, 13, 0);
    REQUIRE(slot_at(part)->value == slot_at(untyped)->value + bytes);
    uint32_t table = make_from(part, OBJECT_TABLE, 6, 0);
    const struct table *object = (const struct table *)slot_at(table)->object;
    for (uint32_t i = 1; i < 64; i++)
        CHECK(slot_empty(&object->slots[i]));
}

TEST("reset takes all memory back, zeroed, once there are no children")
{
    boot();
    uint32_t untyped = make(OBJECT_UNTYPED, 16, 0);
    uint32_t region = make_from(untyped, OBJECT_REGION, 14, 0);
    uint8_t *memory = host_ram(slot_at(region)->value);
    memset(memory, 0x5a, 1 << 14);
    CHECK_EQUAL(INVOKE(untyped, UNTYPED_OP_RESET), BUSY);
    CHECK(memory[0] == 0x5a);
    CHECK_EQUAL(INVOKE(INIT_SLOT_TABLE, TABLE_OP_REVOKE, untyped), OK);
    CHECK(slot_empty(slot_at(region)));
    CHECK_EQUAL(INVOKE(untyped, UNTYPED_OP_RESET), OK);
    CHECK_EQUAL(slot_at(untyped)->a, 0);
    for (int i = 0; i < 1 << 14; i++)
        CHECK(memory[i] == 0);
    CHECK_EQUAL(slot_at(make_from(untyped, OBJECT_REGION, 16, 0))->size_log2, 16);
}

TEST("retype and reset of much memory let interrupts in and still do all of it")
{
    boot();
    uint32_t untyped = make(OBJECT_UNTYPED, 20, 0);
    uint8_t *memory = host_ram(slot_at(untyped)->value);
    memset(memory, 0xff, 1 << 20);
    host_window_countdown = host_window_every = 3;
    uint32_t table = make_from(untyped, OBJECT_TABLE, 13, 0);
    const struct table *object = (const struct table *)slot_at(table)->object;
    for (uint32_t i = 1; i < 1 << 13; i++)
        CHECK(slot_empty(&object->slots[i]));
    del(table);
    CHECK_EQUAL(INVOKE(untyped, UNTYPED_OP_RESET), OK);
    for (uint64_t i = 0; i < object_memory_bytes(OBJECT_TABLE, 13, 0); i++)
        REQUIRE(memory[i] == 0);
}

TEST("revoking an Untyped destroys everything that was ever made of it")
{
    boot();
    uint32_t untyped = make(OBJECT_UNTYPED, 18, 0);
    uint32_t table = make_from(untyped, OBJECT_TABLE, 4, 0);
    uint32_t sub = make_from(untyped, OBJECT_UNTYPED, 14, 0);
    uint32_t endpoint = make_from(sub, OBJECT_ENDPOINT, 0, 0);
    uint32_t badged = mint(endpoint, 7, 42);
    CHECK_EQUAL(INVOKE(INIT_SLOT_TABLE, TABLE_OP_COPY, badged, table, 3, 7), OK);
    CHECK_EQUAL(INVOKE(INIT_SLOT_TABLE, TABLE_OP_MOVE, sub, table, 4), OK);
    CHECK_EQUAL(INVOKE(INIT_SLOT_TABLE, TABLE_OP_REVOKE, untyped), OK);
    CHECK(slot_empty(slot_at(table)));
    CHECK(slot_empty(slot_at(endpoint)));
    CHECK(slot_empty(slot_at(badged)));
    CHECK(!slot_has_children(slot_at(untyped)));
    CHECK_EQUAL(INVOKE(untyped, UNTYPED_OP_RESET), OK);
}

TEST("reset first finishes what an interrupted deletion left, so that no memory comes back in use")
{
    boot();
    uint32_t untyped = make(OBJECT_UNTYPED, 16, 0);
    uint32_t table = make_from(untyped, OBJECT_TABLE, 8, 0);
    uint32_t endpoint = make(OBJECT_ENDPOINT, 0, 0);
    for (uint64_t at = 1; at < 200; at++)
        CHECK_EQUAL(INVOKE(INIT_SLOT_TABLE, TABLE_OP_MINT, endpoint, table, at, 7, at), OK);
    host_window_countdown = 1;
    struct message registers = {.words = {table}};
    host_syscall(HANDLE(INIT_SLOT_TABLE, TABLE_OP_DELETE), &registers, DEADLINE_NEVER);
    REQUIRE(running()->context.restart_handle != 0);
    running()->context.restart_handle = 0;
    host_window_countdown = host_window_every = 7;
    CHECK_EQUAL(INVOKE(untyped, UNTYPED_OP_RESET), OK);
    CHECK_EQUAL(slot_at(untyped)->a, 0);
    CHECK_EQUAL(slot_at(endpoint)->object->references, 1);
}
