/**
 * test_table.c - the tree of a guest's pages.
 */
#include "servers/linux/mm_table.h"
#include "tests/unit/linux_core/heap.h"
#include "tests/unit/unit.h"

#define STEP_SPARSE (2ull << 20)
#define TOP         0x7ffffffff000ull

static struct page pages[64];
static unsigned asked;

bool call_must_go_on(void)
{
    asked++;
    return true;
}

struct seen {
    uint64_t count;
    uint64_t last;
    bool sorted;
};

static int look(void *context, uint64_t address, mm_entry_t *entry)
{
    struct seen *seen = context;
    seen->sorted &= seen->count == 0 || address > seen->last;
    seen->last = address;
    seen->count += *entry != 0;
    return 0;
}

static int clear(void *context, uint64_t address, mm_entry_t *entry)
{
    ++*(uint64_t *)context;
    mm_entry_set(entry, address, 0);
    return 0;
}

static struct seen walk(struct mm_table *table, uint64_t start, uint64_t end)
{
    struct seen seen = {.sorted = true};
    mm_table_walk(table, start, end, look, &seen);
    return seen;
}

static void put(struct mm_table *table, uint64_t address)
{
    mm_entry_t *entry = mm_table_at(table, address);
    REQUIRE(entry != NULL);
    mm_entry_set(entry, address, entry_make(&pages[address >> PAGE_SHIFT & 63], 0));
}

TEST("an entry is found where it was put, and nowhere else")
{
    struct mm_table table = {0};
    put(&table, 0x400000);
    put(&table, TOP - PAGE_BYTES);
    CHECK(entry_page(*mm_table_peek(&table, 0x400000)) == &pages[0x400 & 63]);
    CHECK(*mm_table_peek(&table, TOP - PAGE_BYTES) != 0);
    CHECK_EQUAL(*mm_table_peek(&table, 0x401000), 0);
    CHECK(mm_table_peek(&table, 0x500000000) == NULL);
    CHECK_EQUAL(walk(&table, 0, TOP).count, 2);
    CHECK_EQUAL(walk(&table, 0x400000, 0x401000).count, 1);
    CHECK_EQUAL(walk(&table, 0x401000, TOP - PAGE_BYTES).count, 0);
    uint64_t cleared = 0;
    mm_table_walk(&table, 0, TOP, clear, &cleared);
    mm_table_destroy(&table);
    CHECK_EQUAL(heap_objects, 0);
}

TEST("many scattered entries are all walked in order, and none leaves a node behind")
{
    struct mm_table table = {0};
    const uint64_t count = 20000;
    for (uint64_t i = 0; i < count; i++)
        put(&table, 0x10000000 + i * STEP_SPARSE);
    struct seen seen = walk(&table, 0, TOP);
    CHECK_EQUAL(seen.count, count);
    CHECK(seen.sorted);
    uint64_t cleared = 0;
    mm_table_walk(&table, 0, TOP, clear, &cleared);
    CHECK_EQUAL(cleared, count);
    mm_table_destroy(&table);
    CHECK_EQUAL(heap_objects, 0);
}

TEST("random puts and clears agree with a model")
{
    static bool model[4096];
    struct mm_table table = {0};
    const uint64_t base = 0x7f0000000000ull - 2048 * PAGE_BYTES;
    for (unsigned i = 0; i < 4096; i++)
        model[i] = false;
    for (unsigned round = 0; round < 20000; round++) {
        uint64_t first = unit_random_below(4096), count = 1 + unit_random_below(100);
        if (first + count > 4096)
            count = 4096 - first;
        uint64_t start = base + (first << PAGE_SHIFT), end = start + (count << PAGE_SHIFT);
        uint64_t expected = 0;
        for (uint64_t i = first; i < first + count; i++)
            expected += model[i];
        REQUIRE(walk(&table, start, end).count == expected);
        if (unit_random_below(2)) {
            put(&table, start);
            model[first] = true;
        } else {
            uint64_t cleared = 0;
            mm_table_walk(&table, start, end, clear, &cleared);
            mm_table_trim(&table, start, end);
            REQUIRE(cleared == expected);
            for (uint64_t i = first; i < first + count; i++)
                model[i] = false;
        }
    }
    uint64_t cleared = 0;
    mm_table_walk(&table, 0, TOP, clear, &cleared);
    mm_table_destroy(&table);
    CHECK_EQUAL(heap_objects, 0);
}

static int take_leaf(void *context, uint64_t base, struct mm_node *leaf, uint64_t mask)
{
    struct seen *seen = context;
    CHECK_EQUAL(base % (TABLE_SLOTS * PAGE_BYTES), 0);
    CHECK_EQUAL(mask & ~leaf->used, 0);
    seen->sorted &= seen->count == 0 || base > seen->last;
    seen->last = base;
    seen->count += (uint64_t)__builtin_popcountll(mask);
    leaf->used &= ~mask;
    for (; mask; mask &= mask - 1)
        leaf->slots[__builtin_ctzll(mask)] = 0;
    return 0;
}

TEST("a walk by leaf meets each entry of the range once, and none outside of it")
{
    struct mm_table table = {0};
    const uint64_t start = 0x7f0000000000ull - 100 * PAGE_BYTES;
    for (uint64_t i = 0; i < 200; i += 1 + i % 3)
        put(&table, start + i * PAGE_BYTES);
    uint64_t all = walk(&table, 0, TOP).count;
    uint64_t inside = walk(&table, start + 30 * PAGE_BYTES, start + 170 * PAGE_BYTES).count;
    struct seen seen = {.sorted = true};
    mm_table_walk_leaves(&table, start + 30 * PAGE_BYTES, start + 170 * PAGE_BYTES, take_leaf,
                         &seen);
    CHECK_EQUAL(seen.count, inside);
    CHECK(seen.sorted);
    CHECK_EQUAL(walk(&table, 0, TOP).count, all - inside);
    seen = (struct seen){.sorted = true};
    mm_table_walk_leaves(&table, 0, TOP, take_leaf, &seen);
    CHECK_EQUAL(seen.count, all - inside);
    mm_table_destroy(&table);
    CHECK_EQUAL(heap_objects, 0);
}

static void put_and_take(struct mm_table *table, uint64_t address)
{
    uint64_t cleared = 0;
    put(table, address);
    mm_table_walk(table, address, address + PAGE_BYTES, clear, &cleared);
    mm_table_trim(table, address, address + PAGE_BYTES);
    CHECK_EQUAL(cleared, 1);
}

TEST("of leaves that become empty one by one the last is kept, and found again")
{
    struct mm_table table = {0};
    put(&table, TOP - PAGE_BYTES);
    put_and_take(&table, 0x400000);
    const size_t with_one = heap_objects;
    heap_left = 0;
    put_and_take(&table, 0x400000);
    put_and_take(&table, 0x410000);
    heap_left = SIZE_MAX;
    for (uint64_t i = 1; i < 100; i++) {
        put_and_take(&table, 0x400000 + i * (STEP_SPARSE << TABLE_BITS));
        CHECK_EQUAL(heap_objects, with_one);
    }
    mm_table_trim(&table, 0, TOP - PAGE_BYTES);
    CHECK(heap_objects < with_one);
    CHECK_EQUAL(walk(&table, 0, TOP).count, 1);
    put_and_take(&table, 0x400000 + 99 * (STEP_SPARSE << TABLE_BITS));
    put_and_take(&table, TOP - PAGE_BYTES);
    mm_table_destroy(&table);
    CHECK_EQUAL(heap_objects, 0);
}

TEST("without memory an entry is refused and nothing is lost")
{
    struct mm_table table = {0};
    for (size_t left = 0; left < TABLE_LEVELS; left++) {
        heap_left = left;
        CHECK(mm_table_at(&table, 0x123456000) == NULL || left >= TABLE_LEVELS);
        heap_left = SIZE_MAX;
        mm_table_destroy(&table);
        CHECK_EQUAL(heap_objects, 0);
    }
}

TEST("a walk and a trim of much ask between its pieces who is to go on, of little they do not")
{
    const uint64_t piece = 1ull << (PAGE_SHIFT + 2 * TABLE_BITS), pieces = 50;
    struct mm_table table = {0};
    for (uint64_t i = 0; i < pieces; i++)
        put(&table, i * piece);
    asked = 0;
    walk(&table, 7 * piece, 8 * piece);
    CHECK_EQUAL(asked, 0);
    CHECK_EQUAL(walk(&table, 0, TOP).count, pieces);
    CHECK_EQUAL(asked, pieces - 1);
    uint64_t cleared = 0;
    mm_table_walk(&table, 0, TOP, clear, &cleared);
    CHECK_EQUAL(cleared, pieces);
    asked = 0;
    mm_table_trim(&table, 0, TOP);
    CHECK_EQUAL(asked, pieces - 1);
    mm_table_destroy(&table);
    CHECK_EQUAL(heap_objects, 0);
}
