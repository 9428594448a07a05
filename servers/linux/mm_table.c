/*
 * mm_table.c - the radix tree of a guest's pages; see mm_table.h.
 *
 * Level 0 is the lowest. A child pointer at level n covers 64^n pages.
 */
#include "servers/linux/mm_table.h"

#include "lib/base/bits.h"

#define TOP_LEVEL (TABLE_LEVELS - 1)

/* An entry of a node at this level covers 2^level_shift bytes. */
static unsigned level_shift(unsigned level) { return PAGE_SHIFT + TABLE_BITS * level; }

/* The used slots of a node at `base` that meet [start, end). */
static uint64_t used_between(const struct mm_node *node, unsigned shift, uint64_t base,
                             uint64_t start, uint64_t end)
{
    uint64_t first = start > base ? (start - base) >> shift : 0;
    uint64_t last = end > base ? (end - 1 - base) >> shift : 0;
    if (first >= TABLE_SLOTS || end <= base)
        return 0;
    uint64_t mask = ~UINT64_C(0) << first;
    if (last < TABLE_SLOTS - 1)
        mask &= (UINT64_C(2) << last) - 1;
    return node->used & mask;
}

static unsigned slot_of(uint64_t leaf_number, unsigned level)
{
    return leaf_number >> (TABLE_BITS * (level - 1)) & (TABLE_SLOTS - 1);
}

static void remember(struct mm_table *table, uint64_t leaf_number, struct mm_node *leaf)
{
    unsigned way = leaf_number % TABLE_CACHE;
    table->cache[way].number = leaf_number + 1;
    table->cache[way].leaf = leaf;
}

static void forget(struct mm_table *table, uint64_t leaf_number)
{
    unsigned way = leaf_number % TABLE_CACHE;
    if (table->cache[way].number == leaf_number + 1)
        table->cache[way].number = 0;
}

struct mm_node *mm_table_find_leaf(struct mm_table *table, uint64_t leaf_number)
{
    struct mm_node *node = table->root;

    for (unsigned level = TOP_LEVEL; node && level > 0; level--)
        node = (struct mm_node *)node->slots[slot_of(leaf_number, level)];
    if (node)
        remember(table, leaf_number, node);
    return node;
}

mm_entry_t *mm_table_at(struct mm_table *table, uint64_t address)
{
    mm_entry_t *entry = mm_table_peek(table, address);
    if (entry)
        return entry;
    uint64_t leaf_number = address >> (PAGE_SHIFT + TABLE_BITS);
    if (!table->root)
        table->root = heap_alloc(sizeof(*table->root));
    struct mm_node *node = table->root;
    for (unsigned level = TOP_LEVEL; node && level > 0; level--) {
        unsigned slot = slot_of(leaf_number, level);
        if (!(node->used >> slot & 1)) {
            void *child = heap_alloc(sizeof(struct mm_node));
            if (!child)
                return NULL;
            node->slots[slot] = (uintptr_t)child;
            node->used |= BIT(slot);
        }
        node = (struct mm_node *)node->slots[slot];
    }
    if (!node)
        return NULL;
    remember(table, leaf_number, node);
    return &node->slots[(address >> PAGE_SHIFT) % TABLE_SLOTS];
}

static int walk_node(struct mm_node *node, unsigned level, uint64_t base, uint64_t start,
                     uint64_t end, mm_visit_leaf_t *visit, void *context)
{
    unsigned shift = level_shift(level);
    uint64_t bits = used_between(node, shift, base, start, end);

    if (level == 0)
        return bits ? visit(context, base, node, bits) : 0;
    for (; bits; bits &= bits - 1) {
        unsigned index = bits_lowest(bits);
        int result = walk_node((struct mm_node *)node->slots[index], level - 1,
                               base + ((uint64_t)index << shift), start, end, visit, context);
        if (result != 0)
            return result;
        if (level > 1 && (bits & (bits - 1)))
            call_must_go_on();
    }
    return 0;
}

int mm_table_walk_leaves(struct mm_table *table, uint64_t start, uint64_t end,
                         mm_visit_leaf_t *visit, void *context)
{
    if (!table->root || start >= end)
        return 0;
    uint64_t leaf_number = start >> (PAGE_SHIFT + TABLE_BITS);
    if ((end - 1) >> (PAGE_SHIFT + TABLE_BITS) != leaf_number)
        return walk_node(table->root, TOP_LEVEL, 0, start, end, visit, context);
    struct mm_node *leaf = mm_table_leaf(table, leaf_number);
    return leaf ? walk_node(leaf, 0, leaf_number << (PAGE_SHIFT + TABLE_BITS), start, end, visit,
                            context)
                : 0;
}

struct each {
    mm_visit_t *visit;
    void *context;
};

static int visit_each(void *context, uint64_t base, struct mm_node *leaf, uint64_t mask)
{
    const struct each *each = context;
    int result = 0;

    for (; mask && result == 0; mask &= mask - 1) {
        unsigned index = bits_lowest(mask);
        result =
            each->visit(each->context, base + ((uint64_t)index << PAGE_SHIFT), &leaf->slots[index]);
    }
    return result;
}

int mm_table_walk(struct mm_table *table, uint64_t start, uint64_t end, mm_visit_t *visit,
                  void *context)
{
    struct each each = {visit, context};
    return mm_table_walk_leaves(table, start, end, visit_each, &each);
}

static uint64_t count_nodes(const struct mm_node *node, unsigned level)
{
    uint64_t count = 1;
    for (uint64_t bits = level > 0 ? node->used : 0; bits; bits &= bits - 1)
        count += count_nodes((const struct mm_node *)node->slots[bits_lowest(bits)], level - 1);
    return count;
}

uint64_t mm_table_count_nodes(const struct mm_table *table)
{
    return table->root ? count_nodes(table->root, TOP_LEVEL) : 0;
}

/* Frees the empty nodes below `node` that meet the range. */
static void trim_node(struct mm_table *table, struct mm_node *node, unsigned level, uint64_t base,
                      uint64_t start, uint64_t end)
{
    unsigned shift = level_shift(level);

    for (uint64_t bits = used_between(node, shift, base, start, end); bits; bits &= bits - 1) {
        unsigned index = bits_lowest(bits);
        struct mm_node *child = (struct mm_node *)node->slots[index];
        uint64_t at = base + ((uint64_t)index << shift);
        if (level > 1)
            trim_node(table, child, level - 1, at, start, end);
        if (level > 1 && (bits & (bits - 1)))
            call_must_go_on();
        if (child->used)
            continue;
        if (level == 1)
            forget(table, at >> (PAGE_SHIFT + TABLE_BITS));
        node->slots[index] = 0;
        node->used &= ~BIT(index);
        heap_free(child);
    }
}

static void trim(struct mm_table *table, uint64_t start, uint64_t end)
{
    if (!table->root)
        return;
    trim_node(table, table->root, TOP_LEVEL, 0, start, end);
    if (table->root->used)
        return;
    heap_free(table->root);
    table->root = NULL;
}

/* The range of the leaf that was kept so far, which may have entries again or be gone. */
static void trim_idle(struct mm_table *table, uint64_t idle)
{
    const unsigned shift = PAGE_SHIFT + TABLE_BITS;
    if (idle != 0)
        trim(table, (idle - 1) << shift, idle << shift);
}

void mm_table_trim(struct mm_table *table, uint64_t start, uint64_t end)
{
    if (!table->root || start >= end)
        return;
    uint64_t leaf_number = start >> (PAGE_SHIFT + TABLE_BITS);
    bool one_leaf = (end - 1) >> (PAGE_SHIFT + TABLE_BITS) == leaf_number;
    const struct mm_node *leaf = one_leaf ? mm_table_leaf(table, leaf_number) : NULL;
    if (!leaf) {
        trim(table, start, end);
    } else if (!leaf->used && table->idle != leaf_number + 1) {
        uint64_t before = table->idle;
        table->idle = leaf_number + 1;
        trim_idle(table, before);
    }
}

void mm_table_destroy(struct mm_table *table) { trim(table, 0, UINT64_MAX >> 1); }
