/**
 * chacha20.h - the ChaCha20 block function (RFC 8439) and a random generator on top of it.
 *
 * The generator erases its key at every refill ("fast key erasure"): who reads its memory learns
 * nothing about numbers that it has handed out before. It must be seeded from hardware before use;
 * there is no default seed. No lock of its own.
 */
#pragma once

#include "lib/base/types.h"

#define CHACHA20_KEY_BYTES   32u
#define CHACHA20_NONCE_BYTES 12u
#define CHACHA20_BLOCK_BYTES 64u

/** chacha20_block - one block of key stream, RFC 8439 section 2.3. */
void chacha20_block(uint8_t block[CHACHA20_BLOCK_BYTES], const uint8_t key[CHACHA20_KEY_BYTES],
                    uint32_t counter, const uint8_t nonce[CHACHA20_NONCE_BYTES]);

#define RANDOM_BLOCKS 4u

/** pool[0 .. used) is zero: handed out, or the key's part, and erased. */
struct random {
    uint8_t key[CHACHA20_KEY_BYTES];
    uint8_t pool[RANDOM_BLOCKS * CHACHA20_BLOCK_BYTES];
    size_t used;
};

/** random_init - start from @seed, which must be unpredictable in all of its bits. */
void random_init(struct random *random, const uint8_t seed[CHACHA20_KEY_BYTES]);

/** random_stir - mix @size further bytes of any quality into the state; never weakens it. */
void random_stir(struct random *random, const void *data, size_t size);

/** random_read - write @size unpredictable bytes to @data. */
void random_read(struct random *random, void *data, size_t size);
