/*
 * heap.c - small objects out of slabs, large ones out of page runs.
 *
 * A slab is an aligned run (one page, or four for the larger classes) whose header lies at its
 * start; its free objects are chained through their first word. Slabs with free objects are on
 * their class's list; a slab without any object in use goes back to the page allocator, but for one
 * per class that is kept. Every page of a slab carries PAGE_SLAB and the slab's order, so that an
 * object's slab is found from its address.
 *
 * Lock: one spin per class; the page allocator's spin is taken inside it.
 */
#include "lib/base/log2.h"
#include "lib/base/string.h"
#include "servers/linux/memory.h"

#define SLAB_LARGE_ORDER 2
#define SLAB_SMALL_MAX   256 /* objects up to this size live in one-page slabs */

struct slab {
    struct list link; /* class.partial while objects are free */
    struct heap_class *class;
    void *free;
    uint32_t used;
    uint32_t capacity;
} ALIGNED(16);

struct heap_class {
    struct spin spin;
    uint32_t object_bytes;
    struct list partial;
    struct slab *spare; /* one empty slab, also on `partial` */
    uint64_t capacity;  /* of all its slabs */
    uint64_t pages;
};

#define CLASS(bytes)                                                                               \
    {                                                                                              \
        .object_bytes = (bytes)                                                                    \
    }
static struct heap_class classes[] = {
    CLASS(16),  CLASS(32),  CLASS(48),  CLASS(64),  CLASS(96),   CLASS(128),  CLASS(192),
    CLASS(256), CLASS(384), CLASS(528), CLASS(768), CLASS(1024), CLASS(1536), CLASS(2048),
};
#define CLASS_COUNT      ARRAY_LENGTH(classes)
#define CLASS_MAX_BYTES  2048
#define CLASS_STEP_SHIFT 4

/* Class by size in steps of 16 bytes, filled in on first use of each size. Atomic. */
static uint8_t class_of_step[(CLASS_MAX_BYTES >> CLASS_STEP_SHIFT) + 1];

static struct heap_totals large; /* atomic */

static struct heap_class *class_for(size_t bytes)
{
    size_t step = (bytes + 15) >> CLASS_STEP_SHIFT;
    unsigned number = __atomic_load_n(&class_of_step[step], __ATOMIC_RELAXED);
    if (number == 0) {
        while (classes[number].object_bytes < bytes)
            number++;
        __atomic_store_n(&class_of_step[step], (uint8_t)++number, __ATOMIC_RELAXED);
    }
    return &classes[number - 1];
}

static unsigned slab_order(const struct heap_class *class)
{
    return class->object_bytes <= SLAB_SMALL_MAX ? 0 : SLAB_LARGE_ORDER;
}

static void mark_pages(struct page *first, unsigned order, uint32_t flag)
{
    for (unsigned i = 0; i < 1u << order; i++)
        page_set_flags(&first[i], (first[i].flags & ~(PAGE_ORDER_MASK | PAGE_SLAB | PAGE_BIG)) |
                                      flag | (flag ? order << PAGE_ORDER_SHIFT : 0));
}

static struct slab *slab_create(struct heap_class *class)
{
    unsigned order = slab_order(class);
    struct page *first = order == 0 ? page_alloc_unzeroed() : page_run_alloc(order);
    if (!first)
        return NULL;
    mark_pages(first, order, PAGE_SLAB);
    struct slab *slab = page_data(first);
    char *end = (char *)slab + ((size_t)PAGE_BYTES << order);
    *slab = (struct slab){.class = class};
    for (char *at = (char *)(slab + 1); at + class->object_bytes <= end;
         at += class->object_bytes) {
        void **link = (void *)at;
        *link = slab->free;
        slab->free = at;
        slab->capacity++;
    }
    list_push_front(&class->partial, &slab->link);
    class->capacity += slab->capacity;
    class->pages += 1ul << order;
    return slab;
}

static void slab_destroy(struct slab *slab)
{
    struct page *first = page_at(slab);
    unsigned order = page_order(first);
    list_remove(&slab->link);
    slab->class->capacity -= slab->capacity;
    slab->class->pages -= 1ul << order;
    mark_pages(first, order, 0);
    if (order == 0)
        page_put(first);
    else
        page_run_free(first, order);
}

static void *take_object(struct heap_class *class)
{
    if (!class->partial.next)
        list_init(&class->partial);
    struct list *first = list_first(&class->partial);
    struct slab *slab = first ? list_entry(first, struct slab, link) : slab_create(class);
    if (!slab)
        return NULL;
    void *object = slab->free;
    slab->free = *(void **)object;
    if (slab == class->spare)
        class->spare = NULL;
    if (++slab->used == slab->capacity)
        list_remove(&slab->link);
    return object;
}

static void *alloc_big(size_t bytes)
{
    unsigned order = bits_log2_ceil((bytes + PAGE_BYTES - 1) >> PAGE_SHIFT);
    struct page *first = order < MEMORY_RUN_ORDERS ? page_run_alloc(order) : NULL;
    if (!first)
        return NULL;
    page_set_flags(first, (first->flags & ~PAGE_ORDER_MASK) | PAGE_BIG | order << PAGE_ORDER_SHIFT);
    memset(page_data(first), 0, (size_t)PAGE_BYTES << order);
    __atomic_fetch_add(&large.objects, 1, __ATOMIC_RELAXED);
    __atomic_fetch_add(&large.pages, 1ul << order, __ATOMIC_RELAXED);
    return page_data(first);
}

void *heap_alloc(size_t bytes)
{
    if (bytes > CLASS_MAX_BYTES)
        return alloc_big(bytes);
    struct heap_class *class = class_for(bytes ? bytes : 1);
    spin_lock(&class->spin, LOCK_HEAP);
    void *object = take_object(class);
    spin_unlock(&class->spin, LOCK_HEAP);
    if (object)
        memset(object, 0, bytes);
    return object;
}

static void free_big(struct page *first)
{
    unsigned order = page_order(first);
    page_set_flags(first, first->flags & ~(PAGE_BIG | PAGE_ORDER_MASK));
    __atomic_fetch_sub(&large.objects, 1, __ATOMIC_RELAXED);
    __atomic_fetch_sub(&large.pages, 1ul << order, __ATOMIC_RELAXED);
    page_run_free(first, order);
}

/* The class keeps one empty slab, so that a lone object coming and going is cheap. */
static void give_object(struct heap_class *class, struct slab *slab, void *object)
{
    if (slab->used == slab->capacity)
        list_push_front(&class->partial, &slab->link);
    *(void **)object = slab->free;
    slab->free = object;
    if (--slab->used > 0)
        return;
    if (class->spare)
        slab_destroy(slab);
    else
        class->spare = slab;
}

void heap_free(void *object)
{
    if (!object)
        return;
    struct page *page = page_at(object);
    if (page->flags & PAGE_BIG) {
        free_big(page);
        return;
    }
    ASSERT(page->flags & PAGE_SLAB);
    struct slab *slab =
        (struct slab *)align_down((uintptr_t)object, (uint64_t)PAGE_BYTES << page_order(page));
    struct heap_class *class = slab->class;
    spin_lock(&class->spin, LOCK_HEAP);
    give_object(class, slab, object);
    spin_unlock(&class->spin, LOCK_HEAP);
}

static void read_class(struct heap_class *class, struct heap_totals *totals)
{
    uint64_t free = 0;

    spin_lock(&class->spin, LOCK_HEAP);
    if (class->partial.next)
        list_for_each (link, &class->partial) {
            const struct slab *slab = list_entry(link, struct slab, link);
            free += slab->capacity - slab->used;
        }
    *totals = (struct heap_totals){.object_bytes = class->object_bytes,
                                   .objects = class->capacity - free,
                                   .pages = class->pages};
    spin_unlock(&class->spin, LOCK_HEAP);
}

bool heap_totals_read(unsigned index, struct heap_totals *totals)
{
    if (index < CLASS_COUNT)
        read_class(&classes[index], totals);
    else
        *totals = large;
    return index <= CLASS_COUNT;
}

uint64_t heap_pages(void)
{
    struct heap_totals totals;
    uint64_t pages = 0;

    for (unsigned i = 0; heap_totals_read(i, &totals); i++)
        pages += totals.pages;
    return pages;
}
