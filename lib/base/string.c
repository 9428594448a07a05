/**
 * string.c - the rest of string.h, in C. What copy.c says of compiling holds here too.
 */
#include "lib/base/string.h"

#include "lib/base/words.h"

#define WORD_BYTES sizeof(struct word)

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

void *memmove(void *to, const void *from, size_t size)
{
    bool starts_inside = (uintptr_t)to - (uintptr_t)from < size;
    if (starts_inside)
        copy_down(to, from, size);
    else
        copy_up(to, from, size);
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
