/*
 * untyped.h - Untyped: physical memory from which objects are made.
 *
 * slot->value is the base, slot->a the bytes given out (always from the base upwards), slot->b the
 * end of the stretch behind them that is known to be zero: memory in [a, b) is zero. Invariant: a
 * <= size, and all children lie in [base, base + a). Lock: the kernel lock.
 */
#pragma once

#include "kernel/cap.h"
#include "kernel/message.h"

#define MEMORY_LOG2_MIN 12
#define MEMORY_LOG2_MAX 47

/** untyped_zero - make [a, end) known to be zero. False when an interrupt waits: call again. */
MUST_USE bool untyped_zero(struct slot *slot, uint64_t end);

/** object_memory_bytes - memory that an object takes; 0 if type or size is not allowed. */
uint64_t object_memory_bytes(enum object_type type, uint64_t size_log2, uint64_t flags);

/** object_construct - an object of @type in zeroed memory. */
struct object *object_construct(enum object_type type, void *memory, uint64_t size_log2,
                                uint64_t flags);
