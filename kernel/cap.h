/*
 * cap.h - capability slots and the one derivation tree.
 *
 * A slot is 64 bytes, a cache line, so that a handle with its operation masked off is the slot's
 * offset in its Table. The derivation tree is a doubly linked ring of all slots in preorder with a
 * depth each: the descendants of a slot are the slots after it, as far as their depth is greater.
 * It begins and ends at slot_root, which names nothing and whose children are the capabilities that
 * boot made.
 *
 * Invariant: linked slots have a type; an empty slot is all zero; neighbours point at each other;
 * depth grows by at most one along the ring; the rights of a child
 * are a subset of its parent's. Lock: the kernel lock. The fast path reads keys without changing
 * anything.
 */
#pragma once

#include "abi/message.h"
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
    SLOT_PLAIN = 0, /* in a Table, or in an interrupt line */
    SLOT_BOUND = 1, /* in a Thread; a = the Thread, b = enum thread_binding */
    /* In a Space, `object`, not counted: a Region in its window [a, b), or an Untyped of which `a`
     * bytes are page-table nodes. */
    SLOT_IN_SPACE = 2,
};

struct slot {
    uint32_t key; /* index << 6 | op when the fast operation (call, signal) is allowed, else 0 */
    uint32_t receive_key;  /* index << 6 | receive when receiving is allowed, else 0 */
    struct object *object; /* NULL for memory and hardware capabilities in a Table */
    uint64_t value;        /* badge; physical base; first port; interrupt line */
    struct slot *next;
    struct slot *prev;
    uint16_t depth;
    uint8_t kind;       /* enum slot_kind */
    bool device;        /* device memory: never zeroed, mapped uncached */
    uint8_t type;       /* enum object_type, 0 = empty */
    uint8_t rights;     /* of that type */
    uint16_t size_log2; /* memory: bytes; Table, Space: slots */
    uint64_t a;         /* Untyped: bytes given out; ports, lines: count; else see enum slot_kind */
    uint64_t b;         /* Untyped: bytes known to be zero end here */
};

STATIC_ASSERT(sizeof(struct slot) == 64, "a slot is the unit of a handle's offset");

static inline bool slot_empty(const struct slot *slot) { return slot->type == 0; }

/* Has its value a meaning for those whom it reaches? */
static inline bool slot_badged(const struct slot *slot)
{
    return slot->type == OBJECT_ENDPOINT || slot->type == OBJECT_NOTIFICATION;
}

/* Sizes of Untypeds and Regions. */
#define MEMORY_LOG2_MIN 12
#define MEMORY_LOG2_MAX 47

/** slot_bytes - the size of an Untyped or a Region. */
static inline uint64_t slot_bytes(const struct slot *slot)
{
    return 1ull << (slot->size_log2 & 63);
}

/* Does this slot hold a counted reference to its object? */
static inline bool slot_counts(const struct slot *slot)
{
    return slot->object != NULL && slot->kind != SLOT_IN_SPACE;
}

static inline bool slot_has_children(const struct slot *slot)
{
    return slot->next != NULL && slot->next->depth > slot->depth;
}

static inline void slot_insert_after(struct slot *position, struct slot *slot)
{
    slot->prev = position;
    slot->next = position->next;
    slot->next->prev = slot;
    position->next = slot;
}

static inline void slot_reference(struct slot *slot)
{
    if (slot_counts(slot))
        slot->object->references++;
}

extern struct slot slot_root;

/** slot_link_child - link the filled @slot as a child of @parent. O(1). */
static inline void slot_link_child(struct slot *parent, struct slot *slot)
{
    slot->depth = (uint16_t)(parent->depth + 1);
    slot_insert_after(parent, slot);
    slot_reference(slot);
}

/** slot_derive - make @to, empty, equal to @from and its child, or its sibling. O(1). */
void slot_derive(struct slot *from, struct slot *to, bool child);

/** slot_move - @to, empty, takes the place of @from in the tree; @from is empty afterwards. O(1).
 */
void slot_move(struct slot *from, struct slot *to);

/**
 * slot_set_keys - compute the fast keys of a slot that lies at @index of a Table.
 */
static inline void slot_set_keys(struct slot *slot, uint32_t index)
{
    STATIC_ASSERT((int)ENDPOINT_RIGHT_CALL == (int)NOTIFICATION_RIGHT_SIGNAL, "one right to send");
    STATIC_ASSERT((int)ENDPOINT_RIGHT_RECEIVE == (int)NOTIFICATION_RIGHT_RECEIVE, "to receive");
    uint32_t op = slot->type == OBJECT_ENDPOINT ? ENDPOINT_OP_CALL : NOTIFICATION_OP_SIGNAL;
    bool sends = slot->type == OBJECT_ENDPOINT || slot->value != 0;
    uint8_t rights = slot_badged(slot) ? slot->rights : 0;
    uint32_t handle = HANDLE(index, 0);
    slot->key = sends && (rights & ENDPOINT_RIGHT_CALL) ? handle | op : 0;
    slot->receive_key = rights & ENDPOINT_RIGHT_RECEIVE ? handle | HANDLE_RECEIVE : 0;
}

/* The deepest derivation that user level can make; bounds the walk to a leaf. */
#define SLOT_DEPTH_MAX 200u

static inline bool slot_can_derive(const struct slot *slot) { return slot->depth < SLOT_DEPTH_MAX; }

/**
 * slot_delete_step - one bounded step of deleting everything derived from @slot and then @slot
 * itself. Returns true when @slot is empty. Objects that lose their last capability go to the
 * reaper.
 */
bool slot_delete_step(struct slot *slot);

/** slots_delete_step - as above with the slots that are left of @count, from *@index on. */
bool slots_delete_step(struct slot *slots, uint32_t count, uint32_t *index);

/**
 * cap_delete - delete everything derived from @slot, and then @slot, if @itself.
 *
 * Preemptible: answers STATUS_RESTART when an interrupt waits; call again with the same slot.
 * Progress is in the tree.
 */
MUST_USE status_t cap_delete(struct slot *slot, bool itself);
