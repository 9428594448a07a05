/**
 * queue.h - a split virtqueue (Virtual I/O Device version 1.2, §2.7) whose buffers have fixed
 * places.
 *
 * Descriptor i is buffer i for good, of one piece. What the driver must know it keeps to itself:
 * nothing that the device could have written is read back but what it has to say, and that is read
 * once and checked. Whoever uses a queue is the only one: no locks.
 */
#pragma once

#include <corm/status.h>
#include "lib/base/types.h"

#define QUEUE_ENTRIES 8u
#define QUEUE_BYTES   1024u /* of the memory that the device reads and writes, aligned to 16 */

/* §2.7.5 */
struct queue_descriptor {
    uint64_t address;
    uint32_t size_bytes;
    uint16_t flags;
    uint16_t next;
};

/* §2.7.6: what the device may take. */
struct queue_available {
    uint16_t flags;
    uint16_t index;
    uint16_t ring[QUEUE_ENTRIES];
    uint16_t used_event;
};

/* §2.7.8: what it has done with. */
struct queue_used_entry {
    uint32_t id;
    uint32_t size_bytes; /* that it wrote */
};

struct queue_used {
    uint16_t flags;
    uint16_t index;
    struct queue_used_entry ring[QUEUE_ENTRIES];
    uint16_t available_event;
};

/* The parts of QUEUE_BYTES, aligned as §2.7 wants them. */
struct queue_memory {
    struct queue_descriptor descriptors[QUEUE_ENTRIES];
    struct queue_available available;
    _Alignas(8) struct queue_used used;
};

struct queue {
    struct queue_memory *memory;
    uint32_t buffer_bytes;
    uint16_t next_available;
    uint16_t next_used;
    uint16_t with_device; /* bit i: it has buffer i */
};

/**
 * queue_init - an empty queue in @memory; buffer i is @buffer_bytes at physical address @buffers +
 * i
 * * @buffer_bytes, which the device writes if @receives and else reads.
 */
void queue_init(struct queue *queue, struct queue_memory *memory, uint64_t buffers,
                uint32_t buffer_bytes, bool receives);

/** queue_give - let the device have the first @size_bytes of buffer @index, which it has not. */
void queue_give(struct queue *queue, unsigned index, uint32_t size_bytes);

/**
 * queue_take - a buffer that the device has done with, and how much it says it wrote.
 * Errors: EMPTY (none), PROTOCOL (the device says what cannot be).
 */
MUST_USE status_t queue_take(struct queue *queue, unsigned *index, uint32_t *size_bytes);

/** queue_free - a buffer that the device has not; QUEUE_ENTRIES if it has all. */
unsigned queue_free(const struct queue *queue);
