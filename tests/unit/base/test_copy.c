/**
 * test_copy.c - the short memcpy and memset, compiled under other names, against the host's own.
 */
#include <string.h>

#include "tests/unit/unit.h"

void *copy_memcpy(void *restrict to, const void *restrict from, size_t size);
void *copy_memset(void *to, int byte, size_t size);

enum { SIZES = 40, ARENA = 3 * SIZES };

TEST("the short memcpy and memset touch exactly the range, at every alignment")
{
    unsigned char ours[ARENA], theirs[ARENA], source[ARENA];
    for (size_t at = 0; at < ARENA; at++)
        source[at] = (unsigned char)unit_random();
    for (size_t size = 0; size < SIZES; size++)
        for (size_t offset = 0; offset < SIZES; offset++) {
            memset(ours, 1, ARENA);
            memset(theirs, 1, ARENA);
            CHECK(copy_memcpy(ours + offset, source + size, size) == ours + offset);
            memcpy(theirs + offset, source + size, size);
            CHECK(memcmp(ours, theirs, ARENA) == 0);
            CHECK(copy_memset(ours + size, (int)offset + 0x1f0, offset) == ours + size);
            memset(theirs + size, (int)offset + 0x1f0, offset);
            CHECK(memcmp(ours, theirs, ARENA) == 0);
        }
}
