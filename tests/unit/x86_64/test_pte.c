/**
 * test_pte.c - page-table entries of x86_64, bit for bit (Intel SDM volume 3, 4.5): what emulators
 * do not tell apart, too.
 */
#include "kernel/arch/x86_64/port/pte.h"
#include "tests/unit/unit.h"

enum {
    PRESENT = 1 << 0,
    WRITE = 1 << 1,
    USER = 1 << 2,
    WRITE_THROUGH = 1 << 3,
    CACHE_DISABLE = 1 << 4,
    ACCESSED = 1 << 5,
    DIRTY = 1 << 6,
    LARGE = 1 << 7,
};
#define NO_EXECUTE (1ull << 63)
#define PAGE       0x12345678000ull

enum { R = REGION_RIGHT_READ, W = REGION_RIGHT_WRITE, X = REGION_RIGHT_EXECUTE };

TEST("a leaf is user level's, with exactly the rights asked for")
{
    CHECK_EQUAL(pte_leaf(PAGE, R, false), PAGE | PRESENT | USER | NO_EXECUTE);
    CHECK_EQUAL(pte_leaf(PAGE, R | W, false), PAGE | PRESENT | USER | WRITE | NO_EXECUTE);
    CHECK_EQUAL(pte_leaf(PAGE, R | X, false), PAGE | PRESENT | USER);
    CHECK_EQUAL(pte_leaf(PAGE, R | W | X, false), PAGE | PRESENT | USER | WRITE);
}

TEST("device memory is never cached")
{
    CHECK_EQUAL(pte_leaf(PAGE, R | W, true) & (WRITE_THROUGH | CACHE_DISABLE),
                WRITE_THROUGH | CACHE_DISABLE);
    CHECK_EQUAL(pte_large(pte_leaf(0x200000, R, true)) & (WRITE_THROUGH | CACHE_DISABLE),
                WRITE_THROUGH | CACHE_DISABLE);
}

TEST("a node lets through whatever its leaves allow")
{
    CHECK_EQUAL(pte_node(PAGE) & ~(pte_t)ACCESSED, PAGE | PRESENT | WRITE | USER);
}

TEST("leaves and nodes are told apart at each level, and have their address")
{
    const pte_t large = pte_large(pte_leaf(0x40000000, R | W, false));
    CHECK_EQUAL(large, 0x40000000 | PRESENT | USER | WRITE | LARGE | NO_EXECUTE);
    CHECK(pte_is_leaf(large, 1) && pte_is_leaf(pte_leaf(PAGE, R, false), 0));
    CHECK(!pte_is_leaf(pte_node(PAGE), 1) && !pte_is_leaf(pte_node(PAGE), 2));
    CHECK_EQUAL(pte_address(large), 0x40000000);
    CHECK_EQUAL(pte_address(pte_leaf(PAGE, R, true)), PAGE);
    CHECK_EQUAL(pte_address(pte_node(PAGE)), PAGE);
    CHECK(pte_present(large) && !pte_present(0));
    CHECK_EQUAL(pte_leaf(PAGE, R, false) + PTE_PAGE_STEP, pte_leaf(PAGE + 4096, R, false));
}

static pte_t edited(pte_t leaf, struct pte_edit edit) { return (leaf & edit.keep) | edit.set; }

TEST("new rights replace the old ones and touch nothing else")
{
    for (uint8_t from = 0; from < 8; from++)
        for (uint8_t to = 0; to < 8; to++) {
            const pte_t marks = ACCESSED | DIRTY;
            CHECK_EQUAL(edited(pte_leaf(PAGE, from, true) | marks, pte_edit_rights(to)),
                        pte_leaf(PAGE, to, true) | marks);
        }
}

TEST("a limit takes rights away and gives none")
{
    for (uint8_t from = 0; from < 8; from++)
        for (uint8_t limit = 0; limit < 8; limit++)
            CHECK_EQUAL(edited(pte_leaf(PAGE, from, false), pte_edit_limit(limit)),
                        pte_leaf(PAGE, from & limit, false));
}

TEST("accessed and dirty are seen, and cleared together")
{
    const pte_t leaf = pte_leaf(PAGE, R | W, false);
    CHECK(!pte_accessed(leaf) && !pte_dirty(leaf));
    CHECK(pte_accessed(leaf | ACCESSED) && !pte_dirty(leaf | ACCESSED));
    CHECK(pte_dirty(leaf | DIRTY) && !pte_accessed(leaf | DIRTY));
    CHECK_EQUAL(pte_clean(leaf | ACCESSED | DIRTY), leaf);
}
