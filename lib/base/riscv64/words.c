/*
 * words.c - copying and filling by words on riscv64: aligned ones alone. Another access may go by
 * way of the firmware, so the compiler makes eight of bytes out of each that could be another.
 *
 * A copy whose ends lie differently in their words reads each word of the source once and stores
 * what it puts together of two. It reads no word of which it needs no byte.
 */
#include "lib/base/words.h"

#define WORD_BYTES sizeof(uint64_t)
#define WORD_BITS  64u
#define BYTE_BITS  8u

#define STRETCH_WORDS 16u /* stored between two looks at the end */

typedef uint64_t __attribute__((may_alias)) aligned_t;

static void bytes_copy(unsigned char *to, const unsigned char *from, size_t size)
{
    for (; size > 0; size--)
        *to++ = *from++;
}

static void words_copy_alike(aligned_t *to, const aligned_t *from, size_t count)
{
    for (; count >= 4; count -= 4, to += 4, from += 4) {
        const uint64_t first = from[0], second = from[1], third = from[2], fourth = from[3];
        to[0] = first;
        to[1] = second;
        to[2] = third;
        to[3] = fourth;
    }
    for (; count > 0; count--)
        *to++ = *from++;
}

/* The source begins @skip bytes into @from, which is not 0. */
static void words_copy_shifted(aligned_t *to, const aligned_t *from, size_t count, unsigned skip)
{
    const unsigned shift = skip * BYTE_BITS;
    if (count == 0)
        return;
    for (uint64_t here = *from++; count > 0; count--) {
        const uint64_t next = *from++;
        *to++ = here >> shift | next << (WORD_BITS - shift);
        here = next;
    }
}

/* How many of @size bytes from @at on lie before the next whole word. */
static size_t bytes_before(const void *at, size_t size)
{
    return size == 0 ? 0 : -(uintptr_t)at % WORD_BYTES;
}

void words_copy(struct word *to, const struct word *from, size_t count)
{
    size_t size = count * WORD_BYTES;
    const size_t before = bytes_before(to, size);
    unsigned char *target = (unsigned char *)to + before;
    const unsigned char *source = (const unsigned char *)from + before;
    const unsigned skip = (uintptr_t)source % WORD_BYTES;
    bytes_copy((unsigned char *)to, (const unsigned char *)from, before);
    size -= before;
    count = size / WORD_BYTES;
    if (skip == 0)
        words_copy_alike((aligned_t *)(void *)target, (const aligned_t *)(const void *)source,
                         count);
    else
        words_copy_shifted((aligned_t *)(void *)target,
                           (const aligned_t *)(const void *)(source - skip), count, skip);
    bytes_copy(target + count * WORD_BYTES, source + count * WORD_BYTES, size % WORD_BYTES);
}

void words_fill(struct word *to, uint64_t value, size_t count)
{
    unsigned char *target = (unsigned char *)to;
    size_t size = count * WORD_BYTES;
    size_t before = bytes_before(to, size);
    for (size -= before; before > 0; before--) { /* the next byte of it is always the lowest one */
        *target++ = (unsigned char)value;
        value = value >> BYTE_BITS | value << (WORD_BITS - BYTE_BITS);
    }
    aligned_t *word = (aligned_t *)(void *)target;
    const aligned_t *const end = word + size / WORD_BYTES / STRETCH_WORDS * STRETCH_WORDS;
    for (; word != end; word += STRETCH_WORDS)
#pragma GCC unroll 16
        for (unsigned i = 0; i < STRETCH_WORDS; i++)
            word[i] = value;
    size %= STRETCH_WORDS * WORD_BYTES;
    for (; size >= WORD_BYTES; size -= WORD_BYTES)
        *word++ = value;
    for (target = (unsigned char *)word; size > 0; size--, value >>= BYTE_BITS)
        *target++ = (unsigned char)value;
}
