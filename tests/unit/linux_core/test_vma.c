/**
 * test_vma.c - the sorted ranges of an address space, against a plain model.
 */
#include "servers/linux/vma.h"
#include "tests/unit/unit.h"

#include <stdlib.h>

#define PAGES 512u

static struct vma *new_range(uint64_t first, uint64_t count)
{
    struct vma *vma = calloc(1, sizeof(*vma));
    vma->start = first << PAGE_SHIFT;
    vma->end = (first + count) << PAGE_SHIFT;
    return vma;
}

static void free_all(struct vma_set *set)
{
    while (set->first) {
        struct vma *vma = set->first;
        vma_remove(set, vma);
        free(vma);
    }
}

/* The highest hole of `count` pages in [low, high) of the model, or 0. */
static uint64_t model_hole(const bool used[PAGES], unsigned count, unsigned low, unsigned high)
{
    for (unsigned top = high; top >= low + count; top--) {
        bool free_here = true;
        for (unsigned i = top - count; i < top && free_here; i++)
            free_here = !used[i];
        if (free_here)
            return (uint64_t)(top - count) << PAGE_SHIFT;
    }
    return 0;
}

TEST("an empty set finds nothing and has room everywhere")
{
    struct vma_set set = {0};
    CHECK(vma_find(&set, 0) == NULL);
    CHECK(vma_range_free(&set, 0, ~0ull));
    CHECK_EQUAL(vma_find_hole(&set, 0x1000, 0x1000, 0x9000), 0x8000);
    CHECK_EQUAL(vma_find_hole(&set, 0x9000, 0x1000, 0x9000), 0);
    CHECK(vma_set_valid(&set));
}

TEST("neighbours do not overlap and are found at their bounds")
{
    struct vma_set set = {0};
    vma_insert(&set, new_range(10, 5));
    vma_insert(&set, new_range(15, 5));
    vma_insert(&set, new_range(1, 2));
    CHECK(vma_set_valid(&set));
    CHECK_EQUAL(vma_find(&set, 15 << PAGE_SHIFT)->start, 15 << PAGE_SHIFT);
    CHECK_EQUAL(vma_find(&set, (15 << PAGE_SHIFT) - 1)->start, 10 << PAGE_SHIFT);
    CHECK(vma_at(&set, 5 << PAGE_SHIFT) == NULL);
    CHECK_EQUAL(vma_find(&set, 5 << PAGE_SHIFT)->start, 10 << PAGE_SHIFT);
    CHECK(vma_find(&set, 20 << PAGE_SHIFT) == NULL);
    free_all(&set);
}

TEST("random inserts, removals, bounds and holes agree with a model")
{
    static bool used[PAGES];
    struct vma_set set = {0};
    for (unsigned i = 0; i < PAGES; i++)
        used[i] = false;
    for (unsigned round = 0; round < 20000; round++) {
        unsigned count = 1 + (unsigned)unit_random_below(12);
        unsigned low = 1 + (unsigned)unit_random_below(PAGES / 2);
        unsigned high = low + (unsigned)unit_random_below(PAGES - low);
        uint64_t hole = vma_find_hole(&set, (uint64_t)count << PAGE_SHIFT,
                                      (uint64_t)low << PAGE_SHIFT, (uint64_t)high << PAGE_SHIFT);
        REQUIRE(hole == model_hole(used, count, low, high));
        if (hole != 0 && unit_random_below(3)) {
            unsigned first = (unsigned)(hole >> PAGE_SHIFT);
            vma_insert(&set, new_range(first, count));
            for (unsigned i = first; i < first + count; i++)
                used[i] = true;
        } else if (set.first) {
            struct vma *vma = vma_find(&set, unit_random_below(PAGES) << PAGE_SHIFT);
            vma = vma ? vma : set.first;
            unsigned first = (unsigned)(vma->start >> PAGE_SHIFT);
            unsigned end = (unsigned)(vma->end >> PAGE_SHIFT);
            if (end - first > 1 && unit_random_below(2)) {
                vma_set_bounds(&set, vma, vma->start + PAGE_BYTES, vma->end);
                used[first] = false;
            } else {
                vma_remove(&set, vma);
                free(vma);
                for (unsigned i = first; i < end; i++)
                    used[i] = false;
            }
        }
        REQUIRE(round % 64 != 0 || vma_set_valid(&set));
    }
    CHECK(vma_set_valid(&set));
    free_all(&set);
    CHECK_EQUAL(set.count, 0);
}

TEST("sixty thousand ranges in any order stay balanced")
{
    struct vma_set set = {0};
    for (unsigned i = 0; i < 60000; i++)
        vma_insert(&set, new_range(1 + 2ull * (i * 7919ull % 60000), 1));
    CHECK(vma_set_valid(&set));
    CHECK(set.root->height <= 23);
    CHECK_EQUAL(vma_find_hole(&set, 2 * PAGE_BYTES, PAGE_BYTES, 120000ull << PAGE_SHIFT), 0);
    free_all(&set);
}
