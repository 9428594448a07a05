/*
 * mm_table.c - the radix tree of a guest's pages; see mm_table.h.
 *
 * Level 0 is the lowest. A child pointer at level n covers 64^n pages.
 */
#include "servers/linux/mm_table.h"

#define TOP_LEVEL (TABLE_LEVELS - 1)

static uint64_t level_bytes(unsigned level)
{
    return (uint64_t)PAGE_BYTES << (TABLE_BITS * level);
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
    uint64_t *slot = (uint64_t *)&table->root;
    for (unsigned level = TOP_LEVEL;; level--) {
        if (*slot == 0)
            *slot = (uintptr_t)heap_alloc(sizeof(struct mm_node));
        if (*slot == 0)
            return NULL;
        if (level == 0)
            break;
        slot = &((struct mm_node *)*slot)->slots[slot_of(leaf_number, level)];
    }
    struct mm_node *leaf = (struct mm_node *)*slot;
    remember(table, leaf_number, leaf);
    return &leaf->slots[(address >> PAGE_SHIFT) % TABLE_SLOTS];
}

static int walk_node(struct mm_node *node, unsigned level, uint64_t base, uint64_t start,
                     uint64_t end, mm_visit_t *visit, void *context)
{
    uint64_t step = level_bytes(level);
    uint64_t index = start > base ? (start - base) / step : 0;

    for (; index < TABLE_SLOTS && base + index * step < end; index++) {
        if (node->slots[index] == 0)
            continue;
        uint64_t at = base + index * step;
        int result = level == 0 ? visit(context, at, &node->slots[index])
                                : walk_node((struct mm_node *)node->slots[index], level - 1, at,
                                            start, end, visit, context);
        if (result != 0)
            return result;
    }
    return 0;
}

int mm_table_walk(struct mm_table *table, uint64_t start, uint64_t end, mm_visit_t *visit,
                  void *context)
{
    if (!table->root || start >= end)
        return 0;
    return walk_node(table->root, TOP_LEVEL, 0, start, end, visit, context);
}

static bool node_empty(const struct mm_node *node)
{
    for (unsigned i = 0; i < TABLE_SLOTS; i++)
        if (node->slots[i] != 0)
            return false;
    return true;
}

/* Frees what is empty below `node`; true if the node itself is empty now. */
static bool trim_node(struct mm_table *table, struct mm_node *node, unsigned level, uint64_t base,
                      uint64_t start, uint64_t end)
{
    uint64_t step = level_bytes(level);
    uint64_t index = start > base ? (start - base) / step : 0;

    for (; level > 0 && index < TABLE_SLOTS && base + index * step < end; index++) {
        struct mm_node *child = (struct mm_node *)node->slots[index];
        uint64_t at = base + index * step;
        if (!child || !trim_node(table, child, level - 1, at, start, end))
            continue;
        if (level == 1)
            forget(table, at >> (PAGE_SHIFT + TABLE_BITS));
        node->slots[index] = 0;
        heap_free(child);
    }
    return node_empty(node);
}

void mm_table_trim(struct mm_table *table, uint64_t start, uint64_t end)
{
    if (!table->root || start >= end)
        return;
    if (trim_node(table, table->root, TOP_LEVEL, 0, start, end)) {
        heap_free(table->root);
        table->root = NULL;
    }
}

void mm_table_destroy(struct mm_table *table)
{
    mm_table_trim(table, 0, UINT64_MAX >> 1);
}
