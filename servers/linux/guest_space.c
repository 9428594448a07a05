/*
 * guest_space.c - calls on the kernel's Spaces; see guest_space.h.
 *
 * Range calls of the kernel do a bounded piece and say how far they came; the loops here go on from
 * there. A status that neither memory nor a guest can cause is an ASSERT.
 *
 * Chunks: the first ones are small and stay with the Space for ever; a static program needs no
 * others. Taking any chunk away empties the whole Space at once (object.def, detach), so emptying
 * is taking the last of those away and giving it back. Some more small ones and then large ones
 * come when they are needed, and go when the Space is emptied.
 */
#include <corm/kernel_calls.h>

#include "native/cache.h"
#include "servers/linux/guest_space.h"
#include "servers/linux/memory.h"
#include "servers/linux/objects.h"
#include "servers/linux/vma.h"

#define SPACE_FIRST_CHUNK (1 + MEMORY_REGIONS_MAX)
#define RUN_MIN           3 /* neighbours that are worth a range call */
#define LIST_MAX          7
#define LIST_OFFSET_BITS  28

#define OWN_CHUNKS   3 /* of a pooled Space */
#define SMALL_CHUNKS 5

STATIC_ASSERT(SPACE_FIRST_CHUNK + SPACE_CHUNKS_MAX <= 64, "a Space has slots for all chunks");

static struct {
    struct spin spin;
    struct guest_space *free;
    uint64_t made;
    uint64_t chunks; /* of those in the pool */
} pool;

static enum chunk_class chunk_class_of(unsigned index)
{
    return index < SMALL_CHUNKS ? CHUNK_SMALL : CHUNK_LARGE;
}

static void donate(struct guest_space *space, unsigned index)
{
    status_t status = space_donate(space->cap, SPACE_FIRST_CHUNK + index, space->chunks[index]);
    ASSERT(status == OK);
}

static void detach(struct guest_space *space, unsigned index)
{
    status_t status = space_detach(space->cap, SPACE_FIRST_CHUNK + index);
    ASSERT(status == OK);
}

static bool add_chunk(struct guest_space *space)
{
    unsigned index = space->chunk_count;
    if (index == SPACE_CHUNKS_MAX)
        return false;
    space->chunks[index] = objects_take_chunk(chunk_class_of(index));
    if (space->chunks[index] == CAP_NONE)
        return false;
    donate(space, index);
    space->chunk_count++;
    return true;
}

static void drop_chunk(struct guest_space *space)
{
    unsigned index = --space->chunk_count;
    detach(space, index);
    objects_give_chunk(space->chunks[index], chunk_class_of(index));
}

void guest_space_clear(struct guest_space *space)
{
    bool emptied = false;
    for (; space->chunk_count > OWN_CHUNKS; emptied = true)
        drop_chunk(space);
    if (emptied)
        return;
    detach(space, OWN_CHUNKS - 1);
    status_t status = untyped_reset(space->chunks[OWN_CHUNKS - 1]);
    ASSERT(status == OK);
    donate(space, OWN_CHUNKS - 1);
}

uint64_t guest_space_count_made(void) { return __atomic_load_n(&pool.made, __ATOMIC_RELAXED); }

uint64_t guest_space_pooled_chunks(void) { return __atomic_load_n(&pool.chunks, __ATOMIC_RELAXED); }

/* What cannot be completed is kept for the next attempt: kernel objects are never given back. */
static struct guest_space *make(void)
{
    struct guest_space *space = heap_alloc(sizeof(*space));
    if (!space)
        return NULL;
    space->cap = objects_make_space();
    if (space->cap == CAP_NONE) {
        heap_free(space);
        return NULL;
    }
    spin_lock(&pool.spin, LOCK_LEAF);
    space->number = ++pool.made;
    spin_unlock(&pool.spin, LOCK_LEAF);
    return space;
}

static void put_into_pool(struct guest_space *space)
{
    spin_lock(&pool.spin, LOCK_LEAF);
    space->next_free = pool.free;
    pool.free = space;
    pool.chunks += space->chunk_count;
    spin_unlock(&pool.spin, LOCK_LEAF);
}

struct guest_space *guest_space_take(void)
{
    spin_lock(&pool.spin, LOCK_LEAF);
    struct guest_space *space = pool.free;
    if (space) {
        pool.free = space->next_free;
        pool.chunks -= space->chunk_count;
    }
    spin_unlock(&pool.spin, LOCK_LEAF);
    if (!space)
        space = make();
    while (space && space->chunk_count < OWN_CHUNKS) {
        if (!add_chunk(space)) {
            put_into_pool(space);
            return NULL;
        }
    }
    return space;
}

void guest_space_give(struct guest_space *space)
{
    guest_space_clear(space);
    put_into_pool(space);
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

static int map_run(struct map_batch *batch, const struct map_run *run)
{
    uint64_t offset = run->offset, address = run->address, bytes = run->pages << PAGE_SHIFT;

    while (bytes > 0) {
        uint64_t done;
        status_t status = space_map(batch->space->cap, 1 + batch->region, offset, address, bytes,
                                    batch->rights, &done);
        if (status == NO_MEMORY && add_chunk(batch->space))
            continue;
        if (status == NO_MEMORY)
            return -ENOMEM;
        ASSERT(status == OK && done <= bytes);
        offset += done;
        address += done;
        bytes -= done;
    }
    return 0;
}

/* Takes `pages` away from the front of the runs from *at on. */
static void consume(struct map_batch *batch, unsigned *at, uint64_t pages)
{
    while (pages > 0) {
        struct map_run *run = &batch->runs[*at];
        uint64_t taken = run->pages < pages ? run->pages : pages;
        run->address += taken << PAGE_SHIFT;
        run->offset += taken << PAGE_SHIFT;
        run->pages -= taken;
        pages -= taken;
        if (run->pages == 0)
            ++*at;
    }
}

/* Maps up to seven pages of the short runs from *at on. */
static int map_scattered(struct map_batch *batch, unsigned *at)
{
    uint64_t pair[LIST_MAX] = {0};
    uint64_t control = (1 + batch->region) | batch->rights << 8;
    uint64_t mapped;
    unsigned count = 0;

    for (unsigned i = *at; i < batch->count && batch->runs[i].pages < RUN_MIN; i++)
        for (uint64_t page = 0; page < batch->runs[i].pages && count < LIST_MAX; page++)
            pair[count++] = ((batch->runs[i].address >> PAGE_SHIFT) + page) << LIST_OFFSET_BITS |
                            ((batch->runs[i].offset >> PAGE_SHIFT) + page);
    for (;;) {
        status_t status = space_map_list(batch->space->cap, control, pair[0], pair[1], pair[2],
                                         pair[3], pair[4], pair[5], pair[6], &mapped);
        if (status == OK)
            break;
        ASSERT(status == NO_MEMORY);
        if (!add_chunk(batch->space))
            return -ENOMEM;
    }
    consume(batch, at, mapped);
    return 0;
}

/* What the server, or another guest, has put into these pages may be code. */
static void will_execute(const struct map_batch *batch)
{
    const char *start = (const char *)memory_regions[batch->region].address;

    for (unsigned i = 0; i < batch->count; i++)
        cache_will_execute(start + batch->runs[i].offset, batch->runs[i].pages << PAGE_SHIFT);
}

/* Long runs, and one that is alone, by range calls; the rest by lists. */
int map_batch_flush(struct map_batch *batch)
{
    int error = 0;

    if (batch->count == 0)
        return 0;
    attach(batch->space, batch->region);
    if (!CACHE_FOLLOWS_STORES && batch->rights & PROT_EXEC)
        will_execute(batch);
    if (batch->count == 1) {
        error = map_run(batch, batch->runs);
        batch->count = 0;
    }
    for (unsigned at = 0; at < batch->count && error == 0;) {
        if (batch->runs[at].pages >= RUN_MIN || batch->count - at == 1)
            error = map_run(batch, &batch->runs[at++]);
        else
            error = map_scattered(batch, &at);
    }
    batch->count = 0;
    batch->next_data = NULL;
    return error;
}

int map_batch_begin_run(struct map_batch *batch, uint64_t address, const struct page *page,
                        unsigned rights)
{
    unsigned region = page_region(page);

    if (batch->count == BATCH_RUNS ||
        (batch->count > 0 && (region != batch->region || rights != batch->rights))) {
        int error = map_batch_flush(batch);
        if (error < 0)
            return error;
    }
    batch->region = region;
    batch->rights = rights;
    batch->runs[batch->count++] = (struct map_run){address, page_offset(page), 1};
    batch->next_address = address + PAGE_BYTES;
    batch->next_data = (const char *)page_data(page) + PAGE_BYTES;
    return 0;
}

void guest_space_unmap(struct guest_space *space, uint64_t start, uint64_t end)
{
    while (start < end) {
        uint64_t done;
        status_t status = space_unmap(space->cap, start, end - start, &done);
        ASSERT(status == OK && done > 0);
        start += done;
        if (start < end)
            call_must_go_on();
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
        if (start < end)
            call_must_go_on();
    }
    return 0;
}
