/*
 * memory.h - the memory that the manifest grants: pages, runs of pages, and where they lie in the
 * kernel's Regions. base.h has page_alloc, page_put and the heap.
 *
 * The granted Regions are mapped one after the other, behind them the boot bundle and what spare.h
 * may add; each page of all that has a struct page. The array itself lies in the first pages.
 */
#pragma once

#include "abi/component.h"
#include "abi/message.h"

#include "servers/linux/base.h"

#define MEMORY_RUN_ORDERS  11 /* runs of 1 to 1024 pages */
#define MEMORY_REGIONS_MAX 40 /* granted Regions and those of the boot bundle together */

/* page.flags beside PAGE_BOOT: what a page of the heap is, and where a page lies. */
enum memory_page_flag {
    PAGE_SLAB = 1u << 1,      /* part of a slab of small objects */
    PAGE_BIG = 1u << 2,       /* part of one large object */
    PAGE_RUN_FREE = 1u << 3,  /* first page of a free run; order as below */
    PAGE_QUICK_FREE = 1u << 4 /* on the quick list */
};
#define PAGE_ORDER_SHIFT  8
#define PAGE_ORDER_MASK   0xff00u
#define PAGE_REGION_SHIFT 24

/* A Region of the kernel that holds pages: slot 1 + index of each guest Space is for it. */
struct memory_region {
    uintptr_t address; /* of its first page here; 0 where it is not mapped here (bundle) */
    uint64_t size_bytes;
    cap_t slot;
    bool writable;
};

extern struct memory_region memory_regions[MEMORY_REGIONS_MAX];
extern unsigned memory_region_count;

/* The flags of a page in use are its owner's to change, but the allocator looks at them at any
   time: it asks all neighbours of what becomes free. */
static inline uint32_t page_flags(const struct page *page)
{
    return __atomic_load_n(&page->flags, __ATOMIC_RELAXED);
}

static inline void page_set_flags(struct page *page, uint32_t flags)
{
    __atomic_store_n(&page->flags, flags, __ATOMIC_RELAXED);
}

static inline unsigned page_region(const struct page *page)
{
    return page->flags >> PAGE_REGION_SHIFT;
}

static inline unsigned page_order(const struct page *page)
{
    return (page->flags & PAGE_ORDER_MASK) >> PAGE_ORDER_SHIFT;
}

/* Byte offset of the page in its Region. */
static inline uint64_t page_offset(const struct page *page)
{
    return (uintptr_t)page_data(page) - memory_regions[page_region(page)].address;
}

/* Takes stock of info->memory and the bundle; once, before anything is allocated. */
void memory_init(const struct component_info *info);

/* The struct page of an address in granted memory. */
struct page *page_at(const void *address);

/* 2^order contiguous pages, aligned to their size; the first has one reference, none is zeroed. */
struct page *page_run_alloc(unsigned order);
void page_run_free(struct page *first, unsigned order);

/* What the heap holds in objects of one size; object_bytes 0: those larger than any class. */
struct heap_totals {
    uint32_t object_bytes;
    uint64_t objects;
    uint64_t pages;
};
/* For index 0, 1, 2 ... until it says false. Walks the slabs with free objects. */
bool heap_totals_read(unsigned index, struct heap_totals *totals);

/* As page_alloc, but leaves a reserve for the server itself: for the memory of guests. */
struct page *page_alloc_guest(bool zeroed);

/* Bytes that the descriptions of all pages take. */
uint64_t memory_description_bytes(void);

/* Pages that the heap has now. */
uint64_t heap_pages(void);

/* Pages below which guests get none. */
uint64_t memory_reserve(void);

/* The allocator's picture of the granted memory, as memory.c fills it in at the start. */
struct page_arrays {
    uintptr_t base; /* of granted memory */
    uintptr_t end;
    struct page *pages;
    uintptr_t boot_base; /* of the bundle entry, where it is mapped here; behind granted memory */
    uintptr_t boot_end;
};
void page_init(const struct page_arrays *arrays);
void page_add_free(uintptr_t address, uint64_t count_pages); /* inside one Region */

/* Memory that is not mapped yet and may become pages (spare.h): a Region to come. False: there are
   too many. */
bool memory_add_spare(uintptr_t address, uint64_t bytes, cap_t slot);

/* It counts as free; it is there; it has become something else. */
void page_note_spare(uint64_t count_pages);
void page_add_spare(uintptr_t address, uint64_t count_pages);
void page_forget_spare(uint64_t count_pages);
