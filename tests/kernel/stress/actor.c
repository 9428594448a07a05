/**
 * actor.c - what workers and servers have in common: checks, generators, patterns.
 */
#include "tests/kernel/stress/stress.h"

#include "lib/base/fmt.h"
#include "lib/base/string.h"
#include "machine/vector.h"
#include "tests/kernel/contract/raw.h"

#define SERVER_FIRST 16u

struct shared *shared;

static uint32_t own_index;
static bool counts;

void actor_main(void *argument)
{
    const uint32_t index = (uint32_t)(uintptr_t)argument;
    shared = (struct shared *)ACTOR_SHARED;
    if (index >= SERVER_FIRST)
        server_run(index - SERVER_FIRST);
    own_index = index;
    counts = true;
    worker_run(index);
}

void actor_failed(const char *file, int line, const char *what, uint64_t value, uint64_t wanted)
{
    if (__atomic_exchange_n(&shared->failed, 1, __ATOMIC_RELAXED) == 0) {
        fmt_buffer(shared->failure, sizeof(shared->failure),
                   "worker %u: %s:%d: %s: %lx and not %lx", own_index, file, line, what, value,
                   wanted);
        __atomic_store_n(&shared->failed, 2, __ATOMIC_RELEASE);
    }
    status_ignore(ipc_signal(ACTOR_REPORT), "the controller looks at `failed` too");
    for (;;)
        ipc_yield();
}

void actor_want_equal(uint64_t value, uint64_t wanted, const char *file, int line, const char *what)
{
    if (value != wanted)
        actor_failed(file, line, what, value, wanted);
}

void actor_count(void)
{
    if (!counts)
        return;
    __atomic_store_n(&shared->operations[own_index], shared->operations[own_index] + 1,
                     __ATOMIC_RELAXED);
}

void actor_did(uint64_t value, uint64_t wanted, const char *file, int line, const char *what)
{
    actor_want_equal(value, wanted, file, line, what);
    actor_count();
}

status_t actor_did_one_of(status_t status, uint64_t mask, const char *file, int line,
                          const char *what)
{
    if ((uint64_t)status >= 64 || (mask & BIT(status)) == 0)
        actor_failed(file, line, what, status, mask);
    actor_count();
    return status;
}

/* xorshift64*, by Vigna. */
uint64_t generator_next(struct generator *generator)
{
    uint64_t x = generator->state;
    x ^= x >> 12;
    x ^= x << 25;
    x ^= x >> 27;
    generator->state = x;
    return x * 0x2545f4914f6cdd1dull;
}

void generator_begin(struct generator *generator, uint64_t seed, uint64_t stream)
{
    generator->state = (seed + 1) * 0x9e3779b97f4a7c15ull ^ (stream + 1) * 0xd1b54a32d192ed03ull;
    if (generator->state == 0)
        generator->state = 1;
    for (uint32_t i = 0; i < 8; i++)
        (void)generator_next(generator);
}

static uint32_t pattern_bytes(void)
{
    return vectors_whole() ? RAW_VECTOR_BYTES : VECTOR_AREA_BYTES;
}

static void pattern(uint8_t (*vectors)[RAW_VECTOR_BYTES], uint8_t seed)
{
    memset(vectors, 0, RAW_VECTORS * RAW_VECTOR_BYTES);
    for (uint32_t i = 0; i < RAW_VECTORS; i++)
        memset(vectors[i], seed + (int)i, pattern_bytes());
}

void vectors_fill(uint8_t seed)
{
    uint8_t vectors[RAW_VECTORS][RAW_VECTOR_BYTES];
    pattern(vectors, seed);
    raw_vector_load(vectors, vectors_whole());
}

bool vectors_hold(uint8_t seed)
{
    uint8_t vectors[RAW_VECTORS][RAW_VECTOR_BYTES];
    uint8_t wanted[RAW_VECTORS][RAW_VECTOR_BYTES];
    memset(vectors, 0, sizeof(vectors));
    pattern(wanted, seed);
    raw_vector_store(vectors, vectors_whole());
    return memcmp(vectors, wanted, sizeof(vectors)) == 0;
}
