/*
 * page.c - the page allocator: single pages from a quick list, aligned runs from buddy lists.
 *
 * A free run's first page carries PAGE_RUN_FREE and its order; the run is linked through its own
 * memory. Single pages that are freed go to the quick list and are joined to runs only when a run
 * is wanted and none is there (gather). So the common pair, a page taken and a page given back, is
 * a few instructions.
 *
 * Invariant: a page is in exactly one of: in use, quick list, inside one free run.
 * Lock: `allocator.spin`, innermost.
 */
#include "lib/base/bits.h"
#include "lib/base/string.h"
#include "servers/linux/memory.h"
#include "servers/linux/spare.h"

#define QUICK_REFILL_ORDER 3
#define RESERVE_SHIFT      6 /* 1/64 of all pages ... */
#define RESERVE_MIN        64
#define RESERVE_MAX        2048
#define PROCESS_SHARE      4 /* so many reserves are kept for processes and the server */

struct free_run {
    struct free_run *next;
    struct free_run *previous;
};

static struct {
    struct spin spin;
    struct free_run *quick; /* next only */
    struct free_run *runs[MEMORY_RUN_ORDERS];
    uint64_t free;  /* tally */
    uint64_t spare; /* tally: what spare.h would add */
    uint64_t total;
    uint64_t reserve;
} allocator;

static struct page_arrays arrays;

struct memory_region memory_regions[MEMORY_REGIONS_MAX];
unsigned memory_region_count;

uintptr_t page_data_offset;

void page_init(const struct page_arrays *with)
{
    arrays = *with;
    page_data_offset = arrays.base - ((uintptr_t)arrays.pages << PAGE_DATA_SHIFT);
}

struct page *page_at(const void *address)
{
    uintptr_t at = (uintptr_t)address;
    ASSERT(at >= arrays.base && at < arrays.end);
    return &arrays.pages[(at - arrays.base) >> PAGE_SHIFT];
}

struct page *page_of_boot(const void *at)
{
    uintptr_t address = (uintptr_t)at;
    if (address < arrays.boot_base || address >= arrays.boot_end)
        return NULL;
    return page_get(page_at(at));
}

static void run_push(struct page *first, unsigned order)
{
    struct free_run *run = page_data(first);
    first->flags = (first->flags & ~PAGE_ORDER_MASK) | PAGE_RUN_FREE | order << PAGE_ORDER_SHIFT;
    run->previous = NULL;
    run->next = allocator.runs[order];
    if (run->next)
        run->next->previous = run;
    allocator.runs[order] = run;
}

static void run_unlink(struct page *first, unsigned order)
{
    struct free_run *run = page_data(first);
    if (run->previous)
        run->previous->next = run->next;
    else
        allocator.runs[order] = run->next;
    if (run->next)
        run->next->previous = run->previous;
    first->flags &= ~(PAGE_RUN_FREE | PAGE_ORDER_MASK);
}

/* Gives a run back, joined with its buddies while they are free and in the same Region. */
static void run_release(struct page *first, unsigned order)
{
    while (order + 1 < MEMORY_RUN_ORDERS) {
        uint64_t offset = page_offset(first);
        uint64_t buddy_offset = offset ^ ((uint64_t)PAGE_BYTES << order);
        const struct memory_region *region = &memory_regions[page_region(first)];
        if (buddy_offset >= region->size_bytes)
            break;
        struct page *buddy = page_at((void *)(region->address + buddy_offset));
        const uint32_t flags = page_flags(buddy);
        if (!(flags & PAGE_RUN_FREE) || (flags & PAGE_ORDER_MASK) >> PAGE_ORDER_SHIFT != order)
            break;
        run_unlink(buddy, order);
        if (buddy_offset < offset)
            first = buddy;
        order++;
    }
    run_push(first, order);
}

/* A run of exactly `order`, split off a larger one if need be. NULL if there is none. */
static struct page *run_take(unsigned order)
{
    unsigned found = order;
    while (found < MEMORY_RUN_ORDERS && !allocator.runs[found])
        found++;
    if (found == MEMORY_RUN_ORDERS)
        return NULL;
    struct page *first = page_at(allocator.runs[found]);
    run_unlink(first, found);
    while (found > order) {
        found--;
        run_push(first + (1ul << found), found);
    }
    return first;
}

static void quick_push(struct page *page)
{
    struct free_run *run = page_data(page);
    page->flags |= PAGE_QUICK_FREE;
    run->next = allocator.quick;
    allocator.quick = run;
}

static struct page *quick_pop(void)
{
    struct free_run *run = allocator.quick;
    struct page *page = page_at(run);
    allocator.quick = run->next;
    page->flags &= ~PAGE_QUICK_FREE;
    return page;
}

static void gather(void)
{
    while (allocator.quick)
        run_release(quick_pop(), 0);
}

static bool quick_refill(void)
{
    for (unsigned order = QUICK_REFILL_ORDER + 1; order-- > 0;) {
        struct page *first = run_take(order);
        if (!first)
            continue;
        for (unsigned i = 1u << order; i-- > 0;)
            quick_push(first + i);
        return true;
    }
    return false;
}

static struct page *try_take_page(uint64_t keep)
{
    struct page *page = NULL;

    spin_lock(&allocator.spin, LOCK_ALLOCATOR);
    if (allocator.free > keep && (allocator.quick || quick_refill())) {
        page = quick_pop();
        tally_sub(&allocator.free, 1);
        page->refs = 1;
    }
    spin_unlock(&allocator.spin, LOCK_ALLOCATOR);
    return page;
}

static struct page *take_page(uint64_t keep)
{
    struct page *page = try_take_page(keep);
    while (UNLIKELY(!page) && spare_take_for_pages())
        page = try_take_page(keep);
    return page;
}

/* Of a page, as the compiler would not know: no odd bytes. */
static inline void clear(struct page *page)
{
    memset(__builtin_assume_aligned(page_data(page), PAGE_BYTES), 0, PAGE_BYTES);
}

struct page *page_alloc_unzeroed(void) { return take_page(0); }

struct page *page_alloc(void)
{
    struct page *page = take_page(0);
    if (page)
        clear(page);
    return page;
}

struct page *page_alloc_guest(bool zeroed)
{
    struct page *page = take_page(allocator.reserve);
    if (page && zeroed)
        clear(page);
    return page;
}

struct page *page_alloc_shared(bool zeroed)
{
    struct page *page = take_page(PROCESS_SHARE * allocator.reserve);
    if (page && zeroed)
        clear(page);
    return page;
}

bool page_shared_room(void)
{
    struct page_totals totals;

    page_totals_read(&totals);
    return totals.free > PROCESS_SHARE * allocator.reserve;
}

void page_free(struct page *page)
{
    if (page->flags & PAGE_BOOT) {
        page->refs = 1; /* the bundle's own reference is never given up */
        return;
    }
    spin_lock(&allocator.spin, LOCK_ALLOCATOR);
    quick_push(page);
    tally_add(&allocator.free, 1);
    spin_unlock(&allocator.spin, LOCK_ALLOCATOR);
}

static struct page *try_take_run(unsigned order)
{
    spin_lock(&allocator.spin, LOCK_ALLOCATOR);
    struct page *first = run_take(order);
    if (!first) {
        gather();
        first = run_take(order);
    }
    if (first) {
        tally_sub(&allocator.free, 1ul << order);
        first->refs = 1;
    }
    spin_unlock(&allocator.spin, LOCK_ALLOCATOR);
    return first;
}

struct page *page_run_alloc(unsigned order)
{
    ASSERT(order < MEMORY_RUN_ORDERS);
    struct page *first = try_take_run(order);
    while (UNLIKELY(!first) && spare_take_for_pages())
        first = try_take_run(order);
    return first;
}

void page_run_free(struct page *first, unsigned order)
{
    spin_lock(&allocator.spin, LOCK_ALLOCATOR);
    first->refs = 0;
    run_release(first, order);
    tally_add(&allocator.free, 1ul << order);
    spin_unlock(&allocator.spin, LOCK_ALLOCATOR);
}

void page_totals_read(struct page_totals *totals)
{
    totals->total = allocator.total;
    totals->free = tally_read(&allocator.free) + tally_read(&allocator.spare);
}

uint64_t memory_reserve(void) { return allocator.reserve; }

/* Caller holds the spin, or is alone. */
static void release_pages(uintptr_t address, uint64_t count_pages)
{
    while (count_pages > 0) {
        struct page *first = page_at((void *)address);
        unsigned order = 0;
        while (order + 1 < MEMORY_RUN_ORDERS && 2ull << order <= count_pages &&
               is_aligned(page_offset(first), (uint64_t)PAGE_BYTES << (order + 1)))
            order++;
        run_release(first, order);
        tally_add(&allocator.free, 1ull << order);
        count_pages -= 1ull << order;
        address += (uintptr_t)PAGE_BYTES << order;
    }
}

static void count_all(void)
{
    allocator.total = allocator.free + allocator.spare;
    allocator.reserve = allocator.total >> RESERVE_SHIFT;
    if (allocator.reserve < RESERVE_MIN)
        allocator.reserve = RESERVE_MIN;
    if (allocator.reserve > RESERVE_MAX)
        allocator.reserve = RESERVE_MAX;
}

void page_add_free(uintptr_t address, uint64_t count_pages)
{
    release_pages(address, count_pages);
    count_all();
}

void page_note_spare(uint64_t count_pages)
{
    tally_add(&allocator.spare, count_pages);
    count_all();
}

void page_add_spare(uintptr_t address, uint64_t count_pages)
{
    spin_lock(&allocator.spin, LOCK_ALLOCATOR);
    release_pages(address, count_pages);
    tally_sub(&allocator.spare, count_pages);
    spin_unlock(&allocator.spin, LOCK_ALLOCATOR);
}

void page_forget_spare(uint64_t count_pages)
{
    spin_lock(&allocator.spin, LOCK_ALLOCATOR);
    tally_sub(&allocator.spare, count_pages);
    spin_unlock(&allocator.spin, LOCK_ALLOCATOR);
}
