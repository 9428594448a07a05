/*
 * reap.h - objects that nobody can reach any more are taken apart here, in bounded steps.
 *
 * One stack of dying objects for the whole system. Every operation that deletes drains it before it
 * goes on, so a reset never frees memory that still has links. Whoever deletes helps whoever was
 * interrupted. Lock: the kernel lock.
 */
#pragma once

#include "kernel/object.h"

/** reap_push - @object lost its last capability. O(1). */
void reap_push(struct object *object);

extern struct object *reap_top;

bool reap_drain_all(void); /* which is not empty */

/** reap_drain - take everything on the stack apart. False when an interrupt waits: call again. */
MUST_USE static inline bool reap_drain(void)
{
    return LIKELY(reap_top == NULL) || reap_drain_all();
}
