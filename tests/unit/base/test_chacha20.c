/**
 * test_chacha20.c - the block function against RFC 8439, and the generator's promises.
 */
#include "lib/base/chacha20.h"

#include <string.h>

#include "tests/unit/unit.h"

TEST("the block function gives the test vector of RFC 8439 section 2.3.2")
{
    static const uint8_t nonce[CHACHA20_NONCE_BYTES] = {0, 0, 0, 9, 0, 0, 0, 0x4a, 0, 0, 0, 0};
    static const uint8_t expected[CHACHA20_BLOCK_BYTES] = {
        0x10, 0xf1, 0xe7, 0xe4, 0xd1, 0x3b, 0x59, 0x15, 0x50, 0x0f, 0xdd, 0x1f, 0xa3,
        0x20, 0x71, 0xc4, 0xc7, 0xd1, 0xf4, 0xc7, 0x33, 0xc0, 0x68, 0x03, 0x04, 0x22,
        0xaa, 0x9a, 0xc3, 0xd4, 0x6c, 0x4e, 0xd2, 0x82, 0x64, 0x46, 0x07, 0x9f, 0xaa,
        0x09, 0x14, 0xc2, 0xd7, 0x05, 0xd9, 0x8b, 0x02, 0xa2, 0xb5, 0x12, 0x9c, 0xd1,
        0xde, 0x16, 0x4e, 0xb9, 0xcb, 0xd0, 0x83, 0xe8, 0xa2, 0x50, 0x3c, 0x4e,
    };
    uint8_t key[CHACHA20_KEY_BYTES], block[CHACHA20_BLOCK_BYTES];
    for (unsigned at = 0; at < sizeof key; at++)
        key[at] = (uint8_t)at;
    chacha20_block(block, key, 1, nonce);
    CHECK(memcmp(block, expected, sizeof block) == 0);
}

TEST("the block function gives the zero-key vector of RFC 8439 appendix A.1")
{
    static const uint8_t zero[CHACHA20_KEY_BYTES];
    static const uint8_t expected[8] = {0x76, 0xb8, 0xe0, 0xad, 0xa0, 0xf1, 0x3d, 0x90};
    uint8_t block[CHACHA20_BLOCK_BYTES];
    chacha20_block(block, zero, 0, zero);
    CHECK(memcmp(block, expected, sizeof expected) == 0);
}

static void seeded(struct random *random, uint8_t first)
{
    uint8_t seed[CHACHA20_KEY_BYTES] = {first};
    random_init(random, seed);
}

TEST("equal seeds give equal numbers however they are cut, and other seeds give others")
{
    struct random one, two, other;
    uint8_t whole[1000], pieces[1000], different[1000];
    seeded(&one, 1);
    seeded(&two, 1);
    seeded(&other, 2);
    random_read(&one, whole, sizeof whole);
    random_read(&other, different, sizeof different);
    for (size_t at = 0; at < sizeof pieces;) {
        size_t chunk = unit_random_below(70);
        if (chunk > sizeof pieces - at)
            chunk = sizeof pieces - at;
        random_read(&two, pieces + at, chunk);
        at += chunk;
    }
    CHECK(memcmp(whole, pieces, sizeof whole) == 0);
    CHECK(memcmp(whole, different, sizeof whole) != 0);
}

/** @needle occurs somewhere in the memory of @random. */
static bool remembers(const struct random *random, const uint8_t *needle, size_t size)
{
    const uint8_t *memory = (const uint8_t *)random;
    for (size_t at = 0; at + size <= sizeof *random; at++)
        if (memcmp(memory + at, needle, size) == 0)
            return true;
    return false;
}

TEST("the generator keeps neither its seed nor what it has handed out")
{
    struct random random;
    uint8_t seed[CHACHA20_KEY_BYTES], output[8];
    for (unsigned at = 0; at < sizeof seed; at++)
        seed[at] = (uint8_t)unit_random();
    random_init(&random, seed);
    CHECK(!remembers(&random, seed, 8));
    for (int round = 0; round < 200; round++) {
        random_read(&random, output, sizeof output);
        CHECK(!remembers(&random, output, sizeof output));
    }
}

TEST("stirring changes all that follows, whatever the length of what is stirred in")
{
    for (size_t size = 0; size < 100; size += 11) {
        uint8_t data[100] = {0}, before[32], after[32];
        struct random one, two;
        seeded(&one, 1);
        seeded(&two, 1);
        random_stir(&two, data, size);
        random_read(&one, before, sizeof before);
        random_read(&two, after, sizeof after);
        CHECK(memcmp(before, after, sizeof before) != 0);
    }
}

TEST("every bit of the output is set about half of the time")
{
    struct random random;
    unsigned counts[32] = {0};
    seeded(&random, 3);
    for (int round = 0; round < 4000; round++) {
        uint32_t word;
        random_read(&random, &word, sizeof word);
        for (unsigned bit = 0; bit < 32; bit++)
            counts[bit] += word >> bit & 1;
    }
    for (unsigned bit = 0; bit < 32; bit++)
        CHECK(counts[bit] > 1800 && counts[bit] < 2200);
}
