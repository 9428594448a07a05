/*
 * trap.h - what goes wrong without a call: odd instructions, odd jumps, and signal frames that a
 * handler has written over before it returns.
 */
#pragma once

#include "apps/linux-fuzz/random.h"

/* Handlers for most signals; each now and then changes what it will return to. */
void trap_install(uint64_t seed);

/* What sigaction may be given: our handler, none, or nonsense; the words of its structure. */
void trap_action(struct random *random, uint64_t words[4]);

/* One of the instructions, in a child of its own, which mostly dies of it. */
void trap_in_child(struct random *random);
