/*
 * space.h - Space: an address space, its attached Regions and its page-table nodes.
 *
 * Mappings are a cache of capabilities: an entry may point only into a Region that is attached,
 * inside that slot's window. Clearing the slot clears the entries first. The root is part of the
 * Space, the other nodes come from donated chunks; both are typed: nothing else ever maps them.
 *
 * Page tables are a radix tree of four levels of 512 entries on every port; port/pte.h says what an
 * entry looks like. Each chunk gives its nodes from its base up; all come back together, when the
 * tree is emptied. Lock: the kernel lock.
 */
#pragma once

#include "kernel/cap.h"
#include "kernel/message.h"
#include "lib/base/list.h"
#include "port/memory.h"

#define SPACE_NO_STRETCH        (~0ull)
#define PAGE_BYTES              4096ull
#define SPACE_RANGE_ENTRIES_MAX 64u /* a call visits */
#define SPACE_CHUNK_LOG2_MAX    20

struct space {
    struct object object;
    paddr_t root;          /* the page before this, in the same memory */
    uint64_t count_nodes;  /* in use, below the root */
    uint64_t node_slot;    /* the slot whose chunk gives the next one, if it has any left */
    uint32_t reap_index;   /* next slot to delete while being reaped */
    uint64_t last_stretch; /* what the node at last_node maps, in its own size; SPACE_NO_STRETCH =
                              none */
    uint64_t *last_node;
    struct slot slots[];
};

STATIC_ASSERT(sizeof(struct space) == 64, "a cache line");

/* May it map what is writable and executable at once? */
static inline bool space_is_guest(const struct space *space)
{
    return (space->object.flags & OBJECT_FLAG) != 0;
}

/** space_slot - slot @index of @space, or NULL. */
static inline struct slot *space_slot(struct space *space, uint64_t index)
{
    uint32_t count = object_slots(&space->object);
    return index < count ? &space->slots[index & (count - 1)] : NULL;
}

/** space_range_valid - page-aligned, not empty, below the end of user level. */
static inline bool space_range_valid(uint64_t vaddr, uint64_t size)
{
    return size != 0 && ((vaddr | size) & (PAGE_BYTES - 1)) == 0 && vaddr <= USER_LIMIT &&
           size <= USER_LIMIT - vaddr;
}

/**
 * space_clear_step - one bounded step of clearing what depends on @slot (attached Region or chunk
 * of nodes). Returns true when no entry depends on it any more.
 */
MUST_USE bool space_clear_step(struct slot *slot);
