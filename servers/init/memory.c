/**
 * memory.c - carving the machine's free memory.
 */
#include "servers/init/memory.h"

#include "lib/base/bits.h"

#define PIECE_LOG2_MIN 12
#define PIECE_LOG2_MAX 47

void memory_init(struct memory *memory, const struct bootinfo *boot)
{
    memory->count = 0;
    for (uint32_t i = 0; i < boot->count_memory; i++) {
        if (boot->memory[i].kind != BOOTINFO_MEMORY_FREE)
            continue;
        memory->pools[memory->count++] = (struct memory_pool){
            .slot = INIT_SLOT_FIRST_UNTYPED + i,
            .size_bytes = BIT(boot->memory[i].size_log2),
        };
    }
}

/** Bytes that @pool has left after giving out 2^@size_log2; -1 if it has no room. */
static int64_t left_after(const struct memory_pool *pool, unsigned size_log2)
{
    const uint64_t start = align_up(pool->used_bytes, BIT(size_log2));
    if (!range_within(start, BIT(size_log2), pool->size_bytes))
        return -1;
    return (int64_t)(pool->size_bytes - start - BIT(size_log2));
}

struct memory_pool *memory_take(struct memory *memory, unsigned size_log2)
{
    struct memory_pool *best = NULL;
    int64_t best_left = INT64_MAX;
    for (uint32_t i = 0; i < memory->count; i++) {
        const int64_t left = left_after(&memory->pools[i], size_log2);
        if (left >= 0 && left < best_left) {
            best = &memory->pools[i];
            best_left = left;
        }
    }
    if (best != NULL)
        best->used_bytes = best->size_bytes - (uint64_t)best_left;
    return best;
}

uint64_t memory_free_bytes(const struct memory *memory)
{
    uint64_t bytes = 0;
    for (uint32_t i = 0; i < memory->count; i++)
        bytes += memory->pools[i].size_bytes - memory->pools[i].used_bytes;
    return bytes;
}

uint64_t memory_given_bytes(const struct memory *memory)
{
    uint64_t bytes = 0;
    for (uint32_t i = 0; i < memory->count; i++)
        bytes += memory->pools[i].used_bytes;
    return bytes;
}

/** The piece that starts at @used bytes of a pool: as large as its place allows. */
static unsigned piece_log2(uint64_t used, uint64_t size)
{
    return used == 0 ? bits_highest(size) : bits_lowest(used);
}

/** The pieces of what @pool has left that have at least 2^@min_log2 bytes, and up to *@halves of
 * those of half that size, which are counted down; @pieces may be NULL. */
static uint32_t list_pieces(const struct memory_pool *pool, unsigned min_log2, uint32_t *halves,
                            struct memory_piece *pieces)
{
    uint32_t count = 0;
    uint64_t used = align_up(pool->used_bytes, BIT(PIECE_LOG2_MIN));
    while (used < pool->size_bytes) {
        const unsigned log2 = piece_log2(used, pool->size_bytes);
        used += BIT(log2);
        if (log2 + 1 == min_log2 && *halves > 0)
            --*halves;
        else if (log2 < min_log2)
            continue;
        if (pieces != NULL)
            pieces[count] = (struct memory_piece){.pool_slot = pool->slot, .size_log2 = log2};
        count++;
    }
    return count;
}

static uint32_t count_pieces(const struct memory *memory, unsigned min_log2)
{
    uint32_t count = 0, halves = 0;
    for (uint32_t i = 0; i < memory->count; i++)
        count += list_pieces(&memory->pools[i], min_log2, &halves, NULL);
    return count;
}

uint32_t memory_take_rest(struct memory *memory, struct memory_piece *pieces, uint32_t max)
{
    unsigned min_log2 = PIECE_LOG2_MIN;
    while (count_pieces(memory, min_log2) > max && min_log2 < PIECE_LOG2_MAX)
        min_log2++;
    uint32_t count = 0, halves = max - count_pieces(memory, min_log2);
    for (uint32_t i = 0; i < memory->count; i++) {
        struct memory_pool *pool = &memory->pools[i];
        const uint32_t found = list_pieces(pool, min_log2, &halves, pieces + count);
        if (found > 0) /* the last piece ends where the pool ends */
            pool->used_bytes = pool->size_bytes;
        count += found;
    }
    return count;
}
