/**
 * trap.h - the `syscall` instruction, x86_64.
 *
 * The one place that knows which register carries what (abi/arch/x86_64/registers.h). Everything is
 * inline and works on a local struct message, which the compiler takes apart: a word that the
 * caller left zero costs one xor, a result that nobody reads costs nothing. All words are always
 * loaded, so nothing of the sender's leaks to a peer.
 *
 * A call keeps only rsp and the FS base. rbp is among the lost: code that includes this needs
 * -fomit-frame-pointer, which every optimisation level implies.
 */
#pragma once

#include "abi/message.h"
#include "lib/base/types.h"

#define TRAP_INLINE static inline __attribute__((always_inline))

/* A handle as its register has it, which is what costs nothing. */
#define TRAP_HANDLE(handle) ((uint64_t)(handle))

#define TRAP_WORDS(m)                                                                              \
    register uint64_t word_3 __asm__("r10") = (m)->words[3];                                       \
    register uint64_t word_4 __asm__("r8") = (m)->words[4];                                        \
    register uint64_t word_5 __asm__("r9") = (m)->words[5];                                        \
    register uint64_t word_6 __asm__("r12") = (m)->words[6];                                       \
    register uint64_t word_7 __asm__("r13") = (m)->words[7]

#define TRAP_REGISTERS(m)                                                                          \
    "+b"((m)->tag), "+D"((m)->words[0]), "+S"((m)->words[1]), "+d"((m)->words[2]), "+r"(word_3),   \
        "+r"(word_4), "+r"(word_5), "+r"(word_6), "+r"(word_7)

#define TRAP_TAKE(m)                                                                               \
    ((m)->words[3] = word_3, (m)->words[4] = word_4, (m)->words[5] = word_5,                       \
     (m)->words[6] = word_6, (m)->words[7] = word_7)

/** trap - send @m, receive into @m. Returns rax. */
TRAP_INLINE uint64_t trap(uint64_t handles, struct message *m)
{
    TRAP_WORDS(m);
    __asm__ volatile("syscall"
                     : "+a"(handles), TRAP_REGISTERS(m)
                     :
                     : "rcx", "r11", "rbp", "r14", "r15", "memory", "cc");
    TRAP_TAKE(m);
    return handles;
}

/** trap_deadline - as trap(), for the operations that take a deadline. */
TRAP_INLINE uint64_t trap_deadline(uint64_t handles, struct message *m, nanos_t deadline_ns)
{
    register uint64_t deadline __asm__("r14") = deadline_ns;
    TRAP_WORDS(m);
    __asm__ volatile("syscall"
                     : "+a"(handles), TRAP_REGISTERS(m), "+r"(deadline)
                     :
                     : "rcx", "r11", "rbp", "r15", "memory", "cc");
    TRAP_TAKE(m);
    return handles;
}

/** trap_bare - no message goes out and none comes back. Returns rax. */
TRAP_INLINE uint64_t trap_bare(uint64_t handles, uint64_t word)
{
    __asm__ volatile("syscall"
                     : "+a"(handles), "+D"(word)
                     :
                     : "rbx", "rcx", "rdx", "rsi", "rbp", "r8", "r9", "r10", "r11", "r12", "r13",
                       "r14", "r15", "memory", "cc");
    return handles;
}

/** trap_enter - run the guest; @m gets the tag and words 0 and 1 that it stopped with. */
TRAP_INLINE uint64_t trap_enter(uint64_t handles, struct message *m)
{
    __asm__ volatile("syscall"
                     : "+a"(handles), "=b"(m->tag), "=D"(m->words[0]), "=S"(m->words[1])
                     :
                     : "rcx", "rdx", "rbp", "r8", "r9", "r10", "r11", "r12", "r13", "r14", "r15",
                       "memory", "cc");
    return handles;
}

/** trap_undefined - fault, to be found by whoever watches over this program. */
NORETURN TRAP_INLINE void trap_undefined(void)
{
    for (;;)
        __asm__ volatile("ud2" : : : "memory");
}
