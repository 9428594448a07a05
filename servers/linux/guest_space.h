/*
 * guest_space.h - the kernel's Space of one guest: attached Regions, memory for page-table nodes,
 * mappings. A cache of mm_table.h: it may be dropped at any time and fills again by faults.
 *
 * Spaces are pooled. Slot 1 + i holds memory_regions[i], attached when first needed; slots from
 * SPACE_FIRST_CHUNK on hold chunks of nodes. Lock: the mm's mutex; the pool has its own.
 */
#pragma once

#include "abi/message.h"

#include "servers/linux/base.h"
#include "servers/linux/guest.h"
#include "servers/linux/memory.h"

#define SPACE_CHUNKS_MAX 22

struct guest_space {
    cap_t cap;
    uint64_t number;   /* not 0: a thread remembers which one it has bound */
    uint64_t attached; /* bit i: memory_regions[i] */
    unsigned chunk_count;
    cap_t chunks[SPACE_CHUNKS_MAX];
    struct guest_space *next_free;
};

/* An empty Space, or NULL when kernel objects are exhausted. */
struct guest_space *guest_space_take(void);
void guest_space_give(struct guest_space *space);

/* How many Spaces there are, those in the pool included. */
uint64_t guest_space_count_made(void);

/* Chunks of Spaces that nobody has: they are not in use. */
uint64_t guest_space_pooled_chunks(void);

/* Pages to be mapped, gathered so that few calls do it. One batch is for one Space. */
#define BATCH_RUNS      16
#define BATCH_RUN_PAGES 256 /* below the 2 MiB for which the kernel would use one large entry */

/* All pages of one Region, with the same rights. A run is pages that are neighbours on both sides.
 */
struct map_batch {
    struct guest_space *space;
    unsigned region;
    unsigned rights; /* PROT_* */
    unsigned count;
    uint64_t next_address; /* where the last run would go on ... */
    const void *next_data; /* ... and with which page; NULL: there is no run */
    struct map_run {
        uint64_t address;
        uint64_t offset;
        uint64_t pages;
    } runs[BATCH_RUNS];
};

static inline void map_batch_begin(struct map_batch *batch, struct guest_space *space)
{
    batch->space = space;
    batch->count = 0;
    batch->next_data = NULL;
}

/* All: 0, or -ENOMEM when nodes are exhausted: then drop the cache (guest_space_clear) and go on.
 */
MUST_USE int map_batch_flush(struct map_batch *batch);
MUST_USE int map_batch_begin_run(struct map_batch *batch, uint64_t address, const struct page *page,
                                 unsigned rights);

MUST_USE static inline int map_batch_add(struct map_batch *batch, uint64_t address,
                                         const struct page *page, unsigned rights)
{
    if (page_data(page) != batch->next_data || address != batch->next_address ||
        rights != batch->rights || page_region(page) != batch->region ||
        batch->runs[batch->count - 1].pages == BATCH_RUN_PAGES)
        return map_batch_begin_run(batch, address, page, rights);
    batch->runs[batch->count - 1].pages++;
    batch->next_address += PAGE_BYTES;
    batch->next_data = (const char *)batch->next_data + PAGE_BYTES;
    return 0;
}

void guest_space_unmap(struct guest_space *space, uint64_t start, uint64_t end);

/* Maps in `child` what is mapped in `parent` of one Region, without write rights on either side.
   -ENOMEM when the child's nodes are exhausted: part of it is mapped. */
MUST_USE int guest_space_clone(struct guest_space *child, struct guest_space *parent,
                               unsigned region, uint64_t start, uint64_t end);

/* Forgets every mapping and has all nodes free again. */
void guest_space_clear(struct guest_space *space);
