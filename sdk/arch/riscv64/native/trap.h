/**
 * trap.h - the `ecall` instruction, riscv64.
 *
 * The one place that knows which register carries what (abi/arch/riscv64/registers.h). Everything
 * is inline and works on a local struct message, which the compiler takes apart: a word that the
 * caller left zero costs one instruction, a result that nobody reads costs nothing. All words are
 * always loaded, so nothing of the sender's leaks to a peer.
 *
 * A call keeps only sp and tp. s0 is among the lost: code that includes this needs
 * -fomit-frame-pointer, which every optimisation level implies. gp too: no program uses it
 * (sdk/program.ld defines no place for it).
 */
#pragma once

#include "abi/message.h"
#include "lib/base/types.h"

#define TRAP_INLINE static inline __attribute__((always_inline))

/* A handle as its register has it, which is what costs nothing: extended with its sign. */
#define TRAP_HANDLE(handle) ((uint64_t)(int32_t)(handle))

#define TRAP_MESSAGE(m)                                                                            \
    register uint64_t tag __asm__("s1") = (m)->tag;                                                \
    register uint64_t word_0 __asm__("a0") = (m)->words[0];                                        \
    register uint64_t word_1 __asm__("a1") = (m)->words[1];                                        \
    register uint64_t word_2 __asm__("a2") = (m)->words[2];                                        \
    register uint64_t word_3 __asm__("a3") = (m)->words[3];                                        \
    register uint64_t word_4 __asm__("a4") = (m)->words[4];                                        \
    register uint64_t word_5 __asm__("a5") = (m)->words[5];                                        \
    register uint64_t word_6 __asm__("a6") = (m)->words[6];                                        \
    register uint64_t word_7 __asm__("a7") = (m)->words[7]

#define TRAP_REGISTERS                                                                             \
    "+r"(handle), "+r"(tag), "+r"(word_0), "+r"(word_1), "+r"(word_2), "+r"(word_3), "+r"(word_4), \
        "+r"(word_5), "+r"(word_6), "+r"(word_7)

#define TRAP_LOST                                                                                  \
    "ra", "t1", "t2", "t3", "t4", "t5", "t6", "s0", "s3", "s4", "s5", "s6", "s7", "s8", "s9",      \
        "s10", "s11", "memory"

#define TRAP_TAKE(m)                                                                               \
    (*(m) = (struct message){tag, {word_0, word_1, word_2, word_3, word_4, word_5, word_6, word_7}})

/** trap - send @m, receive into @m. Returns t0. */
TRAP_INLINE uint64_t trap(uint64_t handles, struct message *m)
{
    register uint64_t handle __asm__("t0") = handles;
    TRAP_MESSAGE(m);
    __asm__ volatile("ecall" : TRAP_REGISTERS : : "s2", TRAP_LOST);
    TRAP_TAKE(m);
    return handle;
}

/** trap_deadline - as trap(), for the operations that take a deadline. */
TRAP_INLINE uint64_t trap_deadline(uint64_t handles, struct message *m, nanos_t deadline_ns)
{
    register uint64_t handle __asm__("t0") = handles;
    register uint64_t deadline __asm__("s2") = deadline_ns;
    TRAP_MESSAGE(m);
    __asm__ volatile("ecall" : TRAP_REGISTERS, "+r"(deadline) : : TRAP_LOST);
    TRAP_TAKE(m);
    return handle;
}

/** trap_bare - no message goes out and none comes back. Returns t0. */
TRAP_INLINE uint64_t trap_bare(uint64_t handles, uint64_t word)
{
    register uint64_t handle __asm__("t0") = handles;
    register uint64_t word_0 __asm__("a0") = word;
    __asm__ volatile("ecall"
                     : "+r"(handle), "+r"(word_0)
                     :
                     : "s1", "s2", "a1", "a2", "a3", "a4", "a5", "a6", "a7", TRAP_LOST);
    return handle;
}

/** trap_enter - run the guest; @m gets the tag and words 0 and 1 that it stopped with. */
TRAP_INLINE uint64_t trap_enter(uint64_t handles, struct message *m)
{
    register uint64_t handle __asm__("t0") = handles;
    register uint64_t tag __asm__("s1");
    register uint64_t word_0 __asm__("a0");
    register uint64_t word_1 __asm__("a1");
    __asm__ volatile("ecall"
                     : "+r"(handle), "=r"(tag), "=r"(word_0), "=r"(word_1)
                     :
                     : "s2", "a2", "a3", "a4", "a5", "a6", "a7", TRAP_LOST);
    m->tag = tag;
    m->words[0] = word_0;
    m->words[1] = word_1;
    return handle;
}

/** trap_undefined - fault, to be found by whoever watches over this program. */
NORETURN TRAP_INLINE void trap_undefined(void)
{
    for (;;)
        __asm__ volatile("unimp" : : : "memory");
}
