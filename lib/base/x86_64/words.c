/**
 * words.c - copying and filling by words on x86_64: one `rep movsq` iteration a word.
 *
 * An iteration counts and costs less than the load and store of a loop, and from some dozen words
 * on the microcode moves whole cache lines (Intel optimization manual, "REP string enhancement").
 * The direction flag is clear by ABI. `rep movsb` is avoided: without ERMS it goes byte by byte.
 */
#include "lib/base/words.h"

void words_copy(struct word *to, const struct word *from, size_t count)
{
    __asm__ volatile("rep movsq" : "+D"(to), "+S"(from), "+c"(count) : : "memory");
}

void words_fill(struct word *to, uint64_t value, size_t count)
{
    __asm__ volatile("rep stosq" : "+D"(to), "+c"(count) : "a"(value) : "memory");
}
