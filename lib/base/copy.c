/**
 * copy.c - memcpy and memset, in C.
 *
 * Compile with -fno-builtin and (gcc) -fno-tree-loop-distribute-patterns, or the compiler turns
 * these loops into calls of themselves. Long runs go by words (words.h), the rest by bytes; words
 * are read and written unaligned, which costs nothing on the machines that have it and compiles to
 * byte accesses on those that have not.
 */
#include "lib/base/copy.h"

#include "lib/base/words.h"

#define WORD_BYTES sizeof(struct word)
#define SHORT_MAX  64 /* bytes up to which a call of words_copy() does not pay */

static void copy_few(unsigned char *target, const unsigned char *source, size_t size)
{
    for (; size > 0; size--)
        *target++ = *source++;
}

/* The last word, which may overlap the one before, is read before anything is written. */
void copy_up(unsigned char *target, const unsigned char *source, size_t size)
{
    if (size < WORD_BYTES) {
        copy_few(target, source, size);
        return;
    }
    struct word *last = (struct word *)(target + size - WORD_BYTES);
    const struct word tail = *(const struct word *)(source + size - WORD_BYTES);
    if (size > SHORT_MAX) {
        words_copy((struct word *)target, (const struct word *)source, size / WORD_BYTES);
    } else {
        for (; (struct word *)target < last; target += WORD_BYTES, source += WORD_BYTES)
            *(struct word *)target = *(const struct word *)source;
    }
    *last = tail;
}

void *memcpy(void *restrict to, const void *restrict from, size_t size)
{
    copy_up(to, from, size);
    return to;
}

void *memset(void *to, int byte, size_t size)
{
    unsigned char *target = to;
    uint64_t value = UINT64_C(0x0101010101010101) * (unsigned char)byte;
    if (size < WORD_BYTES) {
        for (; size > 0; size--)
            *target++ = (unsigned char)byte;
        return to;
    }
    struct word *last = (struct word *)(target + size - WORD_BYTES);
    if (size > SHORT_MAX) {
        words_fill((struct word *)target, value, size / WORD_BYTES);
    } else {
        for (; (struct word *)target < last; target += WORD_BYTES)
            ((struct word *)target)->value = value;
    }
    last->value = value;
    return to;
}
