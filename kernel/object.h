/*
 * object.h - what every kernel object begins with.
 *
 * Invariant: `references` is the number of slots in the system whose `object` is this one and whose
 * kind counts (slot_counts). At 0 the object is unreachable and is reaped: taken apart in bounded
 * steps, then forgotten; its memory goes back with the reset of its Untyped. Lock: the kernel lock.
 */
#pragma once

#include "lib/base/types.h"
#include "corm/object.h"
#include "corm/status.h"

/* A Thread that has vector state, a Space that is for guests. */
#define OBJECT_FLAG 1u

struct object {
    uint16_t type;     /* enum object_type */
    uint8_t size_log2; /* Table, Space: slots */
    uint8_t flags;     /* OBJECT_FLAG */
    uint32_t references;
    struct object *reap_next; /* the stack of objects being reaped (reap.c) */
};

/* The slots of a Table or a Space. */
static inline uint64_t object_slots(const struct object *object)
{
    return 1ull << (object->size_log2 & 31);
}

/* An object in zeroed memory, its type, size and flag filled in. Cannot fail. */
typedef void object_init_t(struct object *object);

/* One bounded step of taking an object apart that nobody can reach; true when nothing is left. */
typedef bool object_reap_t(struct object *object);

object_init_t table_init, space_init, thread_init, sched_init, endpoint_init, notification_init;
object_reap_t table_reap_step, space_reap_step, thread_reap_step, sched_reap_step,
    endpoint_reap_step, notification_reap_step, irq_reap_step;

/* What all objects of a type have in common. */
struct object_class {
    uint32_t bytes;      /* memory of one; 0: not made by retype */
    uint32_t flag_bytes; /* the same, if it is made with its flag */
    uint16_t alignment;
    uint16_t page_bytes; /* a page before the object: a Space's root */
    uint16_t unit_bytes; /* more for each of its 2^size_log2 units, if it has any */
    uint8_t size_log2_min;
    uint8_t size_log2_max;
    object_init_t *init; /* NULL: memory, which is only a capability */
    object_reap_t *reap_step;
};

extern const struct object_class object_classes[OBJECT_TYPES];

/** object_memory_bytes - memory that an object takes; 0 if type or size is not allowed. */
uint64_t object_memory_bytes(uint64_t type, uint64_t size_log2, uint64_t flags);

/** object_construct - an object of @type in zeroed memory. */
struct object *object_construct(enum object_type type, void *memory, uint64_t size_log2,
                                uint64_t flags);
