/*
 * mm.c - birth, copy and death of a guest's memory; see mm.h.
 */
#include "lib/base/bits.h"
#include "lib/base/string.h"
#include "servers/linux/file.h"
#include "servers/linux/memory.h"
#include "servers/linux/mm.h"

#define RANGES_A_PIECE 64 /* before whoever waits for the processor may go on (base.h) */

struct spin mm_list_spin; /* for mm_list */
unsigned mm_dying;
static struct list mm_list = {&mm_list, &mm_list};

struct mm *mm_create(void)
{
    struct mm *mm = heap_alloc(sizeof(*mm));
    if (!mm)
        return NULL;
    mm->space = guest_space_take();
    if (!mm->space) {
        heap_free(mm);
        return NULL;
    }
    mm->refs = 1;
    mutex_init(&mm->mutex, LOCK_MM);
    spin_lock(&mm_list_spin, LOCK_LEAF);
    list_push_back(&mm_list, &mm->all_link);
    spin_unlock(&mm_list_spin, LOCK_LEAF);
    return mm;
}

struct mm *mm_get(struct mm *mm)
{
    __atomic_fetch_add(&mm->refs, 1, __ATOMIC_RELAXED);
    return mm;
}

static void free_ranges(struct vma *first)
{
    unsigned count = 0;

    for (struct vma *vma = first, *next; vma; vma = next) {
        next = vma->next;
        vma_free(vma);
        if (++count % RANGES_A_PIECE == 0)
            call_must_go_on();
    }
}

void mm_unlock(struct mm *mm)
{
    struct vma *dead = mm->dead;
    mm->dead = NULL;
    mutex_unlock(&mm->mutex);
    free_ranges(dead);
}

/* The Space goes first: no page is freed while a guest could still reach it. */
static void destroy(struct mm *mm)
{
    guest_space_give(mm->space);
    mm_drop_entries_locked(mm, 0, GUEST_ADDRESS_END);
    mm_table_destroy(&mm->table);
    free_ranges(mm->vmas.first);
    heap_free(mm);
}

void mm_put(struct mm *mm)
{
    spin_lock(&mm_list_spin, LOCK_LEAF);
    bool last = __atomic_sub_fetch(&mm->refs, 1, __ATOMIC_ACQ_REL) == 0;
    if (last)
        list_remove(&mm->all_link);
    spin_unlock(&mm_list_spin, LOCK_LEAF);
    if (!last)
        return;
    __atomic_fetch_add(&mm_dying, 1, __ATOMIC_RELAXED);
    destroy(mm);
    __atomic_fetch_sub(&mm_dying, 1, __ATOMIC_RELAXED);
}

uint64_t mm_count(void)
{
    uint64_t count = 0;

    spin_lock(&mm_list_spin, LOCK_LEAF);
    list_for_each (link, &mm_list)
        count++;
    spin_unlock(&mm_list_spin, LOCK_LEAF);
    return count;
}

/* The mm after `mm` in the list of all, counted; `mm` (may be NULL: the first) loses its count. */
static struct mm *next_mm(struct mm *mm)
{
    spin_lock(&mm_list_spin, LOCK_LEAF);
    struct list *link = list_next(&mm_list, mm ? &mm->all_link : &mm_list);
    struct mm *next = link ? mm_get(list_entry(link, struct mm, all_link)) : NULL;
    spin_unlock(&mm_list_spin, LOCK_LEAF);
    if (mm)
        mm_put(mm);
    return next;
}

struct file_range {
    const struct inode *inode;
    uint64_t first;
    uint64_t count;
    bool truncated;
};

struct forget {
    struct mm *mm;
    bool private_too;
};

static int forget_entry(void *context, uint64_t address, mm_entry_t *entry)
{
    struct forget *forget = context;
    if (!(*entry & ENTRY_FILE) && !forget->private_too)
        return 0;
    if (*entry & ENTRY_READ)
        guest_space_unmap(forget->mm->space, address, address + PAGE_BYTES);
    tally_sub(*entry & ENTRY_FILE ? &forget->mm->file_pages : &forget->mm->anon_pages, 1);
    page_put(entry_page(*entry));
    mm_entry_set(entry, address, 0);
    return 0;
}

static void forget_in(struct mm *mm, const struct file_range *range)
{
    struct forget forget = {.mm = mm, .private_too = range->truncated};

    mutex_lock(&mm->mutex);
    for (struct vma *vma = mm->vmas.first; vma; vma = vma_next(vma)) {
        if (!vma->file || vma->file->inode != range->inode)
            continue;
        uint64_t pages = (vma->end - vma->start) >> PAGE_SHIFT;
        uint64_t first = range->first > vma->offset_pages ? range->first - vma->offset_pages : 0;
        uint64_t end = range->first + range->count;
        if (end < range->first)
            end = UINT64_MAX;
        end = end > vma->offset_pages ? end - vma->offset_pages : 0;
        if (end > pages)
            end = pages;
        if (first < end)
            mm_table_walk(&mm->table, vma->start + (first << PAGE_SHIFT),
                          vma->start + (end << PAGE_SHIFT), forget_entry, &forget);
    }
    mutex_unlock(&mm->mutex);
}

void mm_unmap_file_range(struct inode *inode, uint64_t first_page, uint64_t page_count,
                         bool truncated)
{
    struct file_range range = {inode, first_page, page_count, truncated};
    for (struct mm *mm = next_mm(NULL); mm; mm = next_mm(mm))
        forget_in(mm, &range);
}

/* ---- fork ---------------------------------------------------------------------------------------
 */

#define SPAN_GAP_BYTES (32ull * PAGE_BYTES) /* unmapped stretches that one call may pass over */

/* Stretches of mapped pages, one per Region, that are still to be cloned. */
struct clone {
    struct mm *from;
    struct mm *to;
    bool cache_failed;    /* the child's Space is not cloned any further */
    struct mm_node *leaf; /* of the child, of this number */
    uint64_t leaf_number;
    uint64_t open; /* bit i: spans[i] is in use */
    struct {
        uint64_t start;
        uint64_t end;
    } spans[MEMORY_REGIONS_MAX];
};
STATIC_ASSERT(MEMORY_REGIONS_MAX <= 64, "a bit for each Region");

static void clone_span(struct clone *clone, unsigned region)
{
    clone->open &= ~BIT(region);
    if (!clone->cache_failed &&
        guest_space_clone(clone->to->space, clone->from->space, region, clone->spans[region].start,
                          clone->spans[region].end) < 0)
        clone->cache_failed = true;
}

static ALWAYS_INLINE void extend_span(struct clone *clone, unsigned region, uint64_t address)
{
    if (clone->open >> region & 1 && address - clone->spans[region].end > SPAN_GAP_BYTES)
        clone_span(clone, region);
    if (!(clone->open >> region & 1)) {
        clone->open |= BIT(region);
        clone->spans[region].start = address;
    }
    clone->spans[region].end = address + PAGE_BYTES;
}

static void clone_all_spans(struct clone *clone)
{
    while (clone->open)
        clone_span(clone, bits_lowest(clone->open));
}

/* Ranges come in order of address, so the leaf may be that of the last one. */
static struct mm_node *target_leaf(struct clone *clone, uint64_t base)
{
    uint64_t number = base >> (PAGE_SHIFT + TABLE_BITS);
    if (!clone->leaf || clone->leaf_number != number) {
        mm_entry_t *entry = mm_table_at(&clone->to->table, base);
        if (!entry)
            return NULL;
        clone->leaf = container_of(entry, struct mm_node, slots);
        clone->leaf_number = number;
    }
    return clone->leaf;
}

/* Has any of these been written to since the last fork? */
static bool written(const struct mm_node *leaf, uint64_t mask)
{
    uint64_t any = 0;
    for (; mask; mask &= mask - 1)
        any |= leaf->slots[bits_lowest(mask)];
    return any & ENTRY_WRITE;
}

/*
 * Both sides lose the write right in their Spaces; who writes first finds a page with two owners.
 * Where nothing has been written since the last fork the right is gone already, and the child's
 * Space is left to its faults: mostly it ends, or executes, before it comes there.
 */
static int clone_leaf(void *context, uint64_t base, struct mm_node *leaf, uint64_t mask)
{
    struct clone *clone = context;
    struct mm_node *copy = target_leaf(clone, base);
    uint64_t count = 0, count_file = 0;
    bool map = written(leaf, mask);

    if (!copy)
        return -ENOMEM;
    if (!map)
        clone_all_spans(clone);
    copy->used |= mask;
    for (; mask; mask &= mask - 1, count++) {
        unsigned index = bits_lowest(mask);
        mm_entry_t entry = leaf->slots[index] & ~(mm_entry_t)ENTRY_WRITE;
        struct page *page = page_get(entry_page(entry));
        count_file += (entry & ENTRY_FILE) != 0;
        leaf->slots[index] = entry;
        if (!map)
            entry &= ~(mm_entry_t)ENTRY_READ;
        else if (entry & ENTRY_READ)
            extend_span(clone, page_region(page), base + index * PAGE_BYTES);
        copy->slots[index] = entry;
    }
    tally_add(&clone->to->file_pages, count_file);
    tally_add(&clone->to->anon_pages, count - count_file);
    return 0;
}

static int clone_range(struct clone *clone, const struct vma *vma)
{
    struct vma *copy = vma_alloc(vma);
    if (!copy)
        return -ENOMEM;
    vma_insert(&clone->to->vmas, copy);
    tally_add(&clone->to->total_pages, (vma->end - vma->start) >> PAGE_SHIFT);
    if (vma->flags & VMA_WIPE_ON_FORK) {
        clone_all_spans(clone);
        return 0;
    }
    return mm_table_walk_leaves(&clone->from->table, vma->start, vma->end, clone_leaf, clone);
}

/* The entries' flags promise what the Spaces hold, so the spans are cloned even after an error. */
static int clone_ranges(struct clone *clone)
{
    unsigned count = 0;
    int error = 0;
    for (struct vma *vma = clone->from->vmas.first; vma && error == 0; vma = vma_next(vma)) {
        if (vma->flags & VMA_NO_FORK)
            clone_all_spans(clone);
        else
            error = clone_range(clone, vma);
        if (++count % RANGES_A_PIECE == 0)
            call_must_go_on();
    }
    clone_all_spans(clone);
    if (clone->cache_failed) {
        mm_drop_cache_locked(clone->to);
        mm_drop_cache_locked(clone->from);
    }
    return error;
}

static void copy_places(struct mm *to, const struct mm *from)
{
    to->mmap_top = from->mmap_top;
    to->brk_start = from->brk_start;
    to->brk_end = from->brk_end;
    to->stack_start = from->stack_start;
    to->arg_start = from->arg_start;
    to->arg_end = from->arg_end;
    to->env_start = from->env_start;
    to->env_end = from->env_end;
    to->code_start = from->code_start;
    to->code_end = from->code_end;
    to->data_start = from->data_start;
    to->data_end = from->data_end;
    to->vdso = from->vdso;
    to->auxv_count = from->auxv_count;
    memcpy(to->auxv, from->auxv, sizeof(to->auxv));
}

struct mm *mm_clone(struct mm *from)
{
    struct mm *to = mm_create();
    if (!to)
        return NULL;
    struct clone *clone = heap_alloc(sizeof(*clone));
    int error = -ENOMEM;
    if (clone) {
        *clone = (struct clone){.from = from, .to = to};
        mutex_lock(&from->mutex);
        mutex_lock(&to->mutex); /* nobody else knows it yet, but for mm_unmap_file_range */
        copy_places(to, from);
        error = clone_ranges(clone);
        mutex_unlock(&to->mutex);
        mutex_unlock(&from->mutex);
        heap_free(clone);
    }
    if (error == 0)
        return to;
    mm_put(to);
    return NULL;
}
