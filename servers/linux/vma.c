/*
 * vma.c - the tree of mapped ranges; see vma.h.
 *
 * Recursion is as deep as the tree is high: 1.44 log2(n), under 25 for the 65530 ranges that an
 * address space may have.
 */
#include "servers/linux/vma.h"

static int height_of(const struct vma *vma) { return vma ? vma->height : 0; }

static uint64_t hole_of(const struct vma *vma) { return vma ? vma->hole_max : 0; }

static uint64_t max64(uint64_t a, uint64_t b) { return a > b ? a : b; }

/* Height, from the children's, and hole_max. */
static inline void refresh_from(struct vma *vma, int left, int right)
{
    vma->height = (left > right ? left : right) + 1;
    vma->hole_max = max64(vma->hole, max64(hole_of(vma->left), hole_of(vma->right)));
}

/* Brings height and hole_max up to date from the children. */
static void refresh(struct vma *vma)
{
    refresh_from(vma, height_of(vma->left), height_of(vma->right));
}

static struct vma *rotate_right(struct vma *vma)
{
    struct vma *top = vma->left;
    vma->left = top->right;
    top->right = vma;
    refresh(vma);
    refresh(top);
    return top;
}

static struct vma *rotate_left(struct vma *vma)
{
    struct vma *top = vma->right;
    vma->right = top->left;
    top->left = vma;
    refresh(vma);
    refresh(top);
    return top;
}

static NOINLINE struct vma *lift_left(struct vma *vma)
{
    if (height_of(vma->left->left) < height_of(vma->left->right))
        vma->left = rotate_left(vma->left);
    return rotate_right(vma);
}

static NOINLINE struct vma *lift_right(struct vma *vma)
{
    if (height_of(vma->right->right) < height_of(vma->right->left))
        vma->right = rotate_right(vma->right);
    return rotate_left(vma);
}

static inline struct vma *balance(struct vma *vma)
{
    int left = height_of(vma->left), right = height_of(vma->right);
    if (UNLIKELY(left > right + 1))
        return lift_left(vma);
    if (UNLIKELY(right > left + 1))
        return lift_right(vma);
    refresh_from(vma, left, right);
    return vma;
}

static struct vma *insert_below(struct vma *node, struct vma *vma)
{
    if (!node) {
        refresh(vma);
        return vma;
    }
    if (vma->start < node->start)
        node->left = insert_below(node->left, vma);
    else
        node->right = insert_below(node->right, vma);
    return balance(node);
}

static struct vma *take_leftmost(struct vma *node, struct vma **leftmost)
{
    if (!node->left) {
        *leftmost = node;
        return node->right;
    }
    node->left = take_leftmost(node->left, leftmost);
    return balance(node);
}

static struct vma *remove_below(struct vma *node, struct vma *vma)
{
    ASSERT(node != NULL);
    if (node != vma) {
        if (vma->start < node->start)
            node->left = remove_below(node->left, vma);
        else
            node->right = remove_below(node->right, vma);
        return balance(node);
    }
    if (!node->right)
        return node->left;
    struct vma *successor;
    struct vma *right = take_leftmost(node->right, &successor);
    successor->left = node->left;
    successor->right = right;
    return balance(successor);
}

/* The hole of `vma` may have changed: refreshes the nodes from it up to the root. */
static void refresh_path(struct vma *node, const struct vma *vma)
{
    if (node != vma)
        refresh_path(vma->start < node->start ? node->left : node->right, vma);
    refresh(node);
}

static void update_hole(struct vma_set *set, struct vma *vma)
{
    if (!vma)
        return;
    uint64_t hole = vma->start - (vma->previous ? vma->previous->end : 0);
    if (hole == vma->hole)
        return;
    vma->hole = hole;
    refresh_path(set->root, vma);
}

struct vma *vma_find(const struct vma_set *set, uint64_t address)
{
    struct vma *node = set->root;
    struct vma *found = NULL;

    while (node) {
        if (node->end > address) {
            found = node;
            if (node->start <= address)
                break;
            node = node->left;
        } else {
            node = node->right;
        }
    }
    return found;
}

/* The last range that begins below `address`, or NULL. */
static struct vma *find_before(const struct vma_set *set, uint64_t address)
{
    struct vma *node = set->root;
    struct vma *found = NULL;

    while (node) {
        if (node->start < address) {
            found = node;
            node = node->right;
        } else {
            node = node->left;
        }
    }
    return found;
}

/* The tree is told by the caller. */
static void set_hole(struct vma *vma)
{
    vma->hole = vma->start - (vma->previous ? vma->previous->end : 0);
}

void vma_insert(struct vma_set *set, struct vma *vma)
{
    struct vma *previous = find_before(set, vma->start);

    ASSERT(vma->start < vma->end);
    vma->previous = previous;
    vma->next = previous ? previous->next : set->first;
    ASSERT(!previous || previous->end <= vma->start);
    ASSERT(!vma->next || vma->end <= vma->next->start);
    if (previous)
        previous->next = vma;
    else
        set->first = vma;
    vma->left = vma->right = NULL;
    set_hole(vma);
    if (vma->next) {
        vma->next->previous = vma;
        set_hole(vma->next); /* above the new leaf, so it is brought up to date with it */
    }
    set->root = insert_below(set->root, vma);
    set->count++;
}

void vma_remove(struct vma_set *set, struct vma *vma)
{
    if (vma->previous)
        vma->previous->next = vma->next;
    else
        set->first = vma->next;
    if (vma->next) {
        vma->next->previous = vma->previous;
        set_hole(vma->next); /* above `vma`, or what takes its place */
    }
    set->root = remove_below(set->root, vma);
    set->count--;
    vma->left = vma->right = vma->previous = vma->next = NULL;
}

void vma_set_bounds(struct vma_set *set, struct vma *vma, uint64_t start, uint64_t end)
{
    ASSERT(start < end);
    ASSERT(!vma->previous || vma->previous->end <= start);
    ASSERT(!vma->next || end <= vma->next->start);
    vma->start = start;
    vma->end = end;
    update_hole(set, vma);
    update_hole(set, vma->next);
}

/* The highest place in the holes of this subtree, cut to [low, high). */
static uint64_t hole_below(const struct vma *node, uint64_t bytes, uint64_t low, uint64_t high)
{
    while (node && node->hole_max >= bytes) {
        uint64_t place = node->start < high ? hole_below(node->right, bytes, low, high) : 0;
        if (place != 0)
            return place;
        uint64_t hole_start = node->start - node->hole;
        uint64_t bottom = hole_start > low ? hole_start : low;
        uint64_t top = node->start < high ? node->start : high;
        if (top > bottom && top - bottom >= bytes)
            return top - bytes;
        if (node->start <= low)
            return 0;
        node = node->left;
    }
    return 0;
}

uint64_t vma_find_hole(const struct vma_set *set, uint64_t bytes, uint64_t low, uint64_t high)
{
    struct vma *last = find_before(set, high);
    uint64_t bottom = last && last->end > low ? last->end : low;

    if (bytes == 0 || low >= high || bytes > high - low)
        return 0;
    if (bottom < high && high - bottom >= bytes)
        return high - bytes;
    return hole_below(set->root, bytes, low, high);
}

static int check_below(const struct vma *node)
{
    if (!node)
        return 0;
    int left = check_below(node->left);
    int right = check_below(node->right);
    uint64_t hole = max64(node->hole, max64(hole_of(node->left), hole_of(node->right)));
    bool good = left >= 0 && right >= 0 && left - right <= 1 && right - left <= 1 &&
                node->height == (left > right ? left : right) + 1 && node->hole_max == hole;
    return good ? node->height : -1;
}

bool vma_set_valid(const struct vma_set *set)
{
    const struct vma *previous = NULL;
    uint32_t count = 0;

    if (check_below(set->root) < 0)
        return false;
    for (const struct vma *vma = set->first; vma; previous = vma, vma = vma->next) {
        uint64_t below = previous ? previous->end : 0;
        if (vma->previous != previous || vma->start >= vma->end || vma->start < below ||
            vma->hole != vma->start - below || vma_find(set, vma->start) != vma)
            return false;
        count++;
    }
    return count == set->count;
}
