/*
 * mm_table.h - which page lies at which address of a guest: the truth of which the kernel's page
 * tables are a cache.
 *
 * A radix tree with 64 entries a node over the 35 bits of a page number. An entry is a counted
 * pointer to a page and, in the pointer's low bits, what the guest's page table says about it.
 * Lock: the mm's mutex.
 */
#pragma once

#include "servers/linux/base.h"

#define TABLE_BITS   6
#define TABLE_SLOTS  64
#define TABLE_LEVELS 6 /* 36 bits of page number */
#define TABLE_CACHE  16

enum mm_entry_flag {
    ENTRY_READ = 1,  /* mapped in the guest Space, readable: user copies need not look further */
    ENTRY_WRITE = 2, /* mapped there writable */
    ENTRY_FILE = 4,  /* the page is the file's own, not a private copy */
    ENTRY_FLAGS = 7,
};

typedef uint64_t mm_entry_t; /* 0: no page */

/* Bit i of `used` is set exactly if slots[i] is not 0. */
struct mm_node {
    uint64_t slots[TABLE_SLOTS]; /* children, or entries at the lowest level */
    uint64_t used;
};

struct mm_table {
    struct mm_node *root;
    struct {
        uint64_t number; /* page number >> TABLE_BITS, plus 1; 0: empty */
        struct mm_node *leaf;
    } cache[TABLE_CACHE];
    uint64_t idle; /* number, plus 1, of the leaf that was kept when it became empty; 0: none */
};

static inline struct page *entry_page(mm_entry_t entry)
{
    return (struct page *)(entry & ~(mm_entry_t)ENTRY_FLAGS);
}

static inline mm_entry_t entry_make(struct page *page, unsigned flags)
{
    return (uintptr_t)page | flags;
}

/* The entries of the leaf of that number (page number >> TABLE_BITS), if it was used lately. */
static inline mm_entry_t *mm_table_cached(struct mm_table *table, uint64_t leaf_number)
{
    unsigned way = leaf_number % TABLE_CACHE;
    return table->cache[way].number == leaf_number + 1 ? table->cache[way].leaf->slots : NULL;
}

struct mm_node *mm_table_find_leaf(struct mm_table *table, uint64_t leaf_number);

/* The leaf of that number (page number >> TABLE_BITS), or NULL. */
static inline struct mm_node *mm_table_leaf(struct mm_table *table, uint64_t leaf_number)
{
    unsigned way = leaf_number % TABLE_CACHE;
    return table->cache[way].number == leaf_number + 1 ? table->cache[way].leaf
                                                       : mm_table_find_leaf(table, leaf_number);
}

/* The entry for an address, or NULL if its leaf does not exist. */
static inline mm_entry_t *mm_table_peek(struct mm_table *table, uint64_t address)
{
    uint64_t number = address >> PAGE_SHIFT;
    struct mm_node *leaf = mm_table_leaf(table, number >> TABLE_BITS);
    return leaf ? &leaf->slots[number % TABLE_SLOTS] : NULL;
}

/* The leaf in which the entry for an address lies. */
static inline struct mm_node *mm_entry_leaf(mm_entry_t *entry, uint64_t address)
{
    return container_of(entry - (address >> PAGE_SHIFT) % TABLE_SLOTS, struct mm_node, slots);
}

/* Changes an entry to or from 0, or to another page. Its flags alone may be changed directly. */
static inline void mm_entry_set(mm_entry_t *entry, uint64_t address, mm_entry_t value)
{
    unsigned index = (address >> PAGE_SHIFT) % TABLE_SLOTS;
    struct mm_node *leaf = mm_entry_leaf(entry, address);
    uint64_t bit = UINT64_C(1) << index;
    *entry = value;
    leaf->used = value ? leaf->used | bit : leaf->used & ~bit;
}

/* The entry for an address, made if need be; NULL when memory is out. */
mm_entry_t *mm_table_at(struct mm_table *table, uint64_t address);

/**
 * mm_table_walk - visit the entries that are not 0 in [start, end), in order of address.
 * @visit: may change or clear its entry (mm_entry_set) and make others; a result that is not 0 ends
 *         the walk and is returned
 * Leaves that become empty are freed afterwards by mm_table_trim.
 */
typedef int mm_visit_t(void *context, uint64_t address, mm_entry_t *entry);
int mm_table_walk(struct mm_table *table, uint64_t start, uint64_t end, mm_visit_t *visit,
                  void *context);

/* The same by leaf: @mask has the bits of the entries that are meant, @base is the address of the
   first slot. It may clear entries, with their bits of `used`. */
typedef int mm_visit_leaf_t(void *context, uint64_t base, struct mm_node *leaf, uint64_t mask);
int mm_table_walk_leaves(struct mm_table *table, uint64_t start, uint64_t end,
                         mm_visit_leaf_t *visit, void *context);

uint64_t mm_table_count_nodes(const struct mm_table *table);

/* Frees nodes without entries whose range meets [start, end); of leaves that become empty one by
   one the last is kept, for ranges come and go in one place. */
void mm_table_trim(struct mm_table *table, uint64_t start, uint64_t end);

/* Frees all nodes; entries must be 0. */
void mm_table_destroy(struct mm_table *table);
