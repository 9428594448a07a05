/*
 * poll.h - waiting for several files: what ops->poll registers with.
 */
#pragma once

#include "servers/linux/file.h"

/*
 * Passed to ops->poll by whoever wants to be woken when the answer may change; NULL by whoever only
 * wants the answer. A poll operation adds its queues before (or under the lock under which) it
 * looks at its state.
 */
struct poll_table {
    void (*add)(struct poll_table *table, struct waitqueue *queue);
};

static inline void poll_add(struct poll_table *table, struct waitqueue *queue)
{
    if (table)
        table->add(table, queue);
}

#define POLL_INLINE 8

struct poll_chunk;

/* A thread that waits for several files. */
struct poll_wait {
    struct poll_table table;
    struct waiter waiter;
    int error; /* -ENOMEM if an entry could not be made */
    unsigned count;
    struct wait_entry entries[POLL_INLINE];
    struct poll_chunk *chunks; /* more entries */
};

void poll_wait_init(struct poll_wait *wait);
void poll_wait_end(struct poll_wait *wait);

/* What a file without ops->poll answers: a regular file is always ready. */
#define POLL_ALWAYS (POLLIN | POLLOUT | POLLRDNORM | POLLWRNORM)

/* The readiness of a file; POLL* bits. */
static inline uint32_t file_poll(struct file *file, struct poll_table *table)
{
    return LIKELY(file->ops->poll != NULL) ? file->ops->poll(file, table) : POLL_ALWAYS;
}
