/**
 * memory.h - carving the machine's free memory. Pure bookkeeping: the caller retypes.
 *
 * Mirrors the kernel's rule: an Untyped is given out upwards from its base, each piece aligned to
 * its size. Used at boot only.
 */
#pragma once

#include "abi/bootinfo.h"
#include "lib/base/types.h"

struct memory_pool {
    uint32_t slot; /* of the Untyped */
    uint64_t size_bytes;
    uint64_t used_bytes;
};

struct memory {
    uint32_t count;
    struct memory_pool pools[BOOTINFO_UNTYPED_MAX];
};

/** memory_init - all free memory of @boot. */
void memory_init(struct memory *memory, const struct bootinfo *boot);

/**
 * memory_take - the pool from which to retype 2^@size_log2 bytes: the one that this leaves with the
 * least, so that large pools stay large. NULL if none has room.
 */
struct memory_pool *memory_take(struct memory *memory, unsigned size_log2);

/** memory_free_bytes - what is not given out. */
uint64_t memory_free_bytes(const struct memory *memory);

/** memory_given_bytes - what is, and what nobody can use for lack of alignment. */
uint64_t memory_given_bytes(const struct memory *memory);

/** A power-of-two piece, in the order in which pieces of one pool must be retyped. */
struct memory_piece {
    uint32_t pool_slot;
    unsigned size_log2;
};

/**
 * memory_take_rest - give out all that is left, in at most @max pieces; the smallest are left over
 * where there are more. Returns how many.
 */
uint32_t memory_take_rest(struct memory *memory, struct memory_piece *pieces, uint32_t max);
