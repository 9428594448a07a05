/*
 * pipe_ring.h - the bytes of a pipe.
 *
 * The ring's pages are allocated when bytes reach them and freed when they have been read, but for
 * one; an empty pipe starts over at the beginning of that one, so a ping-pong allocates nothing.
 * `head` and `tail` count bytes since then: tail - head is what is in it, and byte b lies in
 * pages[(b / 4096) mod page_count].
 *
 * Lock: everything here wants pipe.mutex held, but for create and put.
 */
#pragma once

#include "lib/base/bits.h"
#include "servers/linux/iter.h"

#define PIPE_PAGES_DEFAULT 16

struct pipe {
    struct mutex mutex;
    uint32_t refs; /* open ends, and the inode of a FIFO; under the mutex but for the last */
    uint32_t readers;
    uint32_t writers;
    uint32_t reader_opens; /* ever: what a blocked open waits for */
    uint32_t writer_opens;
    uint32_t page_count; /* a power of two */
    bool lent;     /* the bytes at the head are being written elsewhere: for no other reader ... */
    bool reserved; /* ... and the room behind the tail is for whoever reads into it (pipe_splice.c)
                    */
    uint64_t head;
    uint64_t tail;
    struct waitqueue read_queue;  /* who waits for bytes, for the end, or for a writer to open */
    struct waitqueue write_queue; /* who waits for room, or for a reader to open */
    struct page **pages;
    struct page *inline_pages[PIPE_PAGES_DEFAULT];
};

struct pipe *pipe_ring_create(void);   /* no ends, one reference; NULL: no memory */
void pipe_ring_put(struct pipe *pipe); /* drops a reference */

static inline size_t pipe_ring_used(const struct pipe *pipe) { return pipe->tail - pipe->head; }

/* The read part of head's page is no room (as on Linux), so no page is at both ends of the ring. */
static inline size_t pipe_ring_room(const struct pipe *pipe)
{
    return (size_t)pipe->page_count * PAGE_BYTES -
           (pipe->tail - align_down(pipe->head, PAGE_BYTES));
}

/* Moves bytes; advances by what was moved. Bytes, or the error if there were none. */
long pipe_ring_take(struct pipe *pipe, struct iter *to);
long pipe_ring_fill(struct pipe *pipe, struct iter *from);
/* Copies from `offset` bytes behind the head on; they stay. */
long pipe_ring_peek(struct pipe *pipe, struct iter *to, size_t offset);
/* What lies there in one piece, or NULL at the tail. */
char *pipe_ring_look(struct pipe *pipe, size_t offset, size_t *bytes);
/* Forgets bytes at the head; not more than there are. */
void pipe_ring_skip(struct pipe *pipe, size_t bytes);

/* A larger or smaller ring (a power of two of pages): its bytes, or -EBUSY, -ENOMEM. */
long pipe_ring_resize(struct pipe *pipe, uint32_t page_count);
