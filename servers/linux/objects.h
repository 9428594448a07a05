/*
 * objects.h - kernel objects made from the Untyped that the manifest grants (SLOT_UNTYPED).
 *
 * Threads, Notifications and Spaces are made once and pooled by their owners, so nothing of them
 * ever goes back. Memory for page-table nodes comes in chunks, which go round: a chunk that a Space
 * has given up is reset and lent to another.
 */
#pragma once

#include "abi/component.h"
#include "abi/message.h"

#include "servers/linux/base.h"

/* Sizes of chunks: see guest_space.c for their use. */
enum chunk_class { CHUNK_SMALL = 0, CHUNK_LARGE = 1, CHUNK_CLASSES = 2 };

/* Once, at the start: decides how many threads object_bytes are good for. */
void objects_init(const struct component_info *info);

/* How many server threads there may be, so that Spaces find memory too. */
unsigned objects_thread_limit(void);

/* What has been made, and chunks that nobody has at the moment. */
struct objects_totals {
    uint32_t slots;
    uint32_t slot_limit;
    uint32_t chunks[CHUNK_CLASSES];
    uint32_t chunks_free[CHUNK_CLASSES];
};
struct objects_totals objects_totals_read(void);

/* Are slots running short? Then a Table for twice as many, as objects_make_table makes it, may take
   the place of the present one (thread_table.h); objects are told when it has. */
bool objects_slots_short(void);
cap_t objects_make_table(void);
void objects_table_doubled(void);

/* Each returns a slot, or CAP_NONE when objects or slots are exhausted. */
cap_t objects_make_thread(bool with_vector_state);
cap_t objects_make_space(void);

/* A Notification, and a second capability that sets its bit 0. */
struct objects_notification {
    cap_t receive; /* CAP_NONE: exhausted */
    cap_t signal;
};
struct objects_notification objects_make_notification(void);

/* An Endpoint for the thread to sleep at, and a capability whose signals end that sleep too: those
   of a Notification that is bound to it. */
struct objects_gate {
    cap_t endpoint; /* CAP_NONE: exhausted */
    cap_t signal;
};
struct objects_gate objects_make_gate(cap_t thread);

/* A chunk of memory for page-table nodes, zeroed. */
cap_t objects_take_chunk(enum chunk_class class);
void objects_give_chunk(cap_t chunk, enum chunk_class class);
