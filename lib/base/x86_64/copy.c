/**
 * copy.c - memcpy and memset (copy.h) for a program that needs no others, on x86_64: short to
 * read, for where space counts.
 *
 * The words go by `rep movsq` (words.c says why), the rest by `rep movsb`.
 */
#include "lib/base/copy.h"

#define WORD_BYTES sizeof(uint64_t)

void *memcpy(void *restrict to, const void *restrict from, size_t size)
{
    void *target = to;
    size_t words = size / WORD_BYTES, bytes = size % WORD_BYTES;
    __asm__ volatile("rep movsq" : "+D"(target), "+S"(from), "+c"(words) : : "memory");
    __asm__ volatile("rep movsb" : "+D"(target), "+S"(from), "+c"(bytes) : : "memory");
    return to;
}

void *memset(void *to, int byte, size_t size)
{
    void *target = to;
    size_t words = size / WORD_BYTES, bytes = size % WORD_BYTES;
    uint64_t value = UINT64_C(0x0101010101010101) * (unsigned char)byte;
    __asm__ volatile("rep stosq" : "+D"(target), "+c"(words) : "a"(value) : "memory");
    __asm__ volatile("rep stosb" : "+D"(target), "+c"(bytes) : "a"(value) : "memory");
    return to;
}
