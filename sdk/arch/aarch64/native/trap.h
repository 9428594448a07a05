/**
 * trap.h - the `svc` instruction, aarch64.
 *
 * The one place that knows which register carries what (abi/arch/aarch64/registers.h). Everything
 * is inline and works on a local struct message, which the compiler takes apart: a word that the
 * caller left zero costs one move, a result that nobody reads costs nothing. All words are always
 * loaded, so nothing of the sender's leaks to a peer.
 *
 * A call keeps only sp and TPIDR_EL0. x29 is among the lost: code that includes this needs
 * -fomit-frame-pointer, which this architecture's compilers do not imply.
 */
#pragma once

#include "abi/message.h"
#include "lib/base/types.h"

#define TRAP_INLINE static inline __attribute__((always_inline))

/* A handle as its register has it, which is what costs nothing. */
#define TRAP_HANDLE(handle) ((uint64_t)(handle))

#define TRAP_WORDS(m)                                                                              \
    register uint64_t tag __asm__("x9") = (m)->tag;                                                \
    register uint64_t word_0 __asm__("x0") = (m)->words[0];                                        \
    register uint64_t word_1 __asm__("x1") = (m)->words[1];                                        \
    register uint64_t word_2 __asm__("x2") = (m)->words[2];                                        \
    register uint64_t word_3 __asm__("x3") = (m)->words[3];                                        \
    register uint64_t word_4 __asm__("x4") = (m)->words[4];                                        \
    register uint64_t word_5 __asm__("x5") = (m)->words[5];                                        \
    register uint64_t word_6 __asm__("x6") = (m)->words[6];                                        \
    register uint64_t word_7 __asm__("x7") = (m)->words[7]

#define TRAP_REGISTERS                                                                             \
    "+r"(tag), "+r"(word_0), "+r"(word_1), "+r"(word_2), "+r"(word_3), "+r"(word_4), "+r"(word_5), \
        "+r"(word_6), "+r"(word_7)

#define TRAP_TAKE(m)                                                                               \
    ((m)->tag = tag, (m)->words[0] = word_0, (m)->words[1] = word_1, (m)->words[2] = word_2,       \
     (m)->words[3] = word_3, (m)->words[4] = word_4, (m)->words[5] = word_5,                       \
     (m)->words[6] = word_6, (m)->words[7] = word_7)

/* What every call loses beside the message and x10. */
#define TRAP_LOST                                                                                  \
    "x11", "x12", "x13", "x14", "x15", "x16", "x17", "x18", "x19", "x20", "x21", "x22", "x23",     \
        "x24", "x25", "x26", "x27", "x28", "x29", "x30", "memory", "cc"

/** trap - send @m, receive into @m. Returns x8. */
TRAP_INLINE uint64_t trap(uint64_t handles, struct message *m)
{
    register uint64_t x8 __asm__("x8") = handles;
    TRAP_WORDS(m);
    __asm__ volatile("svc #0" : "+r"(x8), TRAP_REGISTERS : : "x10", TRAP_LOST);
    TRAP_TAKE(m);
    return x8;
}

/** trap_deadline - as trap(), for the operations that take a deadline. */
TRAP_INLINE uint64_t trap_deadline(uint64_t handles, struct message *m, nanos_t deadline_ns)
{
    register uint64_t x8 __asm__("x8") = handles;
    register uint64_t deadline __asm__("x10") = deadline_ns;
    TRAP_WORDS(m);
    __asm__ volatile("svc #0" : "+r"(x8), TRAP_REGISTERS, "+r"(deadline) : : TRAP_LOST);
    TRAP_TAKE(m);
    return x8;
}

/** trap_bare - no message goes out and none comes back. Returns x8. */
TRAP_INLINE uint64_t trap_bare(uint64_t handles, uint64_t word)
{
    register uint64_t x8 __asm__("x8") = handles;
    register uint64_t x0 __asm__("x0") = word;
    __asm__ volatile("svc #0"
                     : "+r"(x8), "+r"(x0)
                     :
                     : "x1", "x2", "x3", "x4", "x5", "x6", "x7", "x9", "x10", TRAP_LOST);
    return x8;
}

/** trap_enter - run the guest; @m gets the tag and words 0 and 1 that it stopped with. */
TRAP_INLINE uint64_t trap_enter(uint64_t handles, struct message *m)
{
    register uint64_t x8 __asm__("x8") = handles;
    register uint64_t tag __asm__("x9");
    register uint64_t x0 __asm__("x0");
    register uint64_t x1 __asm__("x1");
    __asm__ volatile("svc #0"
                     : "+r"(x8), "=r"(tag), "=r"(x0), "=r"(x1)
                     :
                     : "x2", "x3", "x4", "x5", "x6", "x7", "x10", TRAP_LOST);
    m->tag = tag;
    m->words[0] = x0;
    m->words[1] = x1;
    return x8;
}

/** trap_undefined - fault, to be found by whoever watches over this program. */
NORETURN TRAP_INLINE void trap_undefined(void)
{
    for (;;)
        __asm__ volatile("udf #0" : : : "memory");
}
