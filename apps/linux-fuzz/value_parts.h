/*
 * value_parts.h - between value.c, which has numbers and addresses, and structures.c, which has
 * what is built in memory.
 */
#pragma once

#include "apps/linux-fuzz/value.h"

#define VECTORS_MAX 8 /* entries of an array that a call takes */

/* A page that is there, or not, or not any more. */
uint64_t value_page(struct random *random);

/* Into such a page, across its end, or to where nothing can be. */
uint64_t value_wild_pointer(struct random *random);

/* Room in the workspace: when it is full it starts over, so structures overlap now and then. */
void *value_room(struct values *values, size_t bytes);

/* A number of a process or thread that began about when this one did: mostly a stranger's. */
uint64_t value_neighbour(struct random *random);
#define NEIGHBOURS 48

uint64_t value_descriptor(struct random *random);
uint64_t value_signal(struct random *random);
uint64_t value_flags(struct random *random, const uint64_t *set, unsigned count);
uint64_t value_offset(struct random *random);
uint64_t value_size(struct values *values);

/* What lies in one half of a word of the family's. */
uint32_t value_word(unsigned half);

/* One of the kinds that are pointers. */
uint64_t value_pointer(struct values *values, enum value_kind kind);

/* Of those, what threads wait on or are restarted by (waits.c). */
uint64_t value_word_address(struct values *values);
uint64_t value_waits(struct values *values);
uint64_t value_rseq(struct values *values);
uint64_t value_semaphores(struct values *values);
uint64_t value_typed_message(struct values *values);
