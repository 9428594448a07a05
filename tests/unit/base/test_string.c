/**
 * test_string.c - string.h, compiled under other names (base_*), against the host's own.
 */
#include <stdlib.h>
#include <string.h>

#include "tests/unit/unit.h"

void *base_memcpy(void *restrict to, const void *restrict from, size_t size);
void *base_memmove(void *to, const void *from, size_t size);
void *base_memset(void *to, int byte, size_t size);
int base_memcmp(const void *left, const void *right, size_t size);
size_t base_strlen(const char *text);
int base_strcmp(const char *left, const char *right);
int base_strncmp(const char *left, const char *right, size_t size);

enum { ARENA = 512 };

static unsigned char ours[ARENA], theirs[ARENA];

static void fill_both(void)
{
    for (size_t at = 0; at < ARENA; at++)
        ours[at] = theirs[at] = (unsigned char)unit_random();
}

static int sign(int value) { return (value > 0) - (value < 0); }

/** A length that is often small and sometimes near a boundary of eight. */
static size_t random_size(size_t limit)
{
    size_t size = unit_random_below(2) ? unit_random_below(limit + 1) : unit_random_below(20);
    return size < limit ? size : limit;
}

TEST("memcpy copies exactly the range, at every alignment")
{
    for (int round = 0; round < 5000; round++) {
        size_t size = random_size(ARENA / 2);
        size_t from = ARENA / 2 + unit_random_below(ARENA / 2 - size + 1);
        size_t to = unit_random_below(ARENA / 2 - size + 1);
        fill_both();
        CHECK(base_memcpy(ours + to, ours + from, size) == ours + to);
        memcpy(theirs + to, theirs + from, size);
        CHECK(memcmp(ours, theirs, ARENA) == 0);
    }
}

TEST("memmove copies overlapping ranges in both directions, at every distance")
{
    for (int round = 0; round < 20000; round++) {
        size_t size = random_size(ARENA - 40);
        size_t from = unit_random_below(ARENA - size + 1);
        size_t to = unit_random_below(ARENA - size + 1);
        if (unit_random_below(2) == 0) {
            size_t near = from + unit_random_below(41);
            to = near < 20 ? 0 : near - 20;
            if (to > ARENA - size)
                to = ARENA - size;
        }
        fill_both();
        CHECK(base_memmove(ours + to, ours + from, size) == ours + to);
        memmove(theirs + to, theirs + from, size);
        CHECK(memcmp(ours, theirs, ARENA) == 0);
    }
}

TEST("memset fills exactly the range with the low byte of its argument")
{
    for (int round = 0; round < 5000; round++) {
        size_t size = random_size(ARENA);
        size_t to = unit_random_below(ARENA - size + 1);
        int byte = (int)unit_random();
        fill_both();
        CHECK(base_memset(ours + to, byte, size) == ours + to);
        memset(theirs + to, byte, size);
        CHECK(memcmp(ours, theirs, ARENA) == 0);
    }
}

TEST("memcmp orders by the first unequal byte, unsigned, and reads nothing beyond the range")
{
    CHECK_EQUAL(base_memcmp("a", "b", 0), 0);
    for (int round = 0; round < 5000; round++) {
        size_t size = random_size(100);
        unsigned char *left = malloc(size + 1), *right = malloc(size + 1);
        memset(left, 7, size);
        memset(right, 7, size);
        if (size > 0 && unit_random_below(4) != 0)
            right[unit_random_below(size)] = (unsigned char)unit_random();
        if (size > 0 && unit_random_below(4) == 0)
            left[unit_random_below(size)] = (unsigned char)unit_random();
        left = realloc(left, size + (size == 0));
        right = realloc(right, size + (size == 0));
        CHECK_EQUAL(sign(base_memcmp(left, right, size)), sign(memcmp(left, right, size)));
        free(left);
        free(right);
    }
}

TEST("string functions agree with the host's")
{
    static const char *const texts[] = {"",    "a",    "b",     "ab",      "abc",
                                        "abd", "\xff", "a\xff", "abcdefgh"};
    for (size_t left = 0; left < sizeof texts / sizeof texts[0]; left++) {
        CHECK_EQUAL(base_strlen(texts[left]), strlen(texts[left]));
        for (size_t right = 0; right < sizeof texts / sizeof texts[0]; right++) {
            const char *a = texts[left], *b = texts[right];
            CHECK_EQUAL(sign(base_strcmp(a, b)), sign(strcmp(a, b)));
            for (size_t size = 0; size < 5; size++)
                CHECK_EQUAL(sign(base_strncmp(a, b, size)), sign(strncmp(a, b, size)));
        }
    }
}

TEST("strncmp reads nothing beyond its limit")
{
    char *text = malloc(3);
    memcpy(text, "abc", 3);
    CHECK_EQUAL(base_strncmp(text, "abc", 3), 0);
    CHECK(base_strncmp(text, "abd", 3) < 0);
    free(text);
}
