/**
 * test_space.c - attaching, mapping, protecting, cloning, harvesting; and what revocation undoes.
 */
#include "tests/unit/kernel/spaces.h"

/** A part of @region with fewer rights; its slot. */
static uint32_t region_part(uint32_t region, uint64_t offset, uint64_t size_log2, uint64_t rights)
{
    uint32_t part = fresh();
    REQUIRE(INVOKE(region, REGION_OP_MINT, offset, size_log2, rights, INIT_SLOT_TABLE, part) == OK);
    return part;
}

TEST("a part of a Region lies in it, aligned to its size, with no more rights")
{
    boot();
    uint32_t region = make(OBJECT_REGION, 16, 0);
    uint32_t to = fresh();
    uint32_t part = region_part(region, 0x4000, 14, RW);
    CHECK_EQUAL(INVOKE(part, REGION_OP_INFO), OK);
    CHECK_EQUAL(results[0], slot_at(region)->value + 0x4000);
    CHECK_EQUAL(results[1], 14);
    CHECK_EQUAL(results[2], RW);
    CHECK_EQUAL(INVOKE(part, REGION_OP_MINT, 0, 14, X, INIT_SLOT_TABLE, to), RANGE);
    CHECK_EQUAL(INVOKE(part, REGION_OP_MINT, 0, 15, R, INIT_SLOT_TABLE, to), RANGE);
    CHECK_EQUAL(INVOKE(part, REGION_OP_MINT, 0x800, 12, R, INIT_SLOT_TABLE, to), RANGE);
    CHECK_EQUAL(INVOKE(part, REGION_OP_MINT, 0x4000, 12, R, INIT_SLOT_TABLE, to), RANGE);
    CHECK_EQUAL(INVOKE(part, REGION_OP_MINT, 0, 11, R, INIT_SLOT_TABLE, to), RANGE);
    CHECK_EQUAL(INVOKE(part, REGION_OP_MINT, 0ull - 0x1000, 12, R, INIT_SLOT_TABLE, to), RANGE);
    CHECK_EQUAL(INVOKE(part, REGION_OP_MINT, 0, 12, R, INIT_SLOT_TABLE, part), SLOT_BUSY);
}

TEST("attach refuses bad slots, windows and capabilities")
{
    boot();
    uint32_t space = make_space(false);
    uint32_t region = make(OBJECT_REGION, 12, 0);
    CHECK_EQUAL(INVOKE(space, SPACE_OP_ATTACH, 16, region, WINDOW, 4096), RANGE);
    CHECK_EQUAL(INVOKE(space, SPACE_OP_ATTACH, ~0ull, region, WINDOW, 4096), RANGE);
    CHECK_EQUAL(INVOKE(space, SPACE_OP_ATTACH, 0, region, WINDOW, 4096), SLOT_BUSY);
    CHECK_EQUAL(INVOKE(space, SPACE_OP_ATTACH, 1, region, WINDOW + 1, 4096), RANGE);
    CHECK_EQUAL(INVOKE(space, SPACE_OP_ATTACH, 1, region, WINDOW, 0), RANGE);
    CHECK_EQUAL(INVOKE(space, SPACE_OP_ATTACH, 1, region, USER_LIMIT, 4096), RANGE);
    CHECK_EQUAL(INVOKE(space, SPACE_OP_ATTACH, 1, region, 4096, USER_LIMIT), RANGE);
    CHECK_EQUAL(INVOKE(space, SPACE_OP_ATTACH, 1, region, 4096, 0ull - 4096), RANGE);
    CHECK_EQUAL(INVOKE(space, SPACE_OP_ATTACH, 1, MEMORY_SLOT, WINDOW, 4096), TYPE);
    CHECK_EQUAL(INVOKE(space, SPACE_OP_ATTACH, 1, region, 0, USER_LIMIT), OK);
}

TEST("a mapped page is reached with the rights that it was mapped with")
{
    boot();
    uint32_t space = make_space(false);
    uint32_t region = make(OBJECT_REGION, 14, 0);
    paddr_t address = 0;
    CHECK_EQUAL(attach(space, 1, region), OK);
    CHECK_EQUAL(map(space, 1, 0x2000, WINDOW + 0x5000, 0x1000, RW), OK);
    CHECK_EQUAL(results[0], 0x1000);
    CHECK(host_access(root_of(space), WINDOW + 0x5123, RW, &address));
    CHECK_EQUAL(address, slot_at(region)->value + 0x2123);
    CHECK(!reaches(space, WINDOW + 0x5000, X));
    CHECK(!reaches(space, WINDOW + 0x4fff, R));
    CHECK(!reaches(space, WINDOW + 0x6000, R));
}

TEST("map refuses what is outside the window or the Region, or not aligned, or not allowed")
{
    boot();
    uint32_t space = make_space(false);
    uint32_t region = region_part(make(OBJECT_REGION, 14, 0), 0, 13, RW);
    uint64_t end = WINDOW + WINDOW_BYTES;
    CHECK_EQUAL(attach(space, 1, region), OK);
    CHECK_EQUAL(map(space, 1, 0, WINDOW - 0x1000, 0x1000, R), RANGE);
    CHECK_EQUAL(map(space, 1, 0, end, 0x1000, R), RANGE);
    CHECK_EQUAL(map(space, 1, 0, end + 0x1000, 0x1000, R), RANGE);
    CHECK_EQUAL(map(space, 1, 0, end - 0x1000, 0x2000, R), RANGE);
    CHECK_EQUAL(map(space, 1, 0, WINDOW, 0x3000, R), RANGE);
    CHECK_EQUAL(map(space, 1, 0x2000, WINDOW, 0x1000, R), RANGE);
    CHECK_EQUAL(map(space, 1, 0ull - 0x1000, WINDOW, 0x1000, R), RANGE);
    CHECK_EQUAL(map(space, 1, 0x800, WINDOW, 0x1000, R), RANGE);
    CHECK_EQUAL(map(space, 1, 0, WINDOW + 1, 0x1000, R), RANGE);
    CHECK_EQUAL(map(space, 1, 0, WINDOW, 0, R), RANGE);
    CHECK_EQUAL(map(space, 1, 0, WINDOW, 0x1001, R), RANGE);
    CHECK_EQUAL(map(space, 1, 0, WINDOW, 0x1000, 0), RIGHTS);
    CHECK_EQUAL(map(space, 1, 0, WINDOW, 0x1000, R | X), RIGHTS);
    CHECK_EQUAL(map(space, 1, 0, WINDOW, 0x1000, 8 | R), RIGHTS);
    CHECK_EQUAL(map(space, 1, 0, WINDOW, 0x1000, 0x100 | R), RIGHTS);
    CHECK_EQUAL(map(space, 2, 0, WINDOW, 0x1000, R), EMPTY);
    CHECK_EQUAL(map(space, 0, 0, WINDOW, 0x1000, R), EMPTY);
    CHECK_EQUAL(map(space, 16, 0, WINDOW, 0x1000, R), RANGE);
    CHECK_EQUAL(map(space, 1, 0, WINDOW, 0x1000, RW), OK);
}

TEST("a Region without the read right is not mapped at all, as no machine can withhold reading")
{
    boot();
    uint32_t space = make_space(true);
    uint32_t region = region_part(make(OBJECT_REGION, 12, 0), 0, 12, W | X);
    CHECK_EQUAL(attach(space, 1, region), OK);
    CHECK_EQUAL(map(space, 1, 0, WINDOW, 0x1000, W), RIGHTS);
    CHECK_EQUAL(map(space, 1, 0, WINDOW, 0x1000, X), RIGHTS);
    CHECK_EQUAL(map(space, 1, 0, WINDOW, 0x1000, RW), RIGHTS);
}

TEST("a native Space never maps writable and executable; a guest Space may")
{
    boot();
    uint32_t native = make_space(false);
    uint32_t guest = make_space(true);
    uint32_t region = make(OBJECT_REGION, 12, 0);
    CHECK_EQUAL(attach(native, 1, region), OK);
    CHECK_EQUAL(attach(guest, 1, region), OK);
    CHECK_EQUAL(map(native, 1, 0, WINDOW, 0x1000, R | W | X), RIGHTS);
    CHECK_EQUAL(map(native, 1, 0, WINDOW, 0x1000, R | X), OK);
    CHECK_EQUAL(INVOKE(native, SPACE_OP_PROTECT, 1, WINDOW, 0x1000, R | W | X), RIGHTS);
    CHECK_EQUAL(map(guest, 1, 0, WINDOW, 0x1000, R | W | X), OK);
    CHECK_EQUAL(INVOKE(guest, SPACE_OP_CLONE_RANGE, 1, native, WINDOW, 0x1000, 0), RANGE);
}

TEST("large aligned ranges are mapped with large leaves, which go whole")
{
    boot();
    uint32_t space = make_space(false);
    uint32_t region = make(OBJECT_REGION, 21, 0);
    uint64_t large = 1ull << 21;
    CHECK_EQUAL(attach(space, 1, region), OK);
    CHECK_EQUAL(map(space, 1, 0, WINDOW, large, RW), OK);
    CHECK_EQUAL(results[0], large);
    CHECK_EQUAL(space_at(space)->count_nodes, 2);
    CHECK(reaches(space, WINDOW + large - 1, RW));
    CHECK_EQUAL(map(space, 1, 0, WINDOW, 0x1000, RW), OVERLAP);
    CHECK_EQUAL(INVOKE(space, SPACE_OP_PROTECT, 1, WINDOW, large, R), OK);
    CHECK(!reaches(space, WINDOW, W));
    CHECK_EQUAL(INVOKE(space, SPACE_OP_UNMAP, WINDOW, large), OK);
    CHECK(!reaches(space, WINDOW, R));
}

TEST("large leaves are replaced, cloned and write-protected whole, and never overlap small ones")
{
    boot();
    uint64_t large = 1ull << 21;
    uint32_t parent = make_space(true);
    uint32_t child = make_space(true);
    uint32_t region = make(OBJECT_REGION, 22, 0);
    paddr_t address = 0;
    CHECK_EQUAL(attach(parent, 1, region), OK);
    CHECK_EQUAL(attach(child, 1, region), OK);
    CHECK_EQUAL(map(parent, 1, 0, WINDOW, large, RW), OK);
    CHECK(reaches(parent, WINDOW + 0x5000, RW));
    CHECK_EQUAL(map(parent, 1, large, WINDOW, large, RW), OK);
    CHECK(host_access(root_of(parent), WINDOW + 0x5000, RW, &address));
    CHECK_EQUAL(address, slot_at(region)->value + large + 0x5000);
    CHECK_EQUAL(INVOKE(parent, SPACE_OP_CLONE_RANGE, 1, child, WINDOW, large, 1), OK);
    CHECK_EQUAL(results[0], large);
    CHECK(reaches(child, WINDOW + 0x5000, R) && !reaches(child, WINDOW + 0x5000, W));
    CHECK(!reaches(parent, WINDOW + 0x5000, W));
    CHECK_EQUAL(INVOKE(child, SPACE_OP_UNMAP, WINDOW, large), OK);
    CHECK_EQUAL(map(child, 1, 0, WINDOW + 0x3000, 0x1000, R), OK);
    CHECK(INVOKE(parent, SPACE_OP_CLONE_RANGE, 1, child, WINDOW, large, 0) != OK);
    /* where small ones are, a large leaf is taken apart into small ones */
    CHECK_EQUAL(map(child, 1, 0, WINDOW, large, R), OK);
    CHECK(reaches(child, WINDOW + 0x3000, R));
}

TEST("the lowest addresses are mapped and unmapped like any others")
{
    boot();
    uint32_t space = make_space(false);
    uint32_t region = make(OBJECT_REGION, 12, 0);
    CHECK_EQUAL(INVOKE(space, SPACE_OP_HARVEST, 0), OK);
    CHECK_EQUAL(INVOKE(space, SPACE_OP_UNMAP, 0, 0x1000), OK);
    CHECK_EQUAL(INVOKE(space, SPACE_OP_ATTACH, 1, region, 0, 0x10000), OK);
    CHECK_EQUAL(map(space, 1, 0, 0x1000, 0x1000, R), OK);
    CHECK(reaches(space, 0x1000, R));
    CHECK_EQUAL(INVOKE(space, SPACE_OP_DETACH, 0), OK);
    CHECK_EQUAL(INVOKE(space, SPACE_OP_DONATE, 0, make(OBJECT_UNTYPED, 14, 0)), OK);
    CHECK(!reaches(space, 0x1000, R));
    CHECK_EQUAL(map(space, 1, 0, 0x1000, 0x1000, R), OK);
    CHECK(reaches(space, 0x1000, R));
}

TEST("a long range is done in pieces, each of which says how far it came")
{
    boot();
    uint32_t space = make_space(false);
    uint32_t region = make(OBJECT_REGION, 21, 0);
    uint64_t size = (1ull << 21) - 0x1000;
    uint64_t done = 0;
    unsigned pieces = 0;
    CHECK_EQUAL(attach(space, 1, region), OK);
    for (; done < size; pieces++) {
        REQUIRE(map(space, 1, done, WINDOW + 0x1000 + done, size - done, R) == OK);
        REQUIRE(results[0] > 0 && results[0] <= size - done);
        done += results[0];
    }
    CHECK_EQUAL(done, size);
    CHECK(pieces >= 1);
    CHECK(reaches(space, WINDOW + 0x1000, R));
    CHECK(reaches(space, WINDOW + size, R));
    CHECK(!reaches(space, WINDOW + 0x1000 + size, R));
    CHECK_EQUAL(INVOKE(space, SPACE_OP_UNMAP, WINDOW, WINDOW_BYTES), OK);
    for (done = results[0]; done < WINDOW_BYTES; done += results[0])
        REQUIRE(INVOKE(space, SPACE_OP_UNMAP, WINDOW + done, WINDOW_BYTES - done) == OK);
    CHECK(!reaches(space, WINDOW + size, R));
}

TEST("map_list maps scattered pages, up to seven, until the first that cannot be")
{
    boot();
    uint32_t space = make_space(false);
    uint32_t region = make(OBJECT_REGION, 16, 0);
    uint64_t page = WINDOW / 4096;
    uint64_t bad = (WINDOW + WINDOW_BYTES) / 4096;
    CHECK_EQUAL(attach(space, 1, region), OK);
    CHECK_EQUAL(map(space, 1, 0, WINDOW + 2 * 4096, 0x1000, R), OK);
    CHECK_EQUAL(map(space, 1, 0, WINDOW + 701 * 4096, 0x1000, R), OK);
    CHECK_EQUAL(INVOKE(space, SPACE_OP_MAP_LIST, 1 | RW << 8, (page + 9) << 28 | 3, page << 28 | 15,
                       (page + 700) << 28 | 0),
                OK);
    CHECK_EQUAL(results[0], 3);
    CHECK(reaches(space, WINDOW + 9 * 4096, RW));
    CHECK(reaches(space, WINDOW + 700 * 4096, RW));
    CHECK(!reaches(space, WINDOW + 1 * 4096, R));
    CHECK_EQUAL(INVOKE(space, SPACE_OP_MAP_LIST, 1 | R << 8, (page + 1) << 28 | 1, bad << 28 | 1),
                OK);
    CHECK_EQUAL(results[0], 1);
    CHECK_EQUAL(INVOKE(space, SPACE_OP_MAP_LIST, 1 | R << 8, bad << 28 | 1), RANGE);
    CHECK_EQUAL(INVOKE(space, SPACE_OP_MAP_LIST, 1 | R << 8, page << 28 | 16), RANGE);
    CHECK_EQUAL(INVOKE(space, SPACE_OP_MAP_LIST, 1 | (R | W | X) << 8, page << 28), RIGHTS);
    CHECK_EQUAL(INVOKE(space, SPACE_OP_MAP_LIST, 2 | R << 8, page << 28), EMPTY);
    CHECK_EQUAL(INVOKE(space, SPACE_OP_MAP_LIST, 1 | R << 8, 0, page << 28), OK);
    CHECK_EQUAL(results[0], 0);
}

TEST("map_list takes all seven pairs, and nothing behind them")
{
    boot();
    uint32_t space = make_space(false);
    uint32_t region = make(OBJECT_REGION, 16, 0);
    uint64_t page = WINDOW / 4096;
    CHECK_EQUAL(attach(space, 1, region), OK);
    CHECK_EQUAL(map(space, 1, 0, WINDOW, 0x1000, R), OK);
    CHECK_EQUAL(INVOKE(space, SPACE_OP_MAP_LIST, 1 | R << 8, (page + 1) << 28, (page + 2) << 28,
                       (page + 3) << 28, (page + 4) << 28, (page + 5) << 28, (page + 6) << 28,
                       (page + 7) << 28),
                OK);
    CHECK_EQUAL(results[0], 7);
    for (uint64_t i = 1; i <= 7; i++)
        CHECK(reaches(space, WINDOW + i * 4096, R));
}

TEST("protect changes the entries of its own Region only, inside its own window only")
{
    boot();
    uint32_t space = make_space(false);
    uint32_t region = make(OBJECT_REGION, 14, 0);
    uint32_t other = make(OBJECT_REGION, 12, 0);
    CHECK_EQUAL(attach(space, 1, region), OK);
    CHECK_EQUAL(attach(space, 2, other), OK);
    CHECK_EQUAL(map(space, 1, 0, WINDOW, 0x2000, RW), OK);
    CHECK_EQUAL(map(space, 2, 0, WINDOW + 0x2000, 0x1000, RW), OK);
    CHECK_EQUAL(INVOKE(space, SPACE_OP_PROTECT, 1, WINDOW, 0x4000, R), OK);
    CHECK(!reaches(space, WINDOW, W));
    CHECK(!reaches(space, WINDOW + 0x1000, W));
    CHECK(reaches(space, WINDOW + 0x2000, RW));
    CHECK_EQUAL(INVOKE(space, SPACE_OP_PROTECT, 1, WINDOW, 0x1000, 8), RIGHTS);
    CHECK_EQUAL(INVOKE(space, SPACE_OP_PROTECT, 3, WINDOW, 0x1000, R), EMPTY);
    CHECK_EQUAL(INVOKE(space, SPACE_OP_PROTECT, 1, WINDOW - 0x1000, 0x2000, R), RANGE);
}

TEST("protect cannot raise what another, weaker attachment mapped outside the window")
{
    boot();
    uint32_t space = make_space(false);
    uint32_t strong = make(OBJECT_REGION, 12, 0);
    uint32_t weak = region_part(strong, 0, 12, R);
    uint64_t elsewhere = WINDOW + WINDOW_BYTES;
    CHECK_EQUAL(attach(space, 1, strong), OK);
    CHECK_EQUAL(INVOKE(space, SPACE_OP_ATTACH, 2, weak, elsewhere, 0x1000), OK);
    CHECK_EQUAL(map(space, 2, 0, elsewhere, 0x1000, R), OK);
    CHECK_EQUAL(INVOKE(space, SPACE_OP_PROTECT, 1, elsewhere, 0x1000, RW), RANGE);
    CHECK(!reaches(space, elsewhere, W));
}

TEST("clone_range copies entries, and takes the write right away on both sides if asked")
{
    boot();
    uint32_t parent = make_space(true);
    uint32_t child = make_space(true);
    uint32_t region = make(OBJECT_REGION, 14, 0);
    CHECK_EQUAL(attach(parent, 1, region), OK);
    CHECK_EQUAL(map(parent, 1, 0, WINDOW, 0x1000, RW), OK);
    CHECK_EQUAL(map(parent, 1, 0x1000, WINDOW + 0x1000, 0x1000, R | X), OK);
    CHECK(reaches(parent, WINDOW, W));
    CHECK_EQUAL(INVOKE(parent, SPACE_OP_CLONE_RANGE, 1, child, WINDOW, 0x4000, 1), EMPTY);
    CHECK_EQUAL(attach(child, 1, region), OK);
    CHECK_EQUAL(INVOKE(parent, SPACE_OP_CLONE_RANGE, 1, child, WINDOW, 0x4000, 1), OK);
    CHECK_EQUAL(results[0], 0x4000);
    CHECK(!reaches(parent, WINDOW, W));
    CHECK(reaches(parent, WINDOW, R));
    CHECK(reaches(child, WINDOW, R) && !reaches(child, WINDOW, W));
    CHECK(reaches(child, WINDOW + 0x1000, R | X));
    CHECK_EQUAL(INVOKE(child, SPACE_OP_PROTECT, 1, WINDOW, 0x1000, RW), OK);
    CHECK(reaches(child, WINDOW, RW) && !reaches(parent, WINDOW, W));
    CHECK_EQUAL(INVOKE(parent, SPACE_OP_CLONE_RANGE, 1, child, WINDOW, 0x2000, 1), OK);
    CHECK(reaches(child, WINDOW, R) && !reaches(child, WINDOW, W));
}

TEST("a piece of clone_range ends where it made nodes, and the next one goes on there")
{
    boot();
    uint64_t stretch = 1ull << 21;
    uint32_t parent = make_space(true);
    uint32_t child = make_space(true);
    uint32_t region = make(OBJECT_REGION, 14, 0);
    CHECK_EQUAL(attach(parent, 1, region), OK);
    CHECK_EQUAL(attach(child, 1, region), OK);
    CHECK_EQUAL(map(parent, 1, 0, WINDOW + stretch - 0x1000, 0x1000, RW), OK);
    CHECK_EQUAL(map(parent, 1, 0, WINDOW + stretch, 0x1000, RW), OK);
    uint64_t at = WINDOW + stretch - 0x1000;
    CHECK_EQUAL(INVOKE(parent, SPACE_OP_CLONE_RANGE, 1, child, at, 0x2000, 0), OK);
    CHECK_EQUAL(results[0], 0x1000);
    CHECK(reaches(child, at, RW) && !reaches(child, at + 0x1000, R));
    CHECK_EQUAL(INVOKE(parent, SPACE_OP_CLONE_RANGE, 1, child, at + 0x1000, 0x1000, 0), OK);
    CHECK(reaches(child, at + 0x1000, RW));
}

TEST("clone_range gives the target no more than its own attachment allows")
{
    boot();
    uint32_t parent = make_space(true);
    uint32_t child = make_space(true);
    uint32_t strong = make(OBJECT_REGION, 12, 0);
    uint32_t weak = region_part(strong, 0, 12, R);
    CHECK_EQUAL(attach(parent, 1, weak), OK);
    CHECK_EQUAL(attach(parent, 2, strong), OK);
    CHECK_EQUAL(attach(child, 1, weak), OK);
    CHECK_EQUAL(map(parent, 2, 0, WINDOW, 0x1000, RW), OK);
    CHECK_EQUAL(INVOKE(parent, SPACE_OP_CLONE_RANGE, 1, child, WINDOW, 0x1000, 0), OK);
    CHECK(!reaches(child, WINDOW, W));
}

TEST("clone_range refuses a target that is not prepared alike")
{
    boot();
    uint32_t parent = make_space(true);
    uint32_t child = make_space(true);
    uint32_t region = make(OBJECT_REGION, 13, 0);
    CHECK_EQUAL(attach(parent, 1, region), OK);
    CHECK_EQUAL(attach(child, 1, region_part(region, 0, 12, 7)), OK);
    CHECK_EQUAL(INVOKE(parent, SPACE_OP_CLONE_RANGE, 1, child, WINDOW, 0x1000, 0), RANGE);
    CHECK_EQUAL(INVOKE(parent, SPACE_OP_CLONE_RANGE, 1, parent, WINDOW, 0x1000, 0), RANGE);
    CHECK_EQUAL(INVOKE(parent, SPACE_OP_CLONE_RANGE, 1, region, WINDOW, 0x1000, 0), TYPE);
    uint32_t weak = mint(child, 0, 0);
    CHECK_EQUAL(INVOKE(parent, SPACE_OP_CLONE_RANGE, 1, weak, WINDOW, 0x1000, 0), RIGHTS);

    uint32_t part = region_part(region, 0x1000, 12, 7);
    CHECK_EQUAL(attach(parent, 2, part), OK);
    CHECK_EQUAL(attach(child, 2, region_part(region, 0, 12, 7)), OK);
    CHECK_EQUAL(INVOKE(parent, SPACE_OP_CLONE_RANGE, 2, child, WINDOW, 0x1000, 0), RANGE);
    CHECK_EQUAL(attach(child, 3, part), OK);
    CHECK_EQUAL(attach(parent, 3, part), OK);
    CHECK_EQUAL(INVOKE(parent, SPACE_OP_CLONE_RANGE, 3, child, WINDOW, 0x1000, 0), OK);
    uint64_t end = WINDOW + WINDOW_BYTES;
    CHECK_EQUAL(INVOKE(parent, SPACE_OP_CLONE_RANGE, 3, child, end, 0x1000, 0), RANGE);
    CHECK_EQUAL(attach(parent, 4, part), OK);
    CHECK_EQUAL(attach(child, 4, region_part(part, 0, 12, R)), OK);
    CHECK_EQUAL(INVOKE(parent, SPACE_OP_CLONE_RANGE, 4, child, WINDOW, 0x1000, 0), RANGE);
    uint32_t native = make_space(false);
    CHECK_EQUAL(attach(native, 3, part), OK);
    CHECK_EQUAL(INVOKE(parent, SPACE_OP_CLONE_RANGE, 3, native, WINDOW, 0x1000, 0), RANGE);
}

TEST("clone_range stays in the target's window, whatever the source's is")
{
    boot();
    uint32_t parent = make_space(true);
    uint32_t child = make_space(true);
    uint32_t region = make(OBJECT_REGION, 13, 0);
    CHECK_EQUAL(attach(parent, 1, region), OK);
    CHECK_EQUAL(INVOKE(child, SPACE_OP_ATTACH, 1, region, WINDOW, 0x1000), OK);
    CHECK_EQUAL(map(parent, 1, 0, WINDOW, 0x2000, RW), OK);
    CHECK_EQUAL(INVOKE(parent, SPACE_OP_CLONE_RANGE, 1, child, WINDOW, 0x2000, 0), RANGE);
    CHECK_EQUAL(INVOKE(parent, SPACE_OP_CLONE_RANGE, 1, child, WINDOW + 0x1000, 0x1000, 0), RANGE);
    CHECK(!reaches(child, WINDOW + 0x1000, R));
    CHECK_EQUAL(INVOKE(parent, SPACE_OP_CLONE_RANGE, 1, child, WINDOW, 0x1000, 0), OK);
    CHECK(reaches(child, WINDOW, RW));
}

TEST("a range that leaves user level is neither unmapped nor harvested")
{
    boot();
    uint32_t space = make_space(false);
    CHECK_EQUAL(INVOKE(space, SPACE_OP_UNMAP, USER_LIMIT, 0x1000), RANGE);
    CHECK_EQUAL(INVOKE(space, SPACE_OP_UNMAP, USER_LIMIT + 0x1000, 0x1000), RANGE);
    CHECK_EQUAL(INVOKE(space, SPACE_OP_UNMAP, USER_LIMIT - 0x1000, 0x2000), RANGE);
    CHECK_EQUAL(INVOKE(space, SPACE_OP_UNMAP, USER_LIMIT - 0x1000, 0x1000), OK);
}

TEST("a large range whose memory is not aligned alike is mapped with small leaves")
{
    boot();
    uint64_t large = 1ull << 21;
    uint32_t space = make_space(false);
    uint32_t region = make(OBJECT_REGION, 22, 0);
    paddr_t address = 0;
    CHECK_EQUAL(attach(space, 1, region), OK);
    CHECK_EQUAL(map(space, 1, 0x1000, WINDOW, large, RW), OK);
    CHECK(results[0] > 0 && results[0] < large);
    CHECK(host_access(root_of(space), WINDOW + 0x123, RW, &address));
    CHECK_EQUAL(address, slot_at(region)->value + 0x1123);
    CHECK(!reaches(space, WINDOW + results[0], R));
}

TEST("harvest reports and clears what was accessed and written since the last time")
{
    boot();
    uint32_t space = make_space(false);
    uint32_t region = make(OBJECT_REGION, 14, 0);
    CHECK_EQUAL(attach(space, 1, region), OK);
    CHECK_EQUAL(map(space, 1, 0, WINDOW, 0x4000, RW), OK);
    CHECK(reaches(space, WINDOW + 0x1000, R));
    CHECK(reaches(space, WINDOW + 0x3000, RW));
    CHECK_EQUAL(INVOKE(space, SPACE_OP_HARVEST, WINDOW), OK);
    CHECK_EQUAL(results[0], 0xf);
    CHECK_EQUAL(results[1], 0xa);
    CHECK_EQUAL(results[2], 0x8);
    CHECK_EQUAL(INVOKE(space, SPACE_OP_HARVEST, WINDOW), OK);
    CHECK_EQUAL(results[1] | results[2], 0);
    CHECK(reaches(space, WINDOW + 0x3000, RW));
    CHECK_EQUAL(INVOKE(space, SPACE_OP_HARVEST, WINDOW), OK);
    CHECK_EQUAL(results[2], 0x8);
    CHECK_EQUAL(INVOKE(space, SPACE_OP_HARVEST, USER_LIMIT - 0x1000), RANGE);
    CHECK_EQUAL(INVOKE(space, SPACE_OP_HARVEST, WINDOW + 1), RANGE);
}

TEST("harvest finds pages before and behind what no node is there for, and behind a large leaf")
{
    const uint64_t large = 1ull << 21, page = 4096;
    boot();
    uint32_t space = make_space(false);
    uint32_t region = make(OBJECT_REGION, 21, 0);
    CHECK_EQUAL(attach(space, 1, region), OK);
    CHECK_EQUAL(map(space, 1, 0, WINDOW + 2 * large, 2 * page, RW), OK);
    CHECK_EQUAL(INVOKE(space, SPACE_OP_HARVEST, WINDOW + 2 * large - 60 * page), OK);
    CHECK_EQUAL(results[0], 3ull << 60);
    CHECK_EQUAL(INVOKE(space, SPACE_OP_HARVEST, WINDOW + 3 * large - 60 * page), OK);
    CHECK_EQUAL(results[0], 0);
    CHECK_EQUAL(map(space, 1, 0, WINDOW + 3 * large - page, page, RW), OK);
    CHECK_EQUAL(INVOKE(space, SPACE_OP_HARVEST, WINDOW + 3 * large - 60 * page), OK);
    CHECK_EQUAL(results[0], 1ull << 59);
    CHECK_EQUAL(map(space, 1, 0, WINDOW + large, large, RW), OK);
    CHECK(reaches(space, WINDOW + 2 * large - page, RW) && reaches(space, WINDOW + 2 * large, RW));
    CHECK_EQUAL(INVOKE(space, SPACE_OP_HARVEST, WINDOW + 2 * large - page), OK);
    CHECK_EQUAL(results[0], 6);
    CHECK_EQUAL(results[2], 2);
}

TEST("detach clears every entry that points into the Region, and no other")
{
    boot();
    uint32_t space = make_space(false);
    uint32_t region = make(OBJECT_REGION, 14, 0);
    uint32_t other = make(OBJECT_REGION, 12, 0);
    CHECK_EQUAL(attach(space, 1, region), OK);
    CHECK_EQUAL(attach(space, 2, other), OK);
    CHECK_EQUAL(map(space, 1, 0, WINDOW, 0x4000, RW), OK);
    CHECK_EQUAL(map(space, 1, 0, WINDOW + WINDOW_BYTES - 0x1000, 0x1000, RW), OK);
    CHECK_EQUAL(map(space, 2, 0, WINDOW + 0x1000, 0x1000, RW), OK);
    CHECK(reaches(space, WINDOW, RW));
    CHECK_EQUAL(INVOKE(space, SPACE_OP_DETACH, 1), OK);
    CHECK(!reaches(space, WINDOW, R));
    CHECK(!reaches(space, WINDOW + WINDOW_BYTES - 0x1000, R));
    CHECK(reaches(space, WINDOW + 0x1000, RW));
    CHECK_EQUAL(INVOKE(space, SPACE_OP_DETACH, 16), RANGE);
    CHECK(!slot_has_children(slot_at(region)));
}

TEST("revoking a Region from up the tree takes it out of every Space, whatever interrupts")
{
    boot();
    uint32_t memory = make(OBJECT_UNTYPED, 15, 0);
    uint32_t region = make_from(memory, OBJECT_REGION, 14, 0);
    uint32_t part = region_part(region, 0x2000, 12, R);
    uint32_t one = make_space(false);
    uint32_t two = make_space(true);
    CHECK_EQUAL(attach(one, 1, region), OK);
    CHECK_EQUAL(attach(two, 5, part), OK);
    CHECK_EQUAL(map(one, 1, 0, WINDOW, 0x4000, RW), OK);
    CHECK_EQUAL(map(two, 5, 0, WINDOW + 0x7000, 0x1000, R), OK);
    CHECK(reaches(one, WINDOW + 0x3000, RW) && reaches(two, WINDOW + 0x7000, R));
    host_window_countdown = host_window_every = 1;
    CHECK_EQUAL(INVOKE(INIT_SLOT_TABLE, TABLE_OP_REVOKE, memory), OK);
    CHECK(!reaches(one, WINDOW, R) && !reaches(one, WINDOW + 0x3000, R));
    CHECK(!reaches(two, WINDOW + 0x7000, R));
    CHECK_EQUAL(INVOKE(memory, UNTYPED_OP_RESET), OK);
}

TEST("pages next to one another are mapped, replaced and unmapped one by one")
{
    boot();
    uint32_t space = make_space(false);
    uint32_t region = make(OBJECT_REGION, 14, 0);
    CHECK_EQUAL(attach(space, 1, region), OK);
    for (uint64_t round = 0; round < 3; round++)
        for (uint64_t page = 0; page < 4; page++) {
            uint64_t offset = (page + round) % 4 * 0x1000;
            CHECK_EQUAL(map(space, 1, offset, WINDOW + page * 0x1000, 0x1000, RW), OK);
            CHECK(reaches(space, WINDOW + page * 0x1000, RW));
        }
    for (uint64_t page = 0; page < 4; page++) {
        CHECK_EQUAL(INVOKE(space, SPACE_OP_UNMAP, WINDOW + page * 0x1000, 0x1000), OK);
        CHECK_EQUAL(results[0], 0x1000);
        CHECK(!reaches(space, WINDOW + page * 0x1000, R));
    }
    CHECK_EQUAL(INVOKE(space, SPACE_OP_UNMAP, WINDOW + 1, 0x1000), RANGE);
    CHECK_EQUAL(INVOKE(space, SPACE_OP_UNMAP, USER_LIMIT, 0x1000), RANGE);
    CHECK_EQUAL(INVOKE(INIT_SLOT_TABLE, TABLE_OP_INSPECT, ~0ull), RANGE);
}

TEST("a Space that dies gives everything back")
{
    boot();
    uint32_t space = make_space(false);
    uint32_t region = make(OBJECT_REGION, 14, 0);
    CHECK_EQUAL(attach(space, 15, region), OK);
    CHECK_EQUAL(map(space, 15, 0, WINDOW, 0x4000, RW), OK);
    CHECK(reaches(space, WINDOW, RW));
    host_window_countdown = host_window_every = 1;
    del(space);
    CHECK(!slot_has_children(slot_at(region)));
    CHECK_EQUAL(INVOKE(INIT_SLOT_TABLE, TABLE_OP_REVOKE, MEMORY_SLOT), OK);
    CHECK_EQUAL(INVOKE(MEMORY_SLOT, UNTYPED_OP_RESET), OK);
}

TEST("before a page is mapped to be executed, or protected so, the port is told")
{
    boot();
    uint32_t space = make_space(false);
    uint32_t region = make(OBJECT_REGION, 14, 0);
    unsigned told = host_code_appeared;
    CHECK_EQUAL(attach(space, 1, region), OK);
    CHECK_EQUAL(map(space, 1, 0, WINDOW, 0x1000, RW), OK);
    CHECK_EQUAL(map(space, 1, 0, WINDOW, 0x1000, RW | X), RIGHTS);
    CHECK_EQUAL(INVOKE(space, SPACE_OP_PROTECT, 1, WINDOW, 0x1000, R), OK);
    CHECK_EQUAL(host_code_appeared, told);
    CHECK_EQUAL(INVOKE(space, SPACE_OP_PROTECT, 1, WINDOW, 0x1000, R | X), OK);
    CHECK_EQUAL(host_code_appeared, ++told);
    CHECK_EQUAL(map(space, 1, 0, WINDOW + 0x1000, 0x2000, R | X), OK);
    CHECK_EQUAL(host_code_appeared, ++told);
    CHECK_EQUAL(INVOKE(space, SPACE_OP_MAP_LIST, 1 | (R | X) << 8, (WINDOW / 0x1000 + 3) << 28),
                OK);
    CHECK_EQUAL(host_code_appeared, ++told);
}

TEST("a Space without the manage right cannot be changed")
{
    boot();
    uint32_t space = mint(make_space(false), 0, 0);
    uint32_t region = make(OBJECT_REGION, 12, 0);
    CHECK_EQUAL(attach(space, 1, region), RIGHTS);
    CHECK_EQUAL(INVOKE(space, SPACE_OP_UNMAP, WINDOW, 0x1000), RIGHTS);
    CHECK_EQUAL(INVOKE(space, SPACE_OP_DETACH, 0), RIGHTS);
    CHECK_EQUAL(INVOKE(space, SPACE_OP_INFO), OK);
}
