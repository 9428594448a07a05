/*
 * mm_fault.c - a page is touched: find the range, find or make the page, map it.
 *
 * Rules for what a page may be used for in place (caller holds mm->mutex):
 *   shared range          always the file's page; for a write the file gives a writable one
 *   private, file's page  read only: the first write makes a copy
 *   private, own page     write if this mm holds the only reference, else copy (after a fork)
 */
#include "lib/base/bits.h"
#include "lib/base/string.h"
#include "servers/linux/file.h"
#include "servers/linux/memory.h"
#include "servers/linux/mm.h"
#include "servers/linux/process.h"

#define AROUND_PAGES      32ull /* a read maps what is there of its neighbours too */
#define AHEAD_PAGES       4     /* who writes page after page gets some in advance */
#define STACK_GUARD_BYTES (256ull * PAGE_BYTES)

static struct page *new_page(bool zeroed, bool spare)
{
    struct page *page = page_alloc_guest(zeroed);
    if (page || !spare)
        return page;
    return zeroed ? page_alloc() : page_alloc_unzeroed();
}

static uint64_t file_index(const struct vma *vma, uint64_t address)
{
    return vma->offset_pages + ((address - vma->start) >> PAGE_SHIFT);
}

/* Replaces the page of an entry, which the guest may have mapped. Takes over the new reference. */
static void replace_page(struct mm *mm, uint64_t address, mm_entry_t *entry, struct page *page,
                         unsigned flags)
{
    if (*entry & ENTRY_READ)
        guest_space_unmap(mm->space, address, address + PAGE_BYTES);
    if (*entry) {
        tally_sub(*entry & ENTRY_FILE ? &mm->file_pages : &mm->anon_pages, 1);
        page_put(entry_page(*entry));
    }
    mm_entry_set(entry, address, entry_make(page, flags));
    tally_add(flags & ENTRY_FILE ? &mm->file_pages : &mm->anon_pages, 1);
}

/*
 * The file's page for reading. Whoever replaces or truncates it calls mm_unmap_file_range
 * afterwards, which needs the mutex that we hold: so what we put here is found and taken out.
 */
static enum mm_fault use_file_page(struct mm *mm, const struct vma *vma, uint64_t address,
                                   mm_entry_t *entry)
{
    int error = 0;
    struct page *page = file_page(vma->file, file_index(vma, address), false, &error);
    if (!page)
        return error == -ENOMEM ? FAULT_OUT_OF_MEMORY : FAULT_BEYOND_FILE;
    replace_page(mm, address, entry, page, ENTRY_FILE);
    return FAULT_DONE;
}

static enum mm_fault use_copy(struct mm *mm, uint64_t address, mm_entry_t *entry, bool spare)
{
    struct page *page = new_page(false, spare);
    if (!page)
        return FAULT_OUT_OF_MEMORY;
    memcpy(page_data(page), page_data(entry_page(*entry)), PAGE_BYTES);
    replace_page(mm, address, entry, page, 0);
    return FAULT_DONE;
}

static bool owned_alone(mm_entry_t entry)
{
    return !(entry & ENTRY_FILE) &&
           __atomic_load_n(&entry_page(entry)->refs, __ATOMIC_ACQUIRE) == 1;
}

/* Brings the right page for this access into the entry; all but writes to shared ranges. */
static enum mm_fault provide_page(struct mm *mm, const struct vma *vma, uint64_t address,
                                  mm_entry_t *entry, bool write, bool spare)
{
    if (!*entry && vma->file) {
        enum mm_fault fault = use_file_page(mm, vma, address, entry);
        if (fault != FAULT_DONE)
            return fault;
    }
    if (!*entry) {
        struct page *page = new_page(true, spare);
        if (!page)
            return FAULT_OUT_OF_MEMORY;
        replace_page(mm, address, entry, page, 0);
    }
    return write && !owned_alone(*entry) ? use_copy(mm, address, entry, spare) : FAULT_DONE;
}

/* May the guest write to the entry's page as it is? */
static bool writable_now(const struct vma *vma, mm_entry_t entry, bool write)
{
    if (!(vma->prot & PROT_WRITE))
        return false;
    return vma->flags & VMA_SHARED ? write : owned_alone(entry);
}

/* No architecture of ours has a page that can be written but not read, nor all of them one that can
   be executed and not read. */
static unsigned guest_rights(const struct vma *vma, bool writable)
{
    return PROT_READ | (vma->prot & PROT_EXEC) | (writable ? PROT_WRITE : 0);
}

static int add_to_batch(struct map_batch *batch, const struct vma *vma, uint64_t address,
                        mm_entry_t *entry, bool writable)
{
    *entry |= ENTRY_READ | (writable ? ENTRY_WRITE : 0);
    return map_batch_add(batch, address, entry_page(*entry), guest_rights(vma, writable));
}

/* The pages around `address`, in the same range and in one leaf of the table. */
static uint64_t window_start(const struct vma *vma, uint64_t address)
{
    uint64_t start = align_down(address, AROUND_PAGES * PAGE_BYTES);
    return start > vma->start ? start : vma->start;
}

static uint64_t window_end(const struct vma *vma, uint64_t address)
{
    uint64_t end = align_down(address, AROUND_PAGES * PAGE_BYTES) + AROUND_PAGES * PAGE_BYTES;
    return end < vma->end ? end : vma->end;
}
STATIC_ASSERT(TABLE_SLOTS % AROUND_PAGES == 0, "a window lies in one leaf");

/* Puts what the file has already into the empty entries around `address`. */
static void fill_around(struct mm *mm, const struct vma *vma, uint64_t address, mm_entry_t *entry)
{
    struct page *pages[AROUND_PAGES];
    uint64_t start = window_start(vma, address);
    unsigned first = (start >> PAGE_SHIFT) % TABLE_SLOTS;
    unsigned end = first + (unsigned)((window_end(vma, address) - start) >> PAGE_SHIFT);
    struct mm_node *leaf = mm_entry_leaf(entry, address);

    for (unsigned at = first, empty, found; at < end; at += empty + 1) {
        for (empty = 0; at + empty < end && !(leaf->used >> (at + empty) & 1);)
            empty++;
        if (empty == 0)
            continue;
        found = file_pages(vma->file, file_index(vma, start) + at - first, empty, pages);
        for (unsigned i = 0; i < found; i++) {
            leaf->slots[at + i] = entry_make(pages[i], ENTRY_FILE);
            leaf->used |= BIT(at + i);
        }
        tally_add(&mm->file_pages, found);
    }
}

/* What is there around `address` and not mapped yet, itself included, for reading. */
static int add_around(struct map_batch *batch, const struct vma *vma, uint64_t address,
                      mm_entry_t *entry)
{
    const bool may_write = vma->prot & PROT_WRITE && !(vma->flags & VMA_SHARED);
    const unsigned rights = guest_rights(vma, false);
    uint64_t at = window_start(vma, address), end = window_end(vma, address);
    int error = 0;

    entry -= (address - at) >> PAGE_SHIFT;
    for (; at < end && error == 0; at += PAGE_BYTES, entry++) {
        if (!*entry || *entry & ENTRY_READ)
            continue;
        if (may_write && owned_alone(*entry)) {
            error = add_to_batch(batch, vma, at, entry, true);
            continue;
        }
        *entry |= ENTRY_READ;
        error = map_batch_add(batch, at, entry_page(*entry), rights);
    }
    return error;
}

static bool has_own_page(struct mm *mm, uint64_t address)
{
    const mm_entry_t *entry = mm_table_peek(&mm->table, address);
    return entry && *entry && !(*entry & ENTRY_FILE);
}

/* A write to fresh memory right behind two pages of the same range: probably the next ones follow.
   Running out of memory here is no error. */
static int add_ahead(struct mm *mm, struct map_batch *batch, const struct vma *vma,
                     uint64_t address)
{
    int error = 0;

    if (address < vma->start + 2 * PAGE_BYTES || !has_own_page(mm, address - PAGE_BYTES) ||
        !has_own_page(mm, address - 2 * PAGE_BYTES))
        return 0;
    for (unsigned i = 1; i < AHEAD_PAGES && error == 0; i++) {
        uint64_t at = address + i * PAGE_BYTES;
        mm_entry_t *entry = at < vma->end ? mm_table_at(&mm->table, at) : NULL;
        struct page *page = entry && !*entry ? page_alloc_guest(true) : NULL;
        if (!page)
            break;
        replace_page(mm, at, entry, page, 0);
        error = add_to_batch(batch, vma, at, entry, true);
    }
    return error;
}

/* When the Space has no room for more nodes its whole content is dropped, once. */
static void map_page(struct mm *mm, const struct vma *vma, uint64_t address, mm_entry_t *entry,
                     bool write, bool fresh)
{
    struct map_batch batch;
    int error;

    map_batch_begin(&batch, mm->space);
    if (write || *entry & ENTRY_READ)
        error = add_to_batch(&batch, vma, address, entry, writable_now(vma, *entry, write));
    else
        error = add_around(&batch, vma, address, entry);
    if (error == 0 && fresh && write)
        error = add_ahead(mm, &batch, vma, address);
    if (error == 0)
        error = map_batch_flush(&batch);
    if (error == 0)
        return;
    mm_drop_cache_locked(mm);
    map_batch_begin(&batch, mm->space);
    error = add_to_batch(&batch, vma, address, entry, writable_now(vma, *entry, write));
    if (error == 0)
        error = map_batch_flush(&batch);
    if (error != 0)
        *entry &= ~(mm_entry_t)(ENTRY_READ | ENTRY_WRITE);
}

/* A touch below a stack: extends it if limits and the neighbour below allow. */
static struct vma *grow_stack(struct mm *mm, struct vma *vma, uint64_t address)
{
    uint64_t start = align_down(address, PAGE_BYTES);
    uint64_t more = vma->start - start;
    uint64_t limit = process_limit(RLIMIT_STACK);
    uint64_t floor = vma->previous ? vma->previous->end : GUEST_ADDRESS_MIN;

    if (vma->previous && vma->previous->prot != 0)
        floor += STACK_GUARD_BYTES;
    if (start < floor || vma->end - start > limit || !mm_may_grow(mm, more, false))
        return NULL;
    if (vma->file)
        vma->offset_pages -= more >> PAGE_SHIFT;
    vma_set_bounds(&mm->vmas, vma, start, vma->end);
    tally_add(&mm->total_pages, more >> PAGE_SHIFT);
    return vma;
}

static struct vma *range_for(struct mm *mm, uint64_t address)
{
    struct vma *vma = vma_find(&mm->vmas, address);
    if (!vma || vma->start <= address)
        return vma;
    return vma->flags & VMA_GROWSDOWN ? grow_stack(mm, vma, address) : NULL;
}

static bool permitted(const struct vma *vma, enum mm_access access)
{
    if (access == ACCESS_READ)
        return vma->prot != 0;
    return (vma->prot & access) != 0;
}

/* The range of an access, if it allows it. */
static enum mm_fault find_range(struct mm *mm, uint64_t address, enum mm_access access,
                                struct vma **found)
{
    struct vma *vma = range_for(mm, address);
    if (!vma)
        return FAULT_NO_RANGE;
    if (!permitted(vma, access))
        return FAULT_NO_RIGHT;
    *found = vma;
    return FAULT_DONE;
}

/* Installs what file_page gave for a write, if the range is still what it was for. */
static bool install_shared(struct mm *mm, uint64_t address, const struct file *file, uint64_t index,
                           uint32_t generation, struct page *page)
{
    struct vma *vma;
    if (find_range(mm, address, ACCESS_WRITE, &vma) != FAULT_DONE || vma->file != file ||
        !(vma->flags & VMA_SHARED) || file_index(vma, address) != index ||
        __atomic_load_n(&file->inode->mapping_generation, __ATOMIC_SEQ_CST) != generation)
        return false;
    mm_entry_t *entry = mm_table_at(&mm->table, address);
    if (!entry)
        return false;
    if (*entry && entry_page(*entry) == page)
        page_put(page); /* as before: the entry has its own reference */
    else
        replace_page(mm, address, entry, page, ENTRY_FILE);
    map_page(mm, vma, address, entry, true, false);
    return true;
}

/*
 * A write to a shared range. The file may have to replace a page in all mappings first, ours
 * included, so it is asked without the mutex; the file's generation tells whether its answer still
 * holds afterwards.
 */
static enum mm_fault fault_shared_write(struct mm *mm, uint64_t address)
{
    for (;;) {
        struct vma *vma;
        enum mm_fault fault = find_range(mm, address, ACCESS_WRITE, &vma);
        if (fault != FAULT_DONE)
            return fault;
        if (!mm_table_at(&mm->table, address))
            return FAULT_OUT_OF_MEMORY;
        int error = 0;
        struct file *file = file_get(vma->file);
        uint64_t index = file_index(vma, address);
        uint32_t generation = __atomic_load_n(&file->inode->mapping_generation, __ATOMIC_SEQ_CST);
        mutex_unlock(&mm->mutex);
        struct page *page = file_page(file, index, true, &error);
        mutex_lock(&mm->mutex);
        if (page && install_shared(mm, address, file, index, generation, page)) {
            file_put(file); /* not the last: the range has one */
            return FAULT_DONE;
        }
        mutex_unlock(&mm->mutex);
        if (page)
            page_put(page);
        file_put(file);
        mutex_lock(&mm->mutex);
        if (!page)
            return error == -ENOMEM ? FAULT_OUT_OF_MEMORY : FAULT_BEYOND_FILE;
    }
}

enum mm_fault mm_fault_locked(struct mm *mm, uint64_t address, enum mm_access access, bool spare)
{
    struct vma *vma;
    bool write = access == ACCESS_WRITE;

    if (address >= GUEST_ADDRESS_END)
        return FAULT_NO_RANGE;
    address = align_down(address, PAGE_BYTES);
    enum mm_fault fault = find_range(mm, address, access, &vma);
    if (fault != FAULT_DONE)
        return fault;
    if (write && vma->flags & VMA_SHARED)
        return fault_shared_write(mm, address);
    mm_entry_t *entry = mm_table_at(&mm->table, address);
    if (!entry)
        return FAULT_OUT_OF_MEMORY;
    bool fresh = *entry == 0 && !vma->file;
    if (*entry == 0 && vma->file && !write)
        fill_around(mm, vma, address, entry);
    fault = provide_page(mm, vma, address, entry, write, spare);
    if (fault == FAULT_DONE)
        map_page(mm, vma, address, entry, write, fresh);
    return fault;
}

enum mm_fault mm_fault(struct mm *mm, uint64_t address, enum mm_access access, bool spare)
{
    mutex_lock(&mm->mutex);
    enum mm_fault fault = mm_fault_locked(mm, address, access, spare);
    mutex_unlock(&mm->mutex);
    return fault;
}
