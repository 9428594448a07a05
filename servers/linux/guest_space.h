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

#define SPACE_CHUNKS_MAX 20

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

/* Pages to be mapped, gathered so that few calls do it. One batch is for one Space. */
#define BATCH_PAGES 32

/* All pages of one Region, with the same rights. `runs`: stretches of neighbours on both sides. */
struct map_batch {
    struct guest_space *space;
    unsigned region;
    unsigned rights; /* PROT_* */
    unsigned count;
    unsigned runs;
    struct {
        uint64_t address;
        uint64_t offset;
    } pages[BATCH_PAGES];
};

static inline void map_batch_begin(struct map_batch *batch, struct guest_space *space)
{
    batch->space = space;
    batch->count = 0;
    batch->runs = 0;
}

/* Both: 0, or -ENOMEM when nodes are exhausted: then drop the cache (guest_space_clear) and go on.
 */
MUST_USE int map_batch_flush(struct map_batch *batch);

MUST_USE static inline int map_batch_add(struct map_batch *batch, uint64_t address,
                                         const struct page *page, unsigned rights)
{
    unsigned region = page_region(page), last = batch->count;
    uint64_t offset = page_offset(page);

    if (last == BATCH_PAGES || (last > 0 && (region != batch->region || rights != batch->rights))) {
        int error = map_batch_flush(batch);
        if (error < 0)
            return error;
        last = 0;
    }
    batch->region = region;
    batch->rights = rights;
    if (last == 0 || batch->pages[last - 1].address + PAGE_BYTES != address ||
        batch->pages[last - 1].offset + PAGE_BYTES != offset)
        batch->runs++;
    batch->pages[last].address = address;
    batch->pages[last].offset = offset;
    batch->count = last + 1;
    return 0;
}

void guest_space_unmap(struct guest_space *space, uint64_t start, uint64_t end);

/* Maps in `child` what is mapped in `parent` of one Region, without write rights on either side.
   -ENOMEM when the child's nodes are exhausted: part of it is mapped. */
MUST_USE int guest_space_clone(struct guest_space *child, struct guest_space *parent,
                               unsigned region, uint64_t start, uint64_t end);

/* Forgets every mapping and has all nodes free again. */
void guest_space_clear(struct guest_space *space);
