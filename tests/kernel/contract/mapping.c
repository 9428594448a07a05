/**
 * mapping.c - what the range operations do to memory, seen by threads that use it.
 */
#include "access.h"

#include "lib/base/string.h"
#include "machine/code.h"

#define LARGE_LOG2  21
#define LARGE_BYTES (1ull << LARGE_LOG2)
#define FAR         ADDRESS_MAPPING
#define LARGE_FAR   (ADDRESS_LARGE - FAR)
#define WRITE_CODE  (GUEST_ACCESS_PRESENT | GUEST_ACCESS_WRITE)

/* A Region attached to the component's own Space at FAR, nothing mapped yet. */
struct view {
    cap_t region;
    uint32_t slot;
};

static struct view attach(unsigned size_log2, uint64_t window_bytes)
{
    struct view view = {.region = env_make(OBJECT_REGION, size_log2, 0),
                        .slot = env.next_space_slot++};
    CHECK(view.slot < env.limits.end_space_slot);
    CHECK_OK(space_attach(SLOT_SPACE, view.slot, view.region, FAR, window_bytes));
    return view;
}

static void *at(uint64_t offset) { return (void *)(uintptr_t)(FAR + offset); }

static uint64_t map(const struct view *view, uint64_t offset, uint64_t where, uint64_t bytes,
                    uint64_t rights)
{
    uint64_t done = 0;
    CHECK_OK(space_map(SLOT_SPACE, view->slot, offset, FAR + where, bytes, rights, &done));
    return done;
}

static uint64_t unmap(uint64_t where, uint64_t bytes)
{
    uint64_t done = 0;
    CHECK_OK(space_unmap(SLOT_SPACE, FAR + where, bytes, &done));
    return done;
}

static void map_makes_visible(void)
{
    const struct view view = attach(14, 8 * PAGE);
    CHECK(access_page_fault(ACCESS_READ, at(0), 0));
    CHECK_EQUAL(map(&view, 0, 0, 2 * PAGE, RIGHTS_RW), 2 * PAGE);
    CHECK_EQUAL(map(&view, 0, 4 * PAGE, 2 * PAGE, RIGHTS_RW), 2 * PAGE);
    CHECK(access_page_fault(ACCESS_WRITE, at(2 * PAGE), GUEST_ACCESS_WRITE));
    *(volatile uint64_t *)at(PAGE) = 42;
    CHECK_EQUAL(*(volatile uint64_t *)at(5 * PAGE), 42);
}

static void map_replaces(void)
{
    const struct view view = attach(13, PAGE);
    map(&view, 0, 0, PAGE, RIGHTS_RW);
    *(volatile uint64_t *)at(0) = 1;
    map(&view, PAGE, 0, PAGE, RIGHTS_RW);
    CHECK_EQUAL(*(volatile uint64_t *)at(0), 0);
    *(volatile uint64_t *)at(0) = 2;
    map(&view, 0, 0, PAGE, RIGHTS_R);
    CHECK_EQUAL(*(volatile uint64_t *)at(0), 1);
    CHECK(access_page_fault(ACCESS_WRITE, at(0), WRITE_CODE));
}

static void unmap_hides(void)
{
    const struct view view = attach(14, 4 * PAGE);
    map(&view, 0, 0, 4 * PAGE, RIGHTS_RW);
    memset(at(0), 1, 4 * PAGE);
    CHECK_EQUAL(unmap(PAGE, 2 * PAGE), 2 * PAGE);
    CHECK(access_ok(ACCESS_WRITE, at(0)));
    CHECK(access_page_fault(ACCESS_WRITE, at(PAGE), GUEST_ACCESS_WRITE));
    CHECK(access_page_fault(ACCESS_READ, at(2 * PAGE), 0));
    CHECK(access_ok(ACCESS_WRITE, at(3 * PAGE)));
    CHECK_EQUAL(unmap(0, 4 * PAGE), 4 * PAGE);
    CHECK_EQUAL(unmap(0, 4 * PAGE), 4 * PAGE);
}

static void protect_changes_rights(void)
{
    const struct view view = attach(13, 2 * PAGE);
    uint64_t done = 0;
    map(&view, 0, 0, 2 * PAGE, RIGHTS_RW);
    code_return(at(0), 2 * PAGE);
    CHECK(access_page_fault(ACCESS_EXECUTE, at(0), GUEST_ACCESS_PRESENT | GUEST_ACCESS_EXECUTE));
    CHECK_OK(space_protect(SLOT_SPACE, view.slot, FAR, PAGE, RIGHTS_RX, &done));
    CHECK_EQUAL(done, PAGE);
    CHECK(access_ok(ACCESS_EXECUTE, at(0)));
    CHECK(access_page_fault(ACCESS_WRITE, at(0), WRITE_CODE));
    CHECK(access_ok(ACCESS_WRITE, at(PAGE)));
    CHECK_OK(space_protect(SLOT_SPACE, view.slot, FAR, PAGE, RIGHTS_RW, &done));
    CHECK(access_ok(ACCESS_WRITE, at(0)));
}

static void protect_leaves_others(void)
{
    const struct view one = attach(12, 2 * PAGE);
    const struct view other = attach(12, 2 * PAGE);
    uint64_t done = 0;
    map(&one, 0, 0, PAGE, RIGHTS_RW);
    map(&other, 0, PAGE, PAGE, RIGHTS_RW);
    CHECK_OK(space_protect(SLOT_SPACE, one.slot, FAR, 2 * PAGE, RIGHTS_R, &done));
    CHECK_EQUAL(done, 2 * PAGE);
    CHECK(access_page_fault(ACCESS_WRITE, at(0), WRITE_CODE));
    CHECK(access_ok(ACCESS_WRITE, at(PAGE)));
    CHECK_STATUS(space_protect(SLOT_SPACE, one.slot, FAR + 2 * PAGE, PAGE, RIGHTS_R, &done), RANGE);
}

static uint64_t pair(uint64_t where, uint64_t offset)
{
    return (FAR + where) / PAGE << 28 | offset / PAGE;
}

static void map_list_scatters(void)
{
    const struct view view = attach(14, 64 * PAGE);
    uint64_t done = 0;
    CHECK_OK(space_map_list(SLOT_SPACE, view.slot | RIGHTS_RW << 8, pair(0, 3 * PAGE),
                            pair(9 * PAGE, 0), pair(63 * PAGE, PAGE), 0, pair(1, 1), 0, 0, &done));
    CHECK_EQUAL(done, 3);
    *(volatile uint64_t *)at(9 * PAGE) = 7;
    map(&view, 0, PAGE, PAGE, RIGHTS_R);
    CHECK_EQUAL(*(volatile uint64_t *)at(PAGE), 7);
    CHECK(access_ok(ACCESS_WRITE, at(0)) && access_ok(ACCESS_WRITE, at(63 * PAGE)));
    CHECK(access_page_fault(ACCESS_READ, at(2 * PAGE), 0));
}

static void map_list_stops(void)
{
    const struct view view = attach(13, 4 * PAGE);
    const uint64_t control = view.slot | RIGHTS_RW << 8;
    uint64_t done = 0;
    CHECK_OK(space_map_list(SLOT_SPACE, control, pair(0, 0), pair(4 * PAGE, 0), pair(PAGE, 0), 0, 0,
                            0, 0, &done));
    CHECK_EQUAL(done, 1);
    CHECK(access_page_fault(ACCESS_READ, at(PAGE), 0));
    CHECK_STATUS(space_map_list(SLOT_SPACE, control, pair(0, 2 * PAGE), 0, 0, 0, 0, 0, 0, &done),
                 RANGE);
    CHECK_STATUS(space_map_list(SLOT_SPACE, control, ~0ull, 0, 0, 0, 0, 0, 0, &done), RANGE);
    CHECK_STATUS(
        space_map_list(SLOT_SPACE, 63 | RIGHTS_RW << 8, pair(0, 0), 0, 0, 0, 0, 0, 0, &done),
        EMPTY);
}

static void ranges_come_in_pieces(void)
{
    const struct view view = attach(22, 1ull << 22);
    const uint64_t whole = 1ull << 22;
    uint64_t calls = 0;
    /* One page off, so that no large page fits. */
    for (uint64_t done = 0; done < whole - PAGE; calls++)
        done += map(&view, done, PAGE + done, whole - PAGE - done, RIGHTS_RW);
    CHECK(calls >= 2);
    *(volatile uint64_t *)at(PAGE) = 1;
    *(volatile uint64_t *)at(whole - PAGE) = 2;
    calls = 0;
    for (uint64_t done = 0; done < whole; calls++)
        done += unmap(done, whole - done);
    CHECK(calls >= 2);
    CHECK(access_page_fault(ACCESS_READ, at(PAGE), 0));
    CHECK(access_page_fault(ACCESS_READ, at(whole - PAGE), 0));
}

static void large_pages(void)
{
    const struct view view = attach(LARGE_LOG2, 2 * LARGE_FAR);
    uint64_t done = 0;
    CHECK_EQUAL(map(&view, 0, LARGE_FAR, LARGE_BYTES, RIGHTS_RW), LARGE_BYTES);
    *(volatile uint64_t *)at(LARGE_FAR + LARGE_BYTES - 8) = 5;
    CHECK_STATUS(
        space_map(SLOT_SPACE, view.slot, 0, FAR + LARGE_FAR + PAGE, PAGE, RIGHTS_RW, &done),
        OVERLAP);
    unmap(LARGE_FAR + PAGE, PAGE);
    CHECK(access_ok(ACCESS_WRITE, at(LARGE_FAR + PAGE)));
    unmap(LARGE_FAR, LARGE_BYTES);
    CHECK(access_page_fault(ACCESS_READ, at(LARGE_FAR + PAGE), 0));
    CHECK_OK(space_map(SLOT_SPACE, view.slot, 0, FAR + LARGE_FAR + PAGE, PAGE, RIGHTS_RW, &done));
    CHECK_OK(kit_map_range(SLOT_SPACE, view.slot, 0, FAR + LARGE_FAR, LARGE_BYTES, RIGHTS_RW));
    CHECK_EQUAL(*(volatile uint64_t *)at(LARGE_FAR + LARGE_BYTES - 8), 5);
}

static void harvest_reports(void)
{
    const struct view view = attach(14, 4 * PAGE);
    uint64_t present = 0, accessed = 0, dirty = 0;
    map(&view, 0, 0, 4 * PAGE, RIGHTS_RW);
    CHECK_OK(space_harvest(SLOT_SPACE, FAR, &present, &accessed, &dirty));
    CHECK_EQUAL(present, 0xf);
    CHECK_EQUAL(accessed | dirty, 0);
    (void)*(volatile uint64_t *)at(PAGE);
    *(volatile uint64_t *)at(3 * PAGE) = 1;
    CHECK_OK(space_harvest(SLOT_SPACE, FAR, &present, &accessed, &dirty));
    CHECK_EQUAL(accessed, BIT(1) | BIT(3));
    CHECK_EQUAL(dirty, BIT(3));
    CHECK_OK(space_harvest(SLOT_SPACE, FAR, &present, &accessed, &dirty));
    CHECK_EQUAL(accessed | dirty, 0);
    *(volatile uint64_t *)at(3 * PAGE) = 2;
    CHECK_OK(space_harvest(SLOT_SPACE, FAR, &present, &accessed, &dirty));
    CHECK_EQUAL(dirty, BIT(3));
    CHECK_STATUS(space_harvest(SLOT_SPACE, FAR + 1, &present, &accessed, &dirty), RANGE);
    CHECK_STATUS(space_harvest(SLOT_SPACE, 1ull << 47, &present, &accessed, &dirty), RANGE);
}

static void clone_protects_both(void)
{
    const struct view view = attach(13, 2 * PAGE);
    const cap_t target = env_make(OBJECT_SPACE, 6, 0);
    uint64_t done = 0, present = 0, accessed = 0, dirty = 0;
    CHECK_OK(space_donate(target, 0, env_make(OBJECT_UNTYPED, 16, 0)));
    map(&view, 0, 0, 2 * PAGE, RIGHTS_RW);
    *(volatile uint64_t *)at(0) = 9;
    CHECK_STATUS(space_clone_range(SLOT_SPACE, view.slot, target, FAR, PAGE, 1, &done), EMPTY);
    CHECK_OK(space_attach(target, view.slot, view.region, FAR, 2 * PAGE));
    CHECK_STATUS(space_clone_range(SLOT_SPACE, view.slot, SLOT_SPACE, FAR, PAGE, 1, &done), RANGE);
    CHECK_OK(space_clone_range(SLOT_SPACE, view.slot, target, FAR, PAGE, 1, &done));
    CHECK_EQUAL(done, PAGE);
    CHECK_OK(space_harvest(target, FAR, &present, &accessed, &dirty));
    CHECK_EQUAL(present, 1);
    CHECK_EQUAL(dirty, 0);
    CHECK(access_page_fault(ACCESS_WRITE, at(0), WRITE_CODE));
    CHECK_EQUAL(*(volatile uint64_t *)at(0), 9);
    CHECK(access_ok(ACCESS_WRITE, at(PAGE)));
}

TEST_SUITE(
    mapping, {"a mapped page shows the Region's memory, wherever it is mapped", map_makes_visible},
    {"mapping replaces what was there", map_replaces},
    {"unmapping hides at once, and only the range", unmap_hides},
    {"protect changes rights at once, both ways", protect_changes_rights},
    {"protect leaves other Regions' pages alone and stays in its window", protect_leaves_others},
    {"map_list maps scattered pages up to the first zero", map_list_scatters},
    {"map_list stops at the first bad pair and says how far it came", map_list_stops},
    {"range operations come forward in bounded pieces", ranges_come_in_pieces},
    {"large pages are used where they fit, and only whole", large_pages},
    {"harvest reads and clears accessed and dirty", harvest_reports},
    {"clone_range shares pages and takes the write right on both sides", clone_protects_both});
