/**
 * words.c - copying and filling by words on aarch64: pairs of general registers, for there are no
 * others in the kernel and in most programs; zeros by the cache line (Arm ARM C6.2, DC ZVA).
 */
#include "lib/base/words.h"

#define WORDS_AT_ONCE 8
#define LINE_BYTES    64u
#define LINE_MIN      32u /* words from which on it pays */
#define ZVA_LINE      4u  /* DCZID_EL0: allowed, and lines of 2^4 words of 32 bits */
#define ZVA_MASK      0x1fu

void words_copy(struct word *to, const struct word *from, size_t count)
{
    for (; count >= WORDS_AT_ONCE; count -= WORDS_AT_ONCE) {
        uint64_t a, b, c, d, e, f, g, h;
        __asm__ volatile("ldp %0, %1, [%8]\n\tldp %2, %3, [%8, #16]\n\t"
                         "ldp %4, %5, [%8, #32]\n\tldp %6, %7, [%8, #48]"
                         : "=&r"(a), "=&r"(b), "=&r"(c), "=&r"(d), "=&r"(e), "=&r"(f), "=&r"(g),
                           "=&r"(h)
                         : "r"(from)
                         : "memory");
        __asm__ volatile("stp %0, %1, [%8]\n\tstp %2, %3, [%8, #16]\n\t"
                         "stp %4, %5, [%8, #32]\n\tstp %6, %7, [%8, #48]"
                         :
                         : "r"(a), "r"(b), "r"(c), "r"(d), "r"(e), "r"(f), "r"(g), "r"(h), "r"(to)
                         : "memory");
        to += WORDS_AT_ONCE;
        from += WORDS_AT_ONCE;
    }
    for (; count > 0; count--)
        *to++ = *from++;
}

/* Whole lines of zeros from *@to on; what is left of @count. */
static size_t lines_zero(struct word **to, size_t count)
{
    uint64_t kind;
    __asm__("mrs %0, dczid_el0" : "=r"(kind));
    if ((kind & ZVA_MASK) != ZVA_LINE)
        return count;
    char *at = (char *)*to;
    for (; (uintptr_t)at % LINE_BYTES != 0 && count > 0; at += sizeof(struct word), count--)
        ((struct word *)(void *)at)->value = 0;
    for (; count >= LINE_BYTES / sizeof(struct word); count -= LINE_BYTES / sizeof(struct word)) {
        __asm__ volatile("dc zva, %0" : : "r"(at) : "memory");
        at += LINE_BYTES;
    }
    *to = (struct word *)(void *)at;
    return count;
}

void words_fill(struct word *to, uint64_t value, size_t count)
{
    if (value == 0 && count >= LINE_MIN && (uintptr_t)to % sizeof(struct word) == 0)
        count = lines_zero(&to, count);
    for (; count >= WORDS_AT_ONCE; count -= WORDS_AT_ONCE, to += WORDS_AT_ONCE)
        __asm__ volatile("stp %1, %1, [%0]\n\tstp %1, %1, [%0, #16]\n\t"
                         "stp %1, %1, [%0, #32]\n\tstp %1, %1, [%0, #48]"
                         :
                         : "r"(to), "r"(value)
                         : "memory");
    for (; count > 0; count--)
        to++->value = value;
}
