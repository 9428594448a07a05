/*
 * cap.h - capability slots and the one derivation tree.
 *
 * A slot is 64 bytes, a cache line, so that a handle with its operation masked off is the slot's
 * offset in its Table. The derivation tree is a doubly linked list of all slots in preorder with a
 * depth each: the descendants of a slot are the slots after it, as far as their depth is greater.
 *
 * Invariant (slot_valid): linked slots have a type; an empty slot has type 0 and both keys 0;
 * neighbours point at each other; depth grows by at most one along the list; the rights of a child
 * are a subset of its parent's. Lock: the kernel lock. The fast path reads keys without changing
 * anything.
 */
#pragma once

#include "kernel/object.h"

/* Slot 0 of each Table names nothing, but is not empty either: no handle matches, no capability
 * fits in. */
#define SLOT_KEY_NEVER  (~0u)
#define SLOT_TYPE_NEVER OBJECT_TYPES
#define SLOT_ZERO                                                                                  \
    {                                                                                              \
        .key = SLOT_KEY_NEVER, .receive_key = SLOT_KEY_NEVER, .type = SLOT_TYPE_NEVER              \
    }

/* Where a slot lies decides what clearing it must undo. */
enum slot_kind {
    SLOT_PLAIN = 0, /* in a Table */
    SLOT_ATTACHED =
        1, /* a Region in a Space; `object` is the Space, not counted; a, b = window [a, b) */
    SLOT_NODES = 2, /* an Untyped in a Space, used for page-table nodes; `object` is the Space, not
                       counted */
    SLOT_BOUND = 3, /* in a Thread; a = the Thread, b = enum thread_binding */
    SLOT_IRQ = 4,   /* a Notification in an interrupt line; a = the line */
};

struct slot {
    uint32_t key; /* index << 6 | op when the fast operation (call, signal) is allowed, else 0 */
    uint32_t receive_key;  /* index << 6 | receive when receiving is allowed, else 0 */
    struct object *object; /* NULL for memory and hardware capabilities in a Table */
    uint64_t value;        /* badge; physical base; first port; interrupt line */
    struct slot *next;
    struct slot *prev;
    uint32_t depth;
    uint8_t type;       /* enum object_type, 0 = empty */
    uint8_t rights;     /* of that type */
    uint8_t size_log2;  /* memory: bytes; Table, Space: slots */
    uint8_t kind_flags; /* enum slot_kind | SLOT_DEVICE | SLOT_CLEARING */
    uint64_t a;         /* Untyped: bytes given out; ports: count; else see enum slot_kind */
    uint64_t b;         /* Untyped: bytes known to be zero end here */
};

#define SLOT_KIND_MASK 7u
#define SLOT_DEVICE    8u /* device memory: never zeroed, mapped uncached */

STATIC_ASSERT(sizeof(struct slot) == 64, "a slot is the unit of a handle's offset");

static inline bool slot_empty(const struct slot *slot) { return slot->type == 0; }

static inline enum slot_kind slot_kind(const struct slot *slot)
{
    return (enum slot_kind)(slot->kind_flags & SLOT_KIND_MASK);
}

/* Does this slot hold a counted reference to its object? */
static inline bool slot_counts(const struct slot *slot)
{
    return slot->object != NULL && slot_kind(slot) != SLOT_ATTACHED &&
           slot_kind(slot) != SLOT_NODES;
}

static inline bool slot_has_children(const struct slot *slot)
{
    return slot->next != NULL && slot->next->depth > slot->depth;
}

static inline void slot_insert_after(struct slot *position, struct slot *slot)
{
    slot->prev = position;
    slot->next = position->next;
    if (slot->next != NULL)
        slot->next->prev = slot;
    position->next = slot;
}

static inline void slot_reference(struct slot *slot)
{
    if (slot_counts(slot))
        slot->object->references++;
}

/**
 * slot_install_root - make @slot a root of the derivation tree.
 * The caller has filled type, rights, object and value. Used at boot only.
 */
void slot_install_root(struct slot *slot);

/** slot_link_child - link the filled @slot as a child of @parent. O(1). */
static inline void slot_link_child(struct slot *parent, struct slot *slot)
{
    slot->depth = parent->depth + 1;
    slot_insert_after(parent, slot);
    slot_reference(slot);
}

/** slot_link_sibling - link the filled @slot as a sibling of @other. O(1). */
void slot_link_sibling(struct slot *other, struct slot *slot);

/** slot_move - @to, empty, takes the place of @from in the tree; @from is empty afterwards. O(1).
 */
void slot_move(struct slot *from, struct slot *to);

/**
 * slot_set_keys - compute the fast keys of a slot that lies at @index of a Table.
 */
void slot_set_keys(struct slot *slot, uint32_t index);

/* The deepest derivation that user level can make; bounds the walk to a leaf. */
#define SLOT_DEPTH_MAX 250u

static inline bool slot_can_derive(const struct slot *slot) { return slot->depth < SLOT_DEPTH_MAX; }

/**
 * slot_delete_step - one bounded step of deleting everything derived from @slot and then @slot
 * itself. Returns true when @slot is empty. Objects that lose their last capability go to the
 * reaper.
 */
bool slot_delete_step(struct slot *slot);

/**
 * cap_delete - delete everything derived from @slot, then @slot itself.
 *
 * Preemptible: returns false when an interrupt waits; call again with the same slot. Progress is in
 * the tree.
 */
MUST_USE bool cap_delete(struct slot *slot);

/** cap_revoke - delete everything derived from @slot. Preemptible as cap_delete. */
MUST_USE bool cap_revoke(struct slot *slot);
