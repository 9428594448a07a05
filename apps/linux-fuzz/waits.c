/*
 * waits.c - words that threads wait on, alone or several at once, and restartable sequences; see
 * value_parts.h.
 */
#include "apps/linux-fuzz/value_parts.h"

#include <linux/futex.h>
#include <linux/rseq.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/sem.h>

#include "apps/linux-fuzz/owned.h"
#include "apps/linux-fuzz/raw.h"

#define SHARED_WORDS 8 /* at the start of the arena's shared pages */
#define RSEQ_BYTES   32
#define HALF_BITS    32

uint32_t value_word(unsigned half) { return (uint32_t)(owned_word() >> half * HALF_BITS); }

uint64_t value_word_address(struct values *values)
{
    if (random_percent(&values->random, 60))
        return ARENA_AT + 16 * PAGE + random_below(&values->random, SHARED_WORDS) * 4;
    return (uint64_t)value_room(values, 16);
}

uint64_t value_waits(struct values *values)
{
    struct random *random = &values->random;
    struct futex_waitv *list = value_room(values, VECTORS_MAX * sizeof(*list));

    for (unsigned i = 0; i < VECTORS_MAX; i++) {
        uint64_t at = random_percent(random, 3)
                          ? value_wild_pointer(random)
                          : ARENA_AT + 16 * PAGE + random_below(random, SHARED_WORDS) * 4;
        list[i] = (struct futex_waitv){
            .val = random_percent(random, 90) ? value_word(at / 4 % 2) : 0,
            .uaddr = at,
            .flags = FUTEX_32 | (random_percent(random, 40) ? FUTEX_PRIVATE_FLAG : 0)};
        if (random_percent(random, 2))
            list[i].flags = (uint32_t)random_number(random);
    }
    return (uint64_t)list;
}

uint64_t value_semaphores(struct values *values)
{
    struct random *random = &values->random;
    struct sembuf *list = value_room(values, VECTORS_MAX * sizeof(*list));

    for (unsigned i = 0; i < VECTORS_MAX; i++)
        list[i] = (struct sembuf){.sem_num = (unsigned short)random_below(random, 4),
                                  .sem_op = (short)((int)random_below(random, 5) - 2),
                                  .sem_flg = (short)((random_percent(random, 60) ? IPC_NOWAIT : 0) |
                                                     (random_percent(random, 40) ? SEM_UNDO : 0))};
    return (uint64_t)list;
}

uint64_t value_typed_message(struct values *values)
{
    const size_t bytes = random_below(&values->random, 200);
    uint64_t *to = value_room(values, sizeof(*to) + bytes);

    to[0] = 1 + random_below(&values->random, 3);
    owned_fill(to + 1, bytes);
    values->buffer_bytes = bytes;
    return (uint64_t)to;
}

/* A sequence that holds the instructions of all our calls; where it ends it may not, for nothing
   there is marked as such an end. */
static uint64_t sequence(struct values *values)
{
    struct random *random = &values->random;
    uint64_t at = (uint64_t)value_room(values, 2 * RSEQ_BYTES);
    struct rseq_cs *to = (struct rseq_cs *)((at + RSEQ_BYTES - 1) & ~(uint64_t)(RSEQ_BYTES - 1));

    *to =
        (struct rseq_cs){.flags = random_percent(random, 20) ? (uint32_t)random_number(random) : 0,
                         .start_ip = (uint64_t)raw_clone & ~(PAGE - 1),
                         .post_commit_offset = random_below(random, 8) * PAGE,
                         .abort_ip = (uint64_t)raw_clone + random_below(random, PAGE)};
    if (random_percent(random, 20))
        ((uint64_t *)to)[random_below(random, 4)] = random_number(random);
    return (uint64_t)to;
}

uint64_t value_rseq(struct values *values)
{
    struct random *random = &values->random;
    uint64_t at = (uint64_t)value_room(values, 2 * RSEQ_BYTES);
    uint64_t *to = (uint64_t *)((at + RSEQ_BYTES - 1) & ~(uint64_t)(RSEQ_BYTES - 1));
    const bool in_arena = random_percent(random, 50);

    if (in_arena) /* calls to come leave it alone, mostly */
        to = (uint64_t *)(ARENA_AT + random_below(random, 16) * PAGE + 2 * RSEQ_BYTES);
    else
        to[1] = random_percent(random, 70) ? sequence(values) : value_wild_pointer(random);
    return (uint64_t)to;
}
