/**
 * chacha20.c - chacha20.h, after RFC 8439 sections 2.1 to 2.3.
 */
#include "lib/base/chacha20.h"

#include "lib/base/check.h"
#include "lib/base/string.h"

#define STATE_WORDS   16u
#define DOUBLE_ROUNDS 10u

static uint32_t load_32(const uint8_t *bytes)
{
    return (uint32_t)bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 |
           (uint32_t)bytes[3] << 24;
}

static void store_32(uint8_t *bytes, uint32_t value)
{
    bytes[0] = (uint8_t)value;
    bytes[1] = (uint8_t)(value >> 8);
    bytes[2] = (uint8_t)(value >> 16);
    bytes[3] = (uint8_t)(value >> 24);
}

static uint32_t rotate_left(uint32_t value, unsigned count)
{
    return value << count | value >> (32 - count);
}

static void quarter_round(uint32_t *a, uint32_t *b, uint32_t *c, uint32_t *d)
{
    *a += *b, *d = rotate_left(*d ^ *a, 16);
    *c += *d, *b = rotate_left(*b ^ *c, 12);
    *a += *b, *d = rotate_left(*d ^ *a, 8);
    *c += *d, *b = rotate_left(*b ^ *c, 7);
}

static void double_round(uint32_t w[STATE_WORDS])
{
    quarter_round(&w[0], &w[4], &w[8], &w[12]);
    quarter_round(&w[1], &w[5], &w[9], &w[13]);
    quarter_round(&w[2], &w[6], &w[10], &w[14]);
    quarter_round(&w[3], &w[7], &w[11], &w[15]);
    quarter_round(&w[0], &w[5], &w[10], &w[15]);
    quarter_round(&w[1], &w[6], &w[11], &w[12]);
    quarter_round(&w[2], &w[7], &w[8], &w[13]);
    quarter_round(&w[3], &w[4], &w[9], &w[14]);
}

void chacha20_block(uint8_t block[CHACHA20_BLOCK_BYTES], const uint8_t key[CHACHA20_KEY_BYTES],
                    uint32_t counter, const uint8_t nonce[CHACHA20_NONCE_BYTES])
{
    uint32_t start[STATE_WORDS] = {0x61707865, 0x3320646e, 0x79622d32, 0x6b206574};
    uint32_t mixed[STATE_WORDS];
    for (unsigned word = 0; word < CHACHA20_KEY_BYTES / 4; word++)
        start[4 + word] = load_32(key + 4 * word);
    start[12] = counter;
    for (unsigned word = 0; word < CHACHA20_NONCE_BYTES / 4; word++)
        start[13 + word] = load_32(nonce + 4 * word);
    memcpy(mixed, start, sizeof mixed);
    for (unsigned round = 0; round < DOUBLE_ROUNDS; round++)
        double_round(mixed);
    for (unsigned word = 0; word < STATE_WORDS; word++)
        store_32(block + 4 * word, start[word] + mixed[word]);
}

/** Fill the pool from the key, and replace the key by the pool's first bytes, erased there. */
static void random_refill(struct random *random)
{
    static const uint8_t nonce[CHACHA20_NONCE_BYTES];
    for (uint32_t block = 0; block < RANDOM_BLOCKS; block++)
        chacha20_block(random->pool + block * CHACHA20_BLOCK_BYTES, random->key, block, nonce);
    memcpy(random->key, random->pool, sizeof random->key);
    memset(random->pool, 0, sizeof random->key);
    random->used = sizeof random->key;
}

void random_init(struct random *random, const uint8_t seed[CHACHA20_KEY_BYTES])
{
    memcpy(random->key, seed, sizeof random->key);
    random_refill(random);
}

void random_stir(struct random *random, const void *data, size_t size)
{
    const uint8_t *bytes = data;
    do {
        size_t chunk = size < sizeof random->key ? size : sizeof random->key;
        for (size_t at = 0; at < chunk; at++)
            random->key[at] ^= bytes[at];
        random_refill(random);
        bytes += chunk;
        size -= chunk;
    } while (size > 0);
}

void random_read(struct random *random, void *data, size_t size)
{
    uint8_t *bytes = data;
    while (size > 0) {
        ASSERT(random->used >= sizeof random->key && random->used <= sizeof random->pool);
        if (random->used == sizeof random->pool)
            random_refill(random);
        size_t rest = sizeof random->pool - random->used;
        size_t chunk = size < rest ? size : rest;
        memcpy(bytes, random->pool + random->used, chunk);
        memset(random->pool + random->used, 0, chunk);
        random->used += chunk;
        bytes += chunk;
        size -= chunk;
    }
}
