/*
 * shim_memory.c - heap and pages, counted, and refused when a test wants it so.
 */
#include <stdlib.h>
#include <sys/mman.h>

#include "tests/unit/linux/shim.h"

static bool allowed(long *left)
{
    if (*left == 0)
        return false;
    if (*left > 0)
        --*left;
    return true;
}

void *heap_alloc(size_t bytes)
{
    if (!allowed(&shim.heap_allowed))
        return NULL;
    __atomic_add_fetch(&shim.heap_objects, 1, __ATOMIC_RELAXED);
    return calloc(1, bytes ? bytes : 1);
}

void heap_free(void *object)
{
    if (object)
        __atomic_sub_fetch(&shim.heap_objects, 1, __ATOMIC_RELAXED);
    free(object);
}

/* Every page of the process has its description in one large mapping, of which little is touched:
   so a page can lie wherever the allocator puts it, or a test has an archive. */
#define ADDRESS_BITS 47

uintptr_t page_data_offset;

static struct page *page_at(const void *data)
{
    static struct page *pages;

    if (!pages) {
        void *all =
            mmap(NULL, sizeof(struct page) << (ADDRESS_BITS - PAGE_SHIFT), PROT_READ | PROT_WRITE,
                 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
        if (all == MAP_FAILED)
            abort();
        pages = all;
        page_data_offset = -((uintptr_t)all << PAGE_DATA_SHIFT);
    }
    return pages + ((uintptr_t)data >> PAGE_SHIFT);
}

static struct page *new_page(int fill)
{
    if (!allowed(&shim.pages_allowed))
        return NULL;
    void *data = aligned_alloc(PAGE_BYTES, PAGE_BYTES);
    struct page *page = page_at(data);
    memset(data, fill, PAGE_BYTES);
    *page = (struct page){.refs = 1};
    __atomic_add_fetch(&shim.pages, 1, __ATOMIC_RELAXED);
    return page;
}

struct page *page_alloc(void) { return new_page(0); }

struct page *page_alloc_unzeroed(void) { return new_page(0xaa); }

struct page *page_alloc_shared(bool zeroed) { return new_page(zeroed ? 0 : 0xaa); }

bool page_shared_room(void) { return shim.pages_allowed != 0; }

void page_free(struct page *page)
{
    if (page->flags & PAGE_BOOT) {
        __atomic_sub_fetch(&shim.boot_pages, 1, __ATOMIC_RELAXED);
        return;
    }
    free(page_data(page));
    __atomic_sub_fetch(&shim.pages, 1, __ATOMIC_RELAXED);
}

/* Unlike the target's, a host boot page has no reference of its own, so that leaks are seen. */
struct page *page_of_boot(const void *at)
{
    const uint8_t *byte = at;

    if (byte < shim.boot_start || byte + PAGE_BYTES > shim.boot_start + shim.boot_bytes)
        return NULL;
    struct page *page = page_at(at);
    if (page->refs == 0) {
        *page = (struct page){.flags = PAGE_BOOT};
        __atomic_add_fetch(&shim.boot_pages, 1, __ATOMIC_RELAXED);
    }
    return page_get(page);
}

void page_totals_read(struct page_totals *totals)
{
    totals->total = 1 << 16;
    totals->free = totals->total - (uint64_t)shim.pages;
}
