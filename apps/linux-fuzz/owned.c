/*
 * owned.c - see owned.h. A word is the mark (upper half) and the family's code, in which every byte
 * is like no other family's: so a word that something else was written into is nobody's.
 */
#include <string.h>
#include <sys/mman.h>

#include "apps/linux-fuzz/owned.h"
#include "apps/linux-fuzz/report.h"

#define MARK     0xf52ca7e1u
#define FAMILIES 16

#define ANY_ALIGNMENT_EVERY 16 /* that search takes ten times as long */

#define SECRET_AT    ((uint64_t *)0x15a3c96000) /* not a number that chance likes */
#define SECRET_BYTES (4 * 4096)
#define SECRET_WORDS (SECRET_BYTES / sizeof(uint64_t))

/* Where the manifest's memory lies in the server, but for its first MiB: 4096 in the upper half of
   a word and flags in the lower one look like an address there (struct statx). */
#define SERVER_AT    0x100000100000ull
#define SERVER_BYTES (1ull << 30)

#define SERVER_ALIGNMENT 16 /* of its objects */
#define SERVER_LOW_BITS                                                                            \
    0xffff /* all 0: rather a small number of ours, some bytes off its place                       \
            */

/* Four characters, as the end of a text before 4096 is; an address in fifty looks like that. */
static bool ends_in_text(uint64_t word)
{
    for (unsigned i = 0; i < sizeof(uint32_t); i++, word >>= 8)
        if ((word & 0xff) < ' ' || (word & 0xff) > '~')
            return false;
    return true;
}

static bool is_of_server(uint64_t word)
{
    return word - SERVER_AT < SERVER_BYTES && word % SERVER_ALIGNMENT == 0 &&
           (word & SERVER_LOW_BITS) != 0 && !ends_in_text(word);
}

uint16_t owned_by;

static uint32_t code(unsigned family) { return 0x11010101u * (family + 3) ^ 0x5a96e1c3u; }

static uint64_t word_of(unsigned family) { return (uint64_t)MARK << 32 | code(family); }

uint64_t owned_word(void) { return word_of(owned_by); }

void owned_fill(void *to, size_t bytes)
{
    const uint64_t word = owned_word();

    for (size_t at = 0; at + sizeof(word) <= bytes; at += sizeof(word)) {
        memcpy((char *)to + at, &word, sizeof(word));
    }
}

static __attribute__((noinline)) bool is_of_another_family(uint64_t word)
{
    for (unsigned family = 1; family < FAMILIES; family++) /* 0: who has lost its variables */
        if (word == word_of(family))
            return family != owned_by;
    return false;
}

/* Asked twice: a handler may spoil a register meanwhile (trap.c). */
static bool is_foreign(uint64_t word)
{
    if (!is_of_another_family(word))
        return false;
    __asm__ volatile("" : "+r"(word) : : "memory");
    return is_of_another_family(word);
}

static void find_foreign(const char *from, const char *end, const char *where, uint64_t detail)
{
    const uint32_t mark = MARK;
    uint64_t word;

    while ((size_t)(end - from) >= sizeof(word)) {
        const char *found =
            memmem(from + sizeof(mark), (size_t)(end - from) - sizeof(mark), &mark, sizeof(mark));
        if (!found)
            return;
        memcpy(&word, found - sizeof(mark), sizeof(word));
        if (is_foreign(word)) {
            report_find("a foreign word", where, detail, word, owned_by);
            return;
        }
        from = found;
    }
}

/* Whether something at a multiple of eight bytes is marked, and not ours. */
static bool suspicious(const uint64_t *words, size_t count)
{
    const uint64_t own = owned_word();

    for (size_t i = 0; i < count; i++)
        if (words[i] >> 32 == MARK && words[i] != own)
            return true;
    return false;
}

void owned_check(const void *at, size_t bytes, const char *where, uint64_t detail)
{
    uint64_t checks = __atomic_add_fetch(&report->checks, 1, __ATOMIC_RELAXED);

    if (checks % ANY_ALIGNMENT_EVERY == 0 || suspicious(at, bytes / sizeof(uint64_t)))
        find_foreign(at, (const char *)at + bytes, where, detail);
}

void owned_check_addresses(const void *at, const void *before, size_t bytes, uint64_t call)
{
    const uint64_t *words = at, *old = before;

    for (size_t i = 0; i < bytes / sizeof(*words); i++)
        if (is_of_server(words[i]) && words[i] >> 32 != old[i] >> 32 &&
            (uint32_t)words[i] != (uint32_t)old[i] &&
            is_of_server(*(const volatile uint64_t *)&words[i])) {
            report_find("an address of the server", "given out by call", call, words[i], i);
            return;
        }
}

/* In no register of its caller, which a handler may spoil: hence asked twice (is_foreign). */
static __attribute__((noinline)) bool is_no_secret(uint64_t word)
{
    __asm__ volatile("" : : : "memory");
    return word != 0 && word != owned_word();
}

bool owned_make_secret(void)
{
    void *at = mmap(SECRET_AT, SECRET_BYTES, PROT_READ | PROT_WRITE,
                    MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
    if (at == MAP_FAILED)
        return false;
    owned_check(at, SECRET_BYTES, "fresh memory", 0);
    owned_fill(at, SECRET_BYTES);
    return true;
}

void owned_check_secret(void)
{
    for (size_t i = 0; i < SECRET_WORDS; i++) {
        uint64_t word = SECRET_AT[i];
        if (is_no_secret(word) && is_no_secret(*(volatile uint64_t *)&SECRET_AT[i])) {
            report_find("the secret was written to", "word", i, word, owned_by);
            return;
        }
    }
}
