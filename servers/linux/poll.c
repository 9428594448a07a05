/*
 * poll.c - see poll.h. The system calls: sys_poll.c.
 */
#include "servers/linux/poll.h"

#define CHUNK_ENTRIES 30

struct poll_chunk {
    struct poll_chunk *next;
    unsigned count;
    struct wait_entry entries[CHUNK_ENTRIES];
};

static struct wait_entry *new_entry(struct poll_wait *wait)
{
    struct poll_chunk *chunk = wait->chunks;

    if (wait->count < POLL_INLINE)
        return &wait->entries[wait->count++];
    if (!chunk || chunk->count == CHUNK_ENTRIES) {
        chunk = heap_alloc(sizeof(*chunk));
        if (!chunk)
            return NULL;
        chunk->next = wait->chunks;
        wait->chunks = chunk;
    }
    return &chunk->entries[chunk->count++];
}

static void wait_table_add(struct poll_table *table, struct waitqueue *queue)
{
    struct poll_wait *wait = container_of(table, struct poll_wait, table);
    struct wait_entry *entry = new_entry(wait);

    if (!entry) {
        wait->error = -ENOMEM;
        return;
    }
    *entry = (struct wait_entry){.waiter = &wait->waiter};
    wait_add(queue, entry);
}

void poll_wait_init(struct poll_wait *wait)
{
    wait->table.add = wait_table_add;
    waiter_init(&wait->waiter);
    wait->error = 0;
    wait->count = 0;
    wait->chunks = NULL;
}

void poll_wait_end(struct poll_wait *wait)
{
    for (unsigned i = 0; i < wait->count; i++)
        wait_remove(&wait->entries[i]);
    while (wait->chunks) {
        struct poll_chunk *chunk = wait->chunks;
        for (unsigned i = 0; i < chunk->count; i++)
            wait_remove(&chunk->entries[i]);
        wait->chunks = chunk->next;
        heap_free(chunk);
    }
}
