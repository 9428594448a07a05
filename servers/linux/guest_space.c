/*
 * guest_space.c - calls on the kernel's Spaces; see guest_space.h.
 *
 * Range calls of the kernel do a bounded piece and say how far they came; the loops here go on from
 * there. A status that neither memory nor a guest can cause is an ASSERT.
 */
#include <corm/kernel_calls.h>

#include "servers/linux/guest_space.h"
#include "servers/linux/memory.h"
#include "servers/linux/objects.h"

#define SPACE_FIRST_CHUNK (1 + MEMORY_REGIONS_MAX)
#define SMALL_CHUNKS      2 /* the first ones of a Space */
#define RUN_MIN           3 /* neighbours that are worth a range call */
#define LIST_MAX          7
#define LIST_OFFSET_BITS  28

static struct {
    struct spin spin;
    struct guest_space *free;
    uint64_t incarnations;
} pool;

static enum chunk_class chunk_class_of(unsigned index)
{
    return index < SMALL_CHUNKS ? CHUNK_SMALL : CHUNK_LARGE;
}

static bool add_chunk(struct guest_space *space)
{
    unsigned index = space->chunk_count;
    if (index == SPACE_CHUNKS_MAX)
        return false;
    cap_t chunk = objects_take_chunk(chunk_class_of(index));
    if (chunk == CAP_NONE)
        return false;
    status_t status = space_donate(space->cap, SPACE_FIRST_CHUNK + index, chunk);
    ASSERT(status == OK);
    space->chunks[index] = chunk;
    space->chunk_count++;
    return true;
}

static void drop_chunk(struct guest_space *space)
{
    unsigned index = --space->chunk_count;
    status_t status = space_detach(space->cap, SPACE_FIRST_CHUNK + index);
    ASSERT(status == OK);
    objects_give_chunk(space->chunks[index], chunk_class_of(index));
}

static struct guest_space *make(void)
{
    struct guest_space *space = heap_alloc(sizeof(*space));
    if (!space)
        return NULL;
    space->cap = objects_make_space();
    if (space->cap != CAP_NONE)
        return space;
    heap_free(space);
    return NULL;
}

struct guest_space *guest_space_take(void)
{
    spin_lock(&pool.spin);
    struct guest_space *space = pool.free;
    if (space)
        pool.free = space->next_free;
    uint64_t incarnation = ++pool.incarnations;
    spin_unlock(&pool.spin);
    if (!space)
        space = make();
    if (!space)
        return NULL;
    space->incarnation = incarnation;
    if (add_chunk(space))
        return space;
    guest_space_give(space);
    return NULL;
}

/* The last chunk to go is the first: it holds the root. */
void guest_space_give(struct guest_space *space)
{
    while (space->chunk_count > 0)
        drop_chunk(space);
    spin_lock(&pool.spin);
    space->next_free = pool.free;
    pool.free = space;
    spin_unlock(&pool.spin);
}

static void attach(struct guest_space *space, unsigned region)
{
    if (space->attached >> region & 1)
        return;
    status_t status =
        space_attach(space->cap, 1 + region, memory_regions[region].slot, 0, GUEST_ADDRESS_END);
    ASSERT(status == OK);
    space->attached |= 1ull << region;
}

/* Maps a run of pages that are neighbours on both sides. Less than the 2 MiB at which the kernel
   would use one large entry, which could not be unmapped in part. */
static int map_run(struct map_batch *batch, unsigned first, unsigned count)
{
    uint64_t done = 0, bytes = (uint64_t)count << PAGE_SHIFT;

    while (bytes > 0) {
        status_t status =
            space_map(batch->space->cap, 1 + batch->region, batch->pages[first].offset + done,
                      batch->pages[first].address + done, bytes, batch->rights, &done);
        if (status == NO_MEMORY && add_chunk(batch->space)) {
            done = 0;
            continue;
        }
        if (status == NO_MEMORY)
            return -ENOMEM;
        ASSERT(status == OK && done <= bytes);
        first += (unsigned)(done >> PAGE_SHIFT);
        bytes -= done;
        done = 0;
    }
    return 0;
}

/* Maps up to seven pages wherever they lie; *done is how many. */
static int map_scattered(struct map_batch *batch, unsigned first, unsigned count, unsigned *done)
{
    uint64_t pair[LIST_MAX] = {0};
    uint64_t control = (1 + batch->region) | batch->rights << 8;
    uint64_t mapped;

    for (unsigned i = 0; i < count && i < LIST_MAX; i++)
        pair[i] = (batch->pages[first + i].address >> PAGE_SHIFT) << LIST_OFFSET_BITS |
                  batch->pages[first + i].offset >> PAGE_SHIFT;
    for (;;) {
        status_t status = space_map_list(batch->space->cap, control, pair[0], pair[1], pair[2],
                                         pair[3], pair[4], pair[5], pair[6], &mapped);
        if (status == OK)
            break;
        ASSERT(status == NO_MEMORY);
        if (!add_chunk(batch->space))
            return -ENOMEM;
    }
    *done = (unsigned)mapped;
    return 0;
}

/* How many pages from `first` on are neighbours on both sides. */
static unsigned run_length(const struct map_batch *batch, unsigned first)
{
    unsigned length = 1;
    while (first + length < batch->count &&
           batch->pages[first + length].address ==
               batch->pages[first].address + ((uint64_t)length << PAGE_SHIFT) &&
           batch->pages[first + length].offset ==
               batch->pages[first].offset + ((uint64_t)length << PAGE_SHIFT))
        length++;
    return length;
}

int map_batch_flush(struct map_batch *batch)
{
    int error = 0;

    if (batch->count == 0)
        return 0;
    attach(batch->space, batch->region);
    for (unsigned at = 0; at < batch->count && error == 0;) {
        unsigned run = run_length(batch, at);
        if (run >= RUN_MIN || run == batch->count) {
            error = map_run(batch, at, run);
        } else {
            unsigned count = run;
            while (at + count < batch->count && run_length(batch, at + count) < RUN_MIN)
                count++;
            error = map_scattered(batch, at, count, &run);
        }
        at += run;
    }
    batch->count = 0;
    return error;
}

int map_batch_add(struct map_batch *batch, uint64_t address, struct page *page, unsigned rights)
{
    unsigned region = page_region(page);
    int error = 0;

    if (batch->count == BATCH_PAGES ||
        (batch->count > 0 && (region != batch->region || rights != batch->rights)))
        error = map_batch_flush(batch);
    batch->region = region;
    batch->rights = rights;
    batch->pages[batch->count].address = address;
    batch->pages[batch->count].offset = page_offset(page);
    batch->count++;
    return error;
}

void guest_space_unmap(struct guest_space *space, uint64_t start, uint64_t end)
{
    while (start < end) {
        uint64_t done;
        status_t status = space_unmap(space->cap, start, end - start, &done);
        ASSERT(status == OK && done > 0);
        start += done;
    }
}

int guest_space_clone(struct guest_space *child, struct guest_space *parent, unsigned region,
                      uint64_t start, uint64_t end)
{
    attach(child, region);
    while (start < end) {
        uint64_t done;
        status_t status = space_clone_range(parent->cap, 1 + region, child->cap, start, end - start,
                                            1 /* write-protect */, &done);
        if (status == NO_MEMORY && add_chunk(child))
            continue;
        if (status == NO_MEMORY)
            return -ENOMEM;
        ASSERT(status == OK && done > 0);
        start += done;
    }
    return 0;
}

void guest_space_clear(struct guest_space *space)
{
    while (space->chunk_count > 1)
        drop_chunk(space);
    status_t status = space_detach(space->cap, SPACE_FIRST_CHUNK);
    ASSERT(status == OK);
    status = untyped_reset(space->chunks[0]);
    ASSERT(status == OK);
    status = space_donate(space->cap, SPACE_FIRST_CHUNK, space->chunks[0]);
    ASSERT(status == OK);
    spin_lock(&pool.spin);
    space->incarnation = ++pool.incarnations;
    spin_unlock(&pool.spin);
}
