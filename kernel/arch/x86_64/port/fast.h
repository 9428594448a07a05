/*
 * fast.h - how kernel/fast.c reads the registers of a system call and leaves again.
 *
 * syscall_entry.S jumps to a fast path with the handle in rbp, the running thread in r11, and the
 * words and the tag in the registers in which user level put them. fast.c is compiled so that these
 * stay untouched (-ffixed, kernel/meson.build); it has rax, rcx, r11, r14 and r15, and no stack
 * frame. It ends with a jump to one of the exits in syscall_entry.S.
 */
#ifndef PORT_FAST_H
#define PORT_FAST_H

#include "kernel/cpu.h"
#include "kernel/lock.h"

register uint64_t fast_handle __asm__("rbp"); /* later the result */
register uint64_t fast_tag __asm__("rbx");

#define FAST_HANDLE fast_handle
#define FAST_TAG    fast_tag

/* The first thing in a fast path: nothing else may have used r11 before. */
#define FAST_SELF fast_self()

static ALWAYS_INLINE struct thread *fast_self(void)
{
    register struct thread *self __asm__("r11");
    __asm__ volatile("" : "=r"(self));
    return self;
}

/* A field of this processor's struct cpu, as one memory operand. */
#define CPU_LOCAL(field)                                                                           \
    (*(__typeof__(((struct cpu *)0)->field) __seg_gs *)offsetof(struct cpu, field))

/* Another thread than the one that has the vector registers may only run after they are closed. */
#define FAST_VECTOR_LIVE() UNLIKELY(CPU_LOCAL(arch.vector_open))

#define FAST_LOCK()   arch_lock_take(&kernel_lock)
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

/* Start over in another fast path. */
#define FAST_CONTINUE(function)                                                                    \
    do {                                                                                           \
        register struct thread *fast_running __asm__("r11") = self;                                \
        __asm__ volatile("jmp " #function : : "r"(fast_running), "r"(fast_handle) : "memory");     \
        __builtin_unreachable();                                                                   \
    } while (0)

/* Resume @thread, which left by a system call, with @value; the words stay as they are. */
#define FAST_RETURN(thread, value) fast_return(thread, value)

static ALWAYS_INLINE NORETURN void fast_return(struct thread *thread, uint64_t value)
{
    register struct thread *next __asm__("r14") = thread;
    fast_handle = value;
    __asm__ volatile("jmp fast_exit" : : "r"(next), "r"(fast_handle) : "memory");
    __builtin_unreachable();
}

/* The same for the thread that made the call. */
#define FAST_RETURN_SELF(value) fast_return_self(self, value)

static ALWAYS_INLINE NORETURN void fast_return_self(struct thread *self, uint64_t value)
{
    register struct thread *next __asm__("r14") = self;
    fast_handle = value;
    __asm__ volatile("jmp fast_exit_self" : : "r"(next), "r"(fast_handle) : "memory");
    __builtin_unreachable();
}

#endif
