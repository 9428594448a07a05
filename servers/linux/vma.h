/*
 * vma.h - the mapped ranges of one address space, sorted, none overlapping.
 *
 * A balanced tree (AVL) by address, threaded as a list; each node also knows the largest hole in
 * front of any range below it, so that a place for a new mapping is found in O(log n).
 *
 * Invariants: a range is not empty, page-aligned and ends before or where the next begins; `hole`
 * is start minus the end of the range before (or minus 0); vma_set_valid checks all of it.
 * Lock: the mm's mutex. Nothing here allocates.
 */
#pragma once

#include "servers/linux/base.h"

struct file;

#define PROT_READ      1u
#define PROT_WRITE     2u
#define PROT_EXEC      4u
#define PROT_GROWSDOWN 0x01000000u
#define PROT_GROWSUP   0x02000000u

enum vma_flag {
    VMA_SHARED = 1u << 0,
    VMA_GROWSDOWN = 1u << 1, /* a stack: a touch just below extends it */
    VMA_NORESERVE = 1u << 2,
    VMA_STACK = 1u << 3, /* the stack that execve made; for /proc/PID/maps */
    VMA_HEAP = 1u << 4,  /* brk */
    VMA_VDSO = 1u << 5,
    VMA_VVAR = 1u << 6,
    VMA_NO_FORK = 1u << 7, /* MADV_DONTFORK */
    VMA_WIPE_ON_FORK = 1u << 8,
};

struct vma {
    uint64_t start;
    uint64_t end;
    uint32_t prot;
    uint32_t flags;
    struct file *file;     /* counted; NULL: anonymous */
    uint64_t offset_pages; /* of `start` in the file */
    /* private to vma.c */
    struct vma *left;
    struct vma *right;
    struct vma *previous;
    struct vma *next;
    uint64_t hole;
    uint64_t hole_max; /* of this subtree */
    int height;
};

struct vma_set {
    struct vma *root;
    struct vma *first;
    uint32_t count;
};

/* The first range that ends above `address` (it may begin above it too), or NULL. */
struct vma *vma_find(const struct vma_set *set, uint64_t address);

/* The range that contains `address`, or NULL. */
static inline struct vma *vma_at(const struct vma_set *set, uint64_t address)
{
    struct vma *vma = vma_find(set, address);
    return vma && vma->start <= address ? vma : NULL;
}

static inline struct vma *vma_next(const struct vma *vma) { return vma->next; }

/* The range must not overlap another. */
void vma_insert(struct vma_set *set, struct vma *vma);
void vma_remove(struct vma_set *set, struct vma *vma);

/* Changes the bounds in place; the order must stay. */
void vma_set_bounds(struct vma_set *set, struct vma *vma, uint64_t start, uint64_t end);

/* The highest hole of `bytes` in [low, high): its start, or 0. All page-aligned. */
uint64_t vma_find_hole(const struct vma_set *set, uint64_t bytes, uint64_t low, uint64_t high);

/* True if nothing is mapped in [start, end). */
static inline bool vma_range_free(const struct vma_set *set, uint64_t start, uint64_t end)
{
    struct vma *vma = vma_find(set, start);
    return !vma || vma->start >= end;
}

bool vma_set_valid(const struct vma_set *set);
