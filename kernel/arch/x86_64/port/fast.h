/*
 * fast.h - how kernel/fast.c reads the registers of a system call and leaves again.
 *
 * syscall_entry.S jumps there with the handle in rbp, the running thread in r11, and tag and words
 * in the registers in which user level put them. fast.c is compiled so that these stay untouched
 * (-ffixed, meson.build); it has rax, rcx, r11 and r15 and no stack: rsp is user level's.
 * tools/check_fast.py looks at what the compiler made of it. It ends with a jump to one of the
 * exits in syscall_entry.S.
 */
#pragma once

#include "kernel/cpu.h"
#include "kernel/lock.h"

register uint64_t fast_handle __asm__("rbp");
register uint64_t fast_tag __asm__("rbx");

/* Once the key says that there is no deadline. User level gets to see it. */
register uint32_t fast_rank __asm__("r14");

/* The value is in this register or variable from now on, and in no other. */
#define FAST_KEEP(variable) __asm__("" : "+r"(variable))

/* Off the common path: read memory again rather than keep a register for it. */
#define FAST_RELOAD() __asm__ volatile("" : : : "memory")

/* A field of this processor's struct cpu, as one memory operand. */
#define CPU_LOCAL(field)                                                                           \
    (*(__typeof__(((struct cpu *)0)->field) __seg_gs *)offsetof(struct cpu, field))

/* The running thread. The first thing in a fast path: nothing else may have used r11 before. */
static ALWAYS_INLINE struct thread *fast_enter(void)
{
    register struct thread *self __asm__("r11");
    __asm__ volatile("" : "=r"(self));
    return self;
}

static ALWAYS_INLINE uint64_t fast_deadline(void)
{
    register uint64_t deadline __asm__("r14");
    __asm__ volatile("" : "=r"(deadline));
    return deadline;
}

/* arch_lock_take, in the fewest instructions when nobody else holds it. */
static ALWAYS_INLINE void fast_lock(void)
{
    uint32_t ticket = 1;
    __asm__ volatile("lock xaddl %0, %1\n"
                     "1: cmpl %0, %2\n\t"
                     "jne 2f\n\t"
                     ".subsection 1\n"
                     "2: pause\n\t"
                     "jmp 1b\n\t"
                     ".previous"
                     : "+r"(ticket), "+m"(kernel_lock.next), "+m"(kernel_lock.serving)
                     :
                     : "memory", "cc");
}

/* Exits in syscall_entry.S that take what they are about in r15. */
void fast_exit_faulted(void);
void syscall_signal(void);

static ALWAYS_INLINE NORETURN void fast_leave(void (*way)(void), const void *about)
{
    register const void *r15 __asm__("r15") = about;
    __asm__ volatile("jmp %c0" : : "i"(way), "r"(r15) : "memory");
    __builtin_unreachable();
}

/* Resume @to, which left by a system call, in place of @from, with @result; the words stay as they
 * are. */
static ALWAYS_INLINE NORETURN void fast_resume(const struct thread *from, const struct thread *to,
                                               uint64_t result)
{
    register const struct thread *r11 __asm__("r11") = from;
    register const struct thread *r15 __asm__("r15") = to;
    __asm__ volatile("jmp fast_exit" : : "r"(r11), "r"(r15), "a"(result) : "memory");
    __builtin_unreachable();
}

/* The same for the thread that made the call. */
static ALWAYS_INLINE NORETURN void fast_resume_self(const struct thread *self, uint64_t result)
{
    register const struct thread *r11 __asm__("r11") = self;
    __asm__ volatile("jmp fast_exit_self" : : "r"(r11), "a"(result) : "memory");
    __builtin_unreachable();
}

/* Resume @thread, whose call was a fault, as arch_context_resume_fault says. */
#define FAST_RETURN_FAULTED(thread) fast_leave(fast_exit_faulted, thread)

/* A signal that somebody hears: trap_signal(@slot), with the lock that is held. */
#define FAST_SIGNAL(slot) fast_leave(syscall_signal, slot)

/* To the general path, which starts over. */
static ALWAYS_INLINE NORETURN void fast_slow(void)
{
    __asm__ volatile("jmp syscall_slow" : : "r"(fast_handle) : "memory");
    __builtin_unreachable();
}
