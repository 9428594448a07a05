/**
 * test_words.c - the aligned loops of words.h, as riscv64 has them, compiled under other names,
 * against the host's own.
 */
#include <stdalign.h>
#include <string.h>

#include "lib/base/words.h"
#include "tests/unit/unit.h"

void aligned_words_copy(struct word *to, const struct word *from, size_t count);
void aligned_words_fill(struct word *to, uint64_t value, size_t count);

enum { WORD = sizeof(struct word), WORDS = 20, ARENA = 3 * WORDS * WORD };

static alignas(uint64_t) unsigned char ours[ARENA], theirs[ARENA];

static void fill_both(void)
{
    for (size_t at = 0; at < ARENA; at++)
        ours[at] = theirs[at] = (unsigned char)unit_random();
}

static struct word *word_at(unsigned char *at) { return (struct word *)(void *)at; }

TEST("aligned loops copy exactly the words, at every alignment of both")
{
    for (size_t count = 0; count <= WORDS; count++)
        for (size_t place = 0; place < WORD * WORD; place++) {
            const size_t to = place % WORD, from = ARENA / 2 + place / WORD;
            fill_both();
            aligned_words_copy(word_at(ours + to), word_at(ours + from), count);
            memmove(theirs + to, theirs + from, count * WORD);
            CHECK(memcmp(ours, theirs, ARENA) == 0);
        }
}

TEST("aligned loops copy upwards into what they have read, at every distance and alignment")
{
    for (size_t count = 0; count <= WORDS; count++)
        for (size_t distance = 1; distance <= 3 * WORD; distance++)
            for (size_t to = 0; to < WORD; to++) {
                fill_both();
                aligned_words_copy(word_at(ours + to), word_at(ours + to + distance), count);
                memmove(theirs + to, theirs + to + distance, count * WORD);
                CHECK(memcmp(ours, theirs, ARENA) == 0);
            }
}

TEST("aligned loops read no word of which they need no byte")
{
    for (size_t count = 1; count <= WORDS; count++)
        for (size_t end = 0; end < WORD; end++) {
            unsigned char source[WORDS * WORD + WORD], target[sizeof(source)];
            memset(source, (int)count, sizeof(source));
            /* a page that ends where the source does would fault beyond it: so does ASan's zone */
            aligned_words_copy(word_at(target + end),
                               word_at(source + sizeof(source) - count * WORD), count);
            CHECK(target[end] == count);
        }
}

TEST("aligned loops fill exactly the words with the value, at every alignment")
{
    for (size_t count = 0; count <= WORDS; count++)
        for (size_t to = 0; to < WORD; to++) {
            const uint64_t value = unit_random() << 32 | unit_random();
            fill_both();
            aligned_words_fill(word_at(ours + to), value, count);
            for (size_t i = 0; i < count; i++)
                memcpy(theirs + to + i * WORD, &value, WORD);
            CHECK(memcmp(ours, theirs, ARENA) == 0);
        }
}
