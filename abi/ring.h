/*
 * ring.h - the one ring: single producer, single consumer, power-of-two, in memory that two
 * processes share.
 *
 * Control (two indices) and data (an array of entries, or of bytes) lie in one Region that belongs
 * to neither peer. Neither side trusts the other: each keeps its own index privately, reads the
 * peer's index once per operation into a local, and refuses a distance that cannot be (PROTOCOL). A
 * hostile peer hurts only itself.
 *
 * Order: the producer writes data, then releases `head`; the consumer acquires `head`, reads data,
 * then releases `tail`; the producer acquires `tail` before it overwrites. Indices count up and
 * wrap at 2^32.
 */
#pragma once

#include <stdint.h>

struct ring_control {
    uint32_t head; /* written by the producer only */
    uint32_t pad_head[15];
    uint32_t tail; /* written by the consumer only */
    uint32_t pad_tail[15];
};

/* One side's private view. `entries` is a power of two of at most 2^31. */
struct ring {
    struct ring_control *control;
    uint32_t entries;
    uint32_t own; /* our index: head for the producer, tail for the consumer */
};

#define RING_BROKEN (~0u) /* the peer's index cannot be: it broke the protocol */

/* Entries that the producer may write now; RING_BROKEN if the consumer's index is impossible. */
static inline uint32_t ring_room(const struct ring *ring)
{
    uint32_t tail = __atomic_load_n(&ring->control->tail, __ATOMIC_ACQUIRE);
    uint32_t used = ring->own - tail;
    return used > ring->entries ? RING_BROKEN : ring->entries - used;
}

/* Entries that the consumer may read now; RING_BROKEN if the producer's index is impossible. */
static inline uint32_t ring_ready(const struct ring *ring)
{
    uint32_t head = __atomic_load_n(&ring->control->head, __ATOMIC_ACQUIRE);
    uint32_t ready = head - ring->own;
    return ready > ring->entries ? RING_BROKEN : ready;
}

/* Array position of the i-th entry from our index. */
static inline uint32_t ring_position(const struct ring *ring, uint32_t i)
{
    return (ring->own + i) & (ring->entries - 1);
}

static inline void ring_produce(struct ring *ring, uint32_t count)
{
    ring->own += count;
    __atomic_store_n(&ring->control->head, ring->own, __ATOMIC_RELEASE);
}

static inline void ring_consume(struct ring *ring, uint32_t count)
{
    ring->own += count;
    __atomic_store_n(&ring->control->tail, ring->own, __ATOMIC_RELEASE);
}
