/**
 * test_nodes.c - memory that is donated for page-table nodes, used up, and taken back.
 */
#include "tests/unit/kernel/spaces.h"

TEST("a Space without page-table nodes maps nothing")
{
    boot();
    uint32_t space = make(OBJECT_SPACE, 4, 0);
    uint32_t region = make(OBJECT_REGION, 12, 0);
    CHECK_EQUAL(attach(space, 1, region), OK);
    CHECK_EQUAL(map(space, 1, 0, WINDOW, 4096, R), NO_MEMORY);
    CHECK_EQUAL(INVOKE(space, SPACE_OP_UNMAP, WINDOW, 4096), OK);
    CHECK_EQUAL(INVOKE(space, SPACE_OP_PROTECT, 1, WINDOW, 4096, R), OK);
    CHECK_EQUAL(INVOKE(space, SPACE_OP_HARVEST, WINDOW), OK);
    CHECK_EQUAL(results[0], 0);
    CHECK_EQUAL(INVOKE(space, SPACE_OP_INFO), OK);
    CHECK_EQUAL(results[1], 0);
}

TEST("donated memory becomes page-table nodes; the root is the Space's own")
{
    boot();
    uint32_t space = make(OBJECT_SPACE, 4, 0);
    uint32_t nodes = make(OBJECT_UNTYPED, 14, 0);
    CHECK_EQUAL(INVOKE(space, SPACE_OP_DONATE, 3, nodes), OK);
    CHECK_EQUAL(INVOKE(space, SPACE_OP_INFO), OK);
    CHECK_EQUAL(results[0], 4);
    CHECK_EQUAL(results[1], 4);
    CHECK_EQUAL(INVOKE(nodes, UNTYPED_OP_RETYPE, OBJECT_REGION, 12, 0, INIT_SLOT_TABLE, fresh()),
                NO_MEMORY);
    CHECK_EQUAL(INVOKE(nodes, UNTYPED_OP_RESET), BUSY);
}

static uint32_t device_memory(void)
{
    const struct bootinfo *info = init_bootinfo();
    for (uint32_t i = 0; i < info->count_memory; i++)
        if (info->memory[i].kind == BOOTINFO_MEMORY_DEVICE)
            return make_from(INIT_SLOT_FIRST_UNTYPED + i, OBJECT_UNTYPED, 16, 0);
    REQUIRE(false);
    return 0;
}

TEST("only whole, unused, ordinary memory of at most 1 MiB is taken for nodes")
{
    boot();
    uint32_t space = make(OBJECT_SPACE, 2, 0);
    uint32_t used = make(OBJECT_UNTYPED, 13, 0);
    make_from(used, OBJECT_ENDPOINT, 0, 0);
    CHECK_EQUAL(INVOKE(space, SPACE_OP_DONATE, 0, used), BUSY);
    CHECK_EQUAL(INVOKE(space, SPACE_OP_DONATE, 0, make(OBJECT_UNTYPED, 21, 0)), RANGE);
    CHECK_EQUAL(INVOKE(space, SPACE_OP_DONATE, 0, device_memory()), RANGE);
    CHECK_EQUAL(INVOKE(space, SPACE_OP_DONATE, 0, make(OBJECT_REGION, 12, 0)), TYPE);
    CHECK_EQUAL(INVOKE(space, SPACE_OP_DONATE, 0, fresh()), BAD_HANDLE);
    CHECK_EQUAL(INVOKE(space, SPACE_OP_DONATE, 4, make(OBJECT_UNTYPED, 12, 0)), RANGE);
    CHECK_EQUAL(INVOKE(space, SPACE_OP_DONATE, 0, make(OBJECT_UNTYPED, 12, 0)), OK);
    CHECK_EQUAL(INVOKE(space, SPACE_OP_DONATE, 0, make(OBJECT_UNTYPED, 12, 0)), SLOT_BUSY);
}

TEST("a Space that lost its nodes finds only what is mapped after the next donation")
{
    boot();
    uint32_t space = make_space(false);
    uint32_t region = make(OBJECT_REGION, 13, 0);
    CHECK_EQUAL(attach(space, 1, region), OK);
    CHECK_EQUAL(map(space, 1, 0, WINDOW, 0x2000, R), OK);
    CHECK_EQUAL(INVOKE(space, SPACE_OP_HARVEST, WINDOW), OK);
    CHECK_EQUAL(results[0], 3);
    CHECK_EQUAL(INVOKE(space, SPACE_OP_DETACH, 0), OK);
    CHECK_EQUAL(INVOKE(space, SPACE_OP_UNMAP, WINDOW, 0x2000), OK);
    CHECK_EQUAL(INVOKE(space, SPACE_OP_DONATE, 0, make(OBJECT_UNTYPED, 14, 0)), OK);
    CHECK_EQUAL(INVOKE(space, SPACE_OP_HARVEST, WINDOW), OK);
    CHECK_EQUAL(results[0], 0);
    CHECK_EQUAL(INVOKE(space, SPACE_OP_PROTECT, 1, WINDOW, 0x2000, R), OK);
    CHECK_EQUAL(map(space, 1, 0, WINDOW, 0x1000, R), OK);
    CHECK(reaches(space, WINDOW, R) && !reaches(space, WINDOW + 0x1000, R));
}

TEST("mapping says NO_MEMORY when the nodes are used up, and goes on after another donation")
{
    boot();
    uint32_t space = make(OBJECT_SPACE, 4, 0);
    uint32_t region = make(OBJECT_REGION, 12, 0);
    CHECK_EQUAL(INVOKE(space, SPACE_OP_DONATE, 0, make(OBJECT_UNTYPED, 13, 0)), OK);
    CHECK_EQUAL(attach(space, 1, region), OK);
    CHECK_EQUAL(map(space, 1, 0, WINDOW, 0x1000, R), NO_MEMORY);
    CHECK_EQUAL(INVOKE(space, SPACE_OP_DONATE, 2, make(OBJECT_UNTYPED, 13, 0)), OK);
    CHECK_EQUAL(map(space, 1, 0, WINDOW, 0x1000, R), OK);
    CHECK(reaches(space, WINDOW, R));
}

TEST("taking a chunk of nodes away empties the whole Space; the others serve again")
{
    boot();
    uint32_t space = make_space(false);
    uint32_t more = make(OBJECT_UNTYPED, 14, 0);
    uint32_t region = make(OBJECT_REGION, 13, 0);
    CHECK_EQUAL(attach(space, 1, region), OK);
    CHECK_EQUAL(map(space, 1, 0, WINDOW, 0x2000, RW), OK);
    CHECK_EQUAL(INVOKE(space, SPACE_OP_DONATE, 7, more), OK);
    CHECK(reaches(space, WINDOW, RW) && reaches(space, WINDOW + 0x1000, RW));
    CHECK_EQUAL(INVOKE(space, SPACE_OP_DETACH, 7), OK);
    CHECK(!reaches(space, WINDOW, R));
    CHECK_EQUAL(INVOKE(space, SPACE_OP_INFO), OK);
    CHECK_EQUAL(results[0], SPACE_NODES);
    CHECK_EQUAL(results[1], SPACE_NODES);
    CHECK_EQUAL(INVOKE(more, UNTYPED_OP_RESET), OK);
    CHECK_EQUAL(map(space, 1, 0, WINDOW, 0x1000, RW), OK);
    CHECK(reaches(space, WINDOW, RW));
    CHECK(!reaches(space, WINDOW + 0x1000, R));
}

TEST("a thread keeps the root of its Space while nodes come and go")
{
    boot();
    uint32_t space = make_space(false);
    uint32_t thread = make(OBJECT_THREAD, 0, 0);
    CHECK_EQUAL(INVOKE(thread, THREAD_OP_CONFIGURE, 0, space, 0), OK);
    CHECK_EQUAL(thread_at(thread)->root, root_of(space));
    CHECK_EQUAL(INVOKE(space, SPACE_OP_DETACH, 0), OK);
    CHECK_EQUAL(INVOKE(space, SPACE_OP_DONATE, 9, make(OBJECT_UNTYPED, 15, 0)), OK);
    CHECK_EQUAL(thread_at(thread)->root, root_of(space));
    del(space);
    CHECK_EQUAL(thread_at(thread)->root, 0);
}

TEST("nodes come from any chunk that has some, wherever its slot is, each once")
{
    const uint64_t far = 1ull << 39; /* an entry of the root: three nodes each */
    boot();
    uint32_t space = make(OBJECT_SPACE, 4, 0);
    uint32_t region = make(OBJECT_REGION, 12, 0);
    CHECK_EQUAL(INVOKE(space, SPACE_OP_ATTACH, 1, region, 0x1000, 4 * far), OK);
    CHECK_EQUAL(INVOKE(space, SPACE_OP_DONATE, 9, make(OBJECT_UNTYPED, 14, 0)), OK);
    CHECK_EQUAL(map(space, 1, 0, far, 0x1000, RW), OK);
    CHECK_EQUAL(map(space, 1, 0, 2 * far, 0x1000, RW), NO_MEMORY);
    CHECK_EQUAL(INVOKE(space, SPACE_OP_DONATE, 4, make(OBJECT_UNTYPED, 12, 0)), OK);
    CHECK_EQUAL(INVOKE(space, SPACE_OP_DONATE, 15, make(OBJECT_UNTYPED, 13, 0)), OK);
    CHECK_EQUAL(map(space, 1, 0, 2 * far, 0x1000, RW), OK);
    CHECK_EQUAL(map(space, 1, 0, 3 * far, 0x1000, RW), NO_MEMORY);
    CHECK(reaches(space, far, RW) && reaches(space, 2 * far, RW) && !reaches(space, 3 * far, R));
    CHECK_EQUAL(space_at(space)->count_nodes, 7);

    CHECK_EQUAL(INVOKE(space, SPACE_OP_DETACH, 4), OK);
    CHECK_EQUAL(map(space, 1, 0, 3 * far, 0x1000, RW), OK);
    CHECK_EQUAL(map(space, 1, 0, 2 * far, 0x1000, RW), OK);
    CHECK_EQUAL(INVOKE(space, SPACE_OP_INFO), OK);
    CHECK_EQUAL(results[0], 0);
    CHECK_EQUAL(results[1], 6);
}

TEST("a call that makes nodes goes no further than they reach, and says how far it came")
{
    const uint64_t far = 1ull << 39, pages = 8, bytes = 2 * pages * 4096;
    const uint64_t start = 2 * far - pages * 4096; /* half below an entry of the root, half above */
    boot();
    uint32_t parent = make_space(false);
    uint32_t child = make_space(false);
    uint32_t region = make(OBJECT_REGION, 20, 0);
    CHECK_EQUAL(INVOKE(parent, SPACE_OP_ATTACH, 1, region, 0x1000, 10 * far), OK);
    CHECK_EQUAL(INVOKE(child, SPACE_OP_ATTACH, 1, region, 0x1000, 10 * far), OK);
    CHECK_EQUAL(map(parent, 1, 0, start, bytes, RW), OK);
    CHECK_EQUAL(results[0], bytes / 2);
    CHECK_EQUAL(map(parent, 1, bytes / 2, start + bytes / 2, bytes / 2, RW), OK);
    CHECK_EQUAL(results[0], bytes / 2);
    CHECK_EQUAL(map(parent, 1, 0, start, bytes, RW), OK); /* now they are there */
    CHECK_EQUAL(results[0], bytes);
    CHECK_EQUAL(INVOKE(parent, SPACE_OP_CLONE_RANGE, 1, child, start, bytes, 0), OK);
    CHECK_EQUAL(results[0], bytes / 2);
    CHECK_EQUAL(INVOKE(parent, SPACE_OP_CLONE_RANGE, 1, child, start + bytes / 2, bytes / 2, 0),
                OK);
    CHECK_EQUAL(results[0], bytes / 2);
    CHECK(reaches(child, start, RW) && reaches(child, start + bytes - 4096, RW));

    uint64_t list[MESSAGE_WORDS] = {1 | R << 8, start / 4096 << 28};
    for (uint64_t i = 2; i < MESSAGE_WORDS; i++)
        list[i] = ((i + 2) * far) / 4096 << 28;
    CHECK_EQUAL(invoke(HANDLE(parent, SPACE_OP_MAP_LIST), list), OK);
    CHECK_EQUAL(results[0], 2); /* nodes for the first were there */
    CHECK(reaches(parent, 4 * far, R) && !reaches(parent, 5 * far, R));
}

TEST("a range that has only a part of a large leaf passes over it and leaves it as it is")
{
    const uint64_t large = 1ull << 21, page = 4096;
    boot();
    uint32_t space = make_space(true);
    uint32_t copy = make_space(true);
    uint32_t region = make(OBJECT_REGION, 21, 0);
    CHECK_EQUAL(attach(space, 1, region), OK);
    CHECK_EQUAL(attach(copy, 1, region), OK);
    CHECK_EQUAL(map(space, 1, 0, WINDOW, large, RW), OK);
    CHECK_EQUAL(INVOKE(space, SPACE_OP_UNMAP, WINDOW + page, large - page), OK);
    CHECK_EQUAL(results[0], large - page);
    CHECK_EQUAL(INVOKE(space, SPACE_OP_UNMAP, WINDOW, page), OK);
    CHECK_EQUAL(INVOKE(space, SPACE_OP_PROTECT, 1, WINDOW, large - page, R), OK);
    CHECK_EQUAL(INVOKE(space, SPACE_OP_CLONE_RANGE, 1, copy, WINDOW, large - page, 1), OK);
    CHECK(reaches(space, WINDOW, RW) && reaches(space, WINDOW + large - page, RW));
    CHECK(!reaches(copy, WINDOW, R));
    CHECK_EQUAL(INVOKE(space, SPACE_OP_UNMAP, WINDOW, large), OK);
    CHECK(!reaches(space, WINDOW, R));
}
