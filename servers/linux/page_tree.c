/*
 * page_tree.c - see page_tree.h.
 *
 * Invariant: a node has at least one slot in use (`used` counts them); the root of a tree of height
 * h covers the indices below 64^h; height 0 with a root is the page of index 0.
 */
#include "servers/linux/page_tree.h"

#define HEIGHT_MAX 9 /* 52 bits of index */

struct node {
    uint32_t used;
    void *slots[PAGE_TREE_FAN];
};

static bool covers(const struct page_tree *tree, uint64_t index)
{
    return tree->height >= HEIGHT_MAX + 1 || index >> (tree->height * PAGE_TREE_BITS) == 0;
}

static unsigned slot_of(uint64_t index, uint32_t height)
{
    return (unsigned)(index >> ((height - 1) * PAGE_TREE_BITS)) & (PAGE_TREE_FAN - 1);
}

struct page *page_tree_find(const struct page_tree *tree, uint64_t index)
{
    void *at = tree->root;

    if (!covers(tree, index))
        return NULL;
    for (uint32_t height = tree->height; at && height > 0; height--)
        at = ((struct node *)at)->slots[slot_of(index, height)];
    return at;
}

/* The place of `index` at the lowest level, and how many of its node follow it; NULL: no node. */
static void *const *place_of(const struct page_tree *tree, uint64_t index, unsigned *room)
{
    void *const *at = &tree->root;

    *room = 1;
    if (!covers(tree, index))
        return NULL;
    for (uint32_t height = tree->height; height > 0; height--) {
        if (!*at)
            return NULL;
        unsigned slot = slot_of(index, height);
        at = &((struct node *)*at)->slots[slot];
        *room = PAGE_TREE_FAN - slot;
    }
    return at;
}

unsigned page_tree_find_run(const struct page_tree *tree, uint64_t index, unsigned count,
                            struct page **pages)
{
    unsigned found = 0, room;

    while (found < count) {
        void *const *at = place_of(tree, index + found, &room);
        if (!at)
            break;
        if (room > count - found)
            room = count - found;
        for (unsigned i = 0; i < room; i++, found++) {
            if (!at[i])
                return found;
            pages[found] = at[i];
        }
    }
    return found;
}

/* Raises the tree until it covers `index`. An empty tree grows without nodes. */
static int grow(struct page_tree *tree, uint64_t index)
{
    while (!covers(tree, index)) {
        if (tree->root) {
            struct node *node = heap_alloc(sizeof(*node));
            if (!node)
                return -ENOMEM;
            node->slots[0] = tree->root;
            node->used = 1;
            tree->root = node;
        }
        tree->height++;
    }
    return 0;
}

/* Takes empty nodes away again along the way to `index`; returns whether `at` went. */
static bool prune(void **at, uint64_t index, uint32_t height)
{
    struct node *node = *at;

    if (!node || height == 0)
        return false;
    void **slot = &node->slots[slot_of(index, height)];
    if (prune(slot, index, height - 1))
        node->used--;
    if (node->used > 0)
        return false;
    heap_free(node);
    *at = NULL;
    return true;
}

static int make_way(struct page_tree *tree, uint64_t index, void ***place)
{
    void **at = &tree->root;

    for (uint32_t height = tree->height; height > 0; height--) {
        if (!*at) {
            *at = heap_alloc(sizeof(struct node));
            if (!*at)
                return -ENOMEM;
            if (height < tree->height) /* count it in the node above */
                container_of(at - slot_of(index, height + 1), struct node, slots)->used++;
        }
        at = &((struct node *)*at)->slots[slot_of(index, height)];
    }
    *place = at;
    return 0;
}

int page_tree_set(struct page_tree *tree, uint64_t index, struct page *page, struct page **old)
{
    void **place;

    if (index >> (HEIGHT_MAX * PAGE_TREE_BITS - 2) != 0)
        return -EFBIG;
    int status = grow(tree, index);
    if (status == 0)
        status = make_way(tree, index, &place);
    if (status < 0) {
        prune(&tree->root, index, tree->height);
        return status;
    }
    *old = *place;
    if (!*place) {
        tree->page_count++;
        if (tree->height > 0)
            container_of(place - slot_of(index, 1), struct node, slots)->used++;
    }
    *place = page;
    return 0;
}

/* Drops within the subtree at *at, which covers [base, base + 64^height). */
static uint64_t drop(struct page_tree *tree, void **at, uint32_t height, uint64_t base,
                     uint64_t first, uint64_t last)
{
    uint64_t count = 0;

    if (!*at)
        return 0;
    if (height == 0) {
        struct page *page = *at;
        bool allocated = !(page->flags & PAGE_BOOT);
        page_put(page);
        *at = NULL;
        tree->page_count--;
        return allocated;
    }
    struct node *node = *at;
    uint64_t span = UINT64_C(1) << ((height - 1) * PAGE_TREE_BITS);
    uint64_t from = first > base ? (first - base) / span : 0;
    for (uint64_t i = from; i < PAGE_TREE_FAN && base + i * span <= last; i++) {
        bool was = node->slots[i] != NULL;
        count += drop(tree, &node->slots[i], height - 1, base + i * span, first, last);
        if (was && !node->slots[i])
            node->used--;
        if (was && height > 1)
            call_must_go_on();
    }
    if (node->used == 0) {
        heap_free(node);
        *at = NULL;
    }
    return count;
}

uint64_t page_tree_drop(struct page_tree *tree, uint64_t first, uint64_t last)
{
    if (first > last || !covers(tree, first))
        return 0;
    uint64_t count = drop(tree, &tree->root, tree->height, 0, first, last);
    if (!tree->root)
        tree->height = 0;
    return count;
}

static bool next(const void *at, uint32_t height, uint64_t base, uint64_t from, uint64_t *index)
{
    const struct node *node = at;

    if (!at)
        return false;
    if (height == 0) {
        *index = base;
        return true;
    }
    uint64_t span = UINT64_C(1) << ((height - 1) * PAGE_TREE_BITS);
    for (uint64_t i = from > base ? (from - base) / span : 0; i < PAGE_TREE_FAN; i++) {
        if (next(node->slots[i], height - 1, base + i * span, from, index))
            return true;
    }
    return false;
}

bool page_tree_next(const struct page_tree *tree, uint64_t from, uint64_t *index)
{
    return covers(tree, from) && next(tree->root, tree->height, 0, from, index);
}
