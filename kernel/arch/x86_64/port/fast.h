/*
 * fast.h - how kernel/fast.c reads the registers of a system call and leaves again.
 *
 * syscall_entry.S jumps to a fast path with the handle in rbp, its upper half in rax, the running
 * thread in r11, and tag and words in the registers in which user level put them. fast.c is
 * compiled so that these stay untouched (-ffixed, meson.build); it has rax, rcx, r11 and r15
 * and no stack: rsp is user level's. tools/check_fast.py looks at what the compiler made of it.
 * It ends with a jump to one of the exits in syscall_entry.S.
 */
#pragma once

#include "kernel/cpu.h"
#include "kernel/lock.h"

register uint64_t fast_handle __asm__("rbp");
register uint64_t fast_tag __asm__("rbx");
register uint64_t fast_deadline __asm__("r14");

#define FAST_HANDLE   fast_handle
#define FAST_TAG      fast_tag
#define FAST_DEADLINE fast_deadline

/* Off the common path: read memory again rather than keep a register for it. */
#define FAST_RELOAD() __asm__ volatile("" : : : "memory")

/* The first thing in a fast path: nothing else may have used r11 before. */
#define FAST_SELF fast_self()

static ALWAYS_INLINE struct thread *fast_self(void)
{
    register struct thread *self __asm__("r11");
    __asm__ volatile("" : "=r"(self));
    return self;
}

/* The second thing: what the entry code left in rax, the upper half of the handle. */
#define FAST_RECEIVE fast_receive()

static ALWAYS_INLINE uint32_t fast_receive(void)
{
    uint64_t receive;
    __asm__ volatile("" : "=a"(receive));
    return (uint32_t)receive;
}

/* A field of this processor's struct cpu, as one memory operand. */
#define CPU_LOCAL(field)                                                                           \
    (*(__typeof__(((struct cpu *)0)->field) __seg_gs *)offsetof(struct cpu, field))

/* The entry code does not come here while the running thread's vector registers are open. */
#define FAST_VECTOR_LIVE() false

/* arch_lock_take, in the fewest instructions when nobody else holds it. */
#define FAST_LOCK()                                                                                \
    do {                                                                                           \
        uint32_t ticket = 1;                                                                       \
        __asm__ volatile("lock xaddl %0, %1\n"                                                     \
                         "1: cmpl %0, %2\n\t"                                                      \
                         "jne 2f\n\t"                                                              \
                         ".subsection 1\n"                                                         \
                         "2: pause\n\t"                                                            \
                         "jmp 1b\n\t"                                                              \
                         ".previous"                                                               \
                         : "+r"(ticket), "+m"(kernel_lock.next), "+m"(kernel_lock.serving)         \
                         :                                                                         \
                         : "memory", "cc");                                                        \
    } while (0)
#define FAST_UNLOCK() arch_lock_release(&kernel_lock)
#define FAST_UNLOCK_SLOW()                                                                         \
    do {                                                                                           \
        FAST_UNLOCK();                                                                             \
        FAST_SLOW();                                                                               \
    } while (0)

#define FAST_SLOW() fast_slow()

static ALWAYS_INLINE NORETURN void fast_slow(void)
{
    __asm__ volatile("jmp syscall_slow" : : "r"(fast_handle) : "memory");
    __builtin_unreachable();
}

/* A signal that somebody hears: trap_signal(@slot), with the lock that is held. */
#define FAST_SIGNAL(slot) fast_signal_heard(slot)

static ALWAYS_INLINE NORETURN void fast_signal_heard(const struct slot *slot)
{
    register const struct slot *heard __asm__("r15") = slot;
    __asm__ volatile("jmp syscall_signal" : : "r"(heard) : "memory");
    __builtin_unreachable();
}

/* Resume @thread, which left by a system call, with @value; the words stay as they are. */
#define FAST_RETURN(thread, value) fast_return(thread, value)

static ALWAYS_INLINE NORETURN void fast_return(struct thread *thread, uint64_t value)
{
    register struct thread *next __asm__("r15") = thread;
    __asm__ volatile("jmp fast_exit" : : "r"(next), "a"(value) : "memory");
    __builtin_unreachable();
}

/* The same for the thread that made the call. */
#define FAST_RETURN_SELF(value) fast_return_self(self, value)

static ALWAYS_INLINE NORETURN void fast_return_self(struct thread *self, uint64_t value)
{
    register struct thread *next __asm__("r15") = self;
    __asm__ volatile("jmp fast_exit_self" : : "r"(next), "a"(value) : "memory");
    __builtin_unreachable();
}

/* Resume @thread, whose call was a fault, as arch_context_resume_fault says. */
#define FAST_RETURN_FAULTED(thread) fast_return_faulted(thread)

static ALWAYS_INLINE NORETURN void fast_return_faulted(struct thread *thread)
{
    register struct thread *next __asm__("r15") = thread;
    __asm__ volatile("jmp fast_exit_faulted" : : "r"(next) : "memory");
    __builtin_unreachable();
}
