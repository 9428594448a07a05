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

struct object {
    uint32_t type; /* enum object_type */
    uint32_t references;
    struct object *reap_next; /* the stack of objects being reaped (reap.c) */
};
