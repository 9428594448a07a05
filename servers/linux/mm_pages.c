/*
 * mm_pages.c - pages of a range: put in, moved, taken out, unmapped from the guest.
 *
 * Invariant: an entry has ENTRY_READ exactly while the guest's Space maps the page (ENTRY_WRITE:
 * with the write right). A page is unmapped there before its reference is dropped.
 */
#include "lib/base/bits.h"
#include "servers/linux/mm.h"

struct extent {
    uint64_t start; /* of what is mapped in the guest */
    uint64_t end;   /* 0: nothing */
};

static int note_mapped(void *context, uint64_t base, struct mm_node *leaf, uint64_t mask)
{
    struct extent *extent = context;

    for (; mask; mask &= mask - 1) {
        unsigned index = bits_lowest(mask);
        if (!(leaf->slots[index] & ENTRY_READ))
            continue;
        if (extent->end == 0)
            extent->start = base + index * PAGE_BYTES;
        extent->end = base + (index + 1) * PAGE_BYTES;
        leaf->slots[index] &= ~(mm_entry_t)(ENTRY_READ | ENTRY_WRITE);
    }
    return 0;
}

void mm_unmap_guest_locked(struct mm *mm, uint64_t start, uint64_t end)
{
    struct extent extent = {0};
    mm_table_walk_leaves(&mm->table, start, end, note_mapped, &extent);
    if (extent.end != 0)
        guest_space_unmap(mm->space, extent.start, extent.end);
}

static int drop_leaf(void *context, uint64_t base, struct mm_node *leaf, uint64_t mask)
{
    struct mm *mm = context;
    uint64_t count = 0, count_file = 0;

    (void)base;
    leaf->used &= ~mask;
    for (; mask; mask &= mask - 1, count++) {
        mm_entry_t *entry = &leaf->slots[bits_lowest(mask)];
        count_file += (*entry & ENTRY_FILE) != 0;
        page_put(entry_page(*entry));
        *entry = 0;
    }
    tally_sub(&mm->file_pages, count_file);
    tally_sub(&mm->anon_pages, count - count_file);
    return 0;
}

void mm_drop_entries_locked(struct mm *mm, uint64_t start, uint64_t end)
{
    tally_add(&mm->peak_resident, mm_peak_resident(mm) - mm->peak_resident);
    mm_table_walk_leaves(&mm->table, start, end, drop_leaf, mm);
}

void mm_drop_pages_locked(struct mm *mm, uint64_t start, uint64_t end)
{
    mm_unmap_guest_locked(mm, start, end);
    mm_drop_entries_locked(mm, start, end);
    mm_table_trim(&mm->table, start, end);
}

int mm_insert_page_locked(struct mm *mm, uint64_t address, struct page *page)
{
    mm_entry_t *entry = mm_table_at(&mm->table, address);
    if (!entry)
        return -ENOMEM;
    ASSERT(*entry == 0);
    mm_entry_set(entry, address, entry_make(page, 0));
    tally_add(&mm->anon_pages, 1);
    return 0;
}

struct move {
    struct mm *mm;
    uint64_t offset; /* to - from */
};

static int make_room(void *context, uint64_t address, mm_entry_t *entry)
{
    struct move *move = context;
    (void)entry;
    return mm_table_at(&move->mm->table, address + move->offset) ? 0 : -ENOMEM;
}

static int move_entry(void *context, uint64_t address, mm_entry_t *entry)
{
    struct move *move = context;
    mm_entry_t *to = mm_table_peek(&move->mm->table, address + move->offset);
    ASSERT(to && *to == 0);
    mm_entry_set(to, address + move->offset, *entry);
    mm_entry_set(entry, address, 0);
    return 0;
}

/* First all the nodes that will be needed, then the moves, which cannot fail. */
int mm_move_pages_locked(struct mm *mm, uint64_t from, uint64_t to, uint64_t bytes)
{
    struct move move = {mm, to - from};
    int error = mm_table_walk(&mm->table, from, from + bytes, make_room, &move);
    if (error < 0) {
        mm_table_trim(&mm->table, to, to + bytes);
        return error;
    }
    mm_unmap_guest_locked(mm, from, from + bytes);
    mm_table_walk(&mm->table, from, from + bytes, move_entry, &move);
    mm_table_trim(&mm->table, from, from + bytes);
    return 0;
}

static int forget_mapped(void *context, uint64_t address, mm_entry_t *entry)
{
    (void)context;
    (void)address;
    *entry &= ~(mm_entry_t)(ENTRY_READ | ENTRY_WRITE);
    return 0;
}

void mm_drop_cache_locked(struct mm *mm)
{
    mm_table_walk(&mm->table, 0, GUEST_ADDRESS_END, forget_mapped, NULL);
    guest_space_clear(mm->space);
}
