/*
 * fast.h - how fast.c reads what the entry code left, and leaves the kernel again, x86_64.
 *
 * fast.c is compiled so that it cannot touch the word registers (-ffixed-rdi -rsi -rdx -r10 -r8 -r9
 * -r12 -r13); rbx is the tag, rbp the whole handle register, r15 the running thread. It has rax,
 * rcx, r11 and r14 to work with. The doors are entered and left by jumps, so nothing is ever saved
 * or restored.
 */
#ifndef PORT_FAST_H
#define PORT_FAST_H

#include "kernel/thread.h"

register uint64_t fast_tag_register __asm__("rbx");
register uint64_t fast_handle_register __asm__("rbp");
register struct thread *fast_self_register __asm__("r15");

#define FAST_TAG    fast_tag_register
#define FAST_HANDLE fast_handle_register
#define FAST_SELF   fast_self_register

/* A field of this processor's struct cpu, by one instruction. */
#define CPU_LOCAL(field) (((__seg_gs struct cpu *)0)->field)

/* Vector state of the running thread is in the registers and open to whoever runs next. */
#define FAST_VECTOR_LIVE() UNLIKELY(CPU_LOCAL(arch.vector_open))

/* arch_lock_take in place: a call would cost more than the lock. */
#define FAST_LOCK()                                                                                \
    __asm__ volatile("movl $1, %%eax\n\t"                                                          \
                     "lock xaddl %%eax, kernel_lock(%%rip)\n"                                      \
                     "1: cmpl %%eax, kernel_lock+4(%%rip)\n\t"                                     \
                     "jne 2f\n\t"                                                                  \
                     ".subsection 1\n"                                                             \
                     "2: pause\n\t"                                                                \
                     "jmp 1b\n\t"                                                                  \
                     ".previous"                                                                   \
                     :                                                                             \
                     :                                                                             \
                     : "rax", "memory", "cc")
#define FAST_UNLOCK() arch_lock_release(&kernel_lock)

#define FAST_JUMP(label)                                                                           \
    do {                                                                                           \
        __asm__ volatile("jmp " #label : : : "memory");                                            \
        __builtin_unreachable();                                                                   \
    } while (0)

#define FAST_SLOW()             FAST_JUMP(syscall_slow)
#define FAST_CONTINUE(function) FAST_JUMP(function)
#define FAST_UNLOCK_SLOW()                                                                         \
    do {                                                                                           \
        FAST_UNLOCK();                                                                             \
        FAST_SLOW();                                                                               \
    } while (0)

/* Resume @thread, which is current now, in another Space; the message is in the registers. */
#define FAST_RETURN(thread, result)                                                                \
    do {                                                                                           \
        fast_self_register = (thread);                                                             \
        __asm__ volatile("jmp fast_return"                                                         \
                         :                                                                         \
                         : "r"(fast_self_register), "a"((uint64_t)(result))                        \
                         : "memory");                                                              \
        __builtin_unreachable();                                                                   \
    } while (0)

/* Resume the thread that called. */
#define FAST_RETURN_SELF(result)                                                                   \
    do {                                                                                           \
        __asm__ volatile("jmp fast_return_self" : : "a"((uint64_t)(result)) : "memory");           \
        __builtin_unreachable();                                                                   \
    } while (0)

#endif
