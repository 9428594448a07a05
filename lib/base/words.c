/**
 * words.c - copying and filling by words in plain C: two instructions a word and less than one of
 * overhead.
 */
#include "lib/base/words.h"

void words_copy(struct word *to, const struct word *from, size_t count)
{
    for (; count >= 8; count -= 8, to += 8, from += 8) {
        uint64_t first = from[0].value, second = from[1].value;
        to[0].value = first;
        to[1].value = second;
        first = from[2].value, second = from[3].value;
        to[2].value = first;
        to[3].value = second;
        first = from[4].value, second = from[5].value;
        to[4].value = first;
        to[5].value = second;
        first = from[6].value, second = from[7].value;
        to[6].value = first;
        to[7].value = second;
    }
    for (; count > 0; count--)
        *to++ = *from++;
}

void words_fill(struct word *to, uint64_t value, size_t count)
{
    for (; count >= 8; count -= 8, to += 8) {
        to[0].value = value;
        to[1].value = value;
        to[2].value = value;
        to[3].value = value;
        to[4].value = value;
        to[5].value = value;
        to[6].value = value;
        to[7].value = value;
    }
    for (; count > 0; count--)
        to++->value = value;
}
