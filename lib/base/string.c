/**
 * string.c - string.h in C.
 *
 * Compile with -fno-builtin and (gcc) -fno-tree-loop-distribute-patterns, or the compiler turns
 * these loops into calls of themselves. Long runs go by words (words.h), the rest by bytes; words
 * are read and written unaligned, which costs nothing on the machines that have it and compiles to
 * byte accesses on those that have not.
 */
#include "lib/base/string.h"

#include "lib/base/words.h"

#define WORD_BYTES sizeof(struct word)
#define SHORT_MAX  64 /* bytes up to which a call of words_copy() does not pay */

static void copy_few(unsigned char *target, const unsigned char *source, size_t size)
{
    for (; size > 0; size--)
        *target++ = *source++;
}

/**
 * Copy upwards: right for ranges that do not overlap, and for @target below @source. The last word,
 * which may overlap the one before, is read before anything is written.
 */
static void copy_up(unsigned char *target, const unsigned char *source, size_t size)
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

static void copy_down(unsigned char *target, const unsigned char *source, size_t size)
{
    while (size >= WORD_BYTES) {
        size -= WORD_BYTES;
        *(struct word *)(target + size) = *(const struct word *)(source + size);
    }
    while (size > 0) {
        size--;
        target[size] = source[size];
    }
}

void *memcpy(void *restrict to, const void *restrict from, size_t size)
{
    copy_up(to, from, size);
    return to;
}

void *memmove(void *to, const void *from, size_t size)
{
    bool starts_inside = (uintptr_t)to - (uintptr_t)from < size;
    if (starts_inside)
        copy_down(to, from, size);
    else
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

int memcmp(const void *left, const void *right, size_t size)
{
    const unsigned char *a = left;
    const unsigned char *b = right;
    for (; size >= WORD_BYTES; size -= WORD_BYTES, a += WORD_BYTES, b += WORD_BYTES)
        if (((const struct word *)a)->value != ((const struct word *)b)->value)
            break;
    for (; size > 0; size--, a++, b++)
        if (*a != *b)
            return *a - *b;
    return 0;
}

size_t strlen(const char *text)
{
    size_t length = 0;
    while (text[length] != '\0')
        length++;
    return length;
}

int strcmp(const char *left, const char *right)
{
    for (; *left != '\0' && *left == *right; left++, right++)
        ;
    return (unsigned char)*left - (unsigned char)*right;
}

int strncmp(const char *left, const char *right, size_t size)
{
    for (; size > 0; size--, left++, right++)
        if (*left != *right || *left == '\0')
            return (unsigned char)*left - (unsigned char)*right;
    return 0;
}
