/*
 * fast.h - how kernel/fast.c reads the registers of a system call and leaves again.
 *
 * syscall_entry.S leads there with the handle in x8, SP_EL1 at the running thread's context, and
 * tag and words in the registers in which user level put them. fast.c is compiled so that these
 * stay untouched (-ffixed, meson.build). The compiler has x8, x11 to x14 and x16 to x18 for what
 * it likes; x10 and x15 are for what is said below; there is no stack: SP_EL1 is no stack pointer
 * here. tools/check_fast.py looks at what the compiler made of it. It ends on the way back to user
 * level or with a jump into syscall_entry.S.
 */
#pragma once

#include "kernel/cpu.h"
#include "kernel/lock.h"
#include "kernel/thread.h"
#include "port/memory.h"

register uint64_t fast_tag __asm__("x9");

/* Comparing with a constant is shorter here than with one in memory (kernel/fast.h). */
#define fast_tag_last ((1ull << TAG_SEND_SLOT_SHIFT) - 1)

/* The Endpoint that is called, or answered at. */
register struct endpoint *fast_endpoint __asm__("x15");

/* Once the key says that there is no deadline. User level gets to see it: its own floor, and that
 * it received. */
register int64_t fast_standing __asm__("x10");

/* The value is in this register or variable from now on, and in no other. */
#define FAST_KEEP(variable) __asm__("" : "+r"(variable))

/* Off the common path: read memory again rather than keep a register for it. */
#define FAST_RELOAD() __asm__ volatile("" : : : "memory")

/* A field of this processor's struct cpu. */
#define CPU_LOCAL(field) (arch_cpu_self()->field)

/* The running thread, and the handle. The first thing in a fast path: nothing else may have used
 * x8 before. */
static ALWAYS_INLINE struct thread *fast_enter(uint64_t *handle)
{
    struct thread *self;
    register uint64_t x8 __asm__("x8");
    __asm__ volatile("sub %0, sp, %2"
                     : "=r"(self), "=r"(x8)
                     : "i"(offsetof(struct thread, context) + CONTEXT_POINT));
    *handle = x8;
    return self;
}

static ALWAYS_INLINE uint64_t fast_deadline(void)
{
    register uint64_t deadline __asm__("x10");
    __asm__ volatile("" : "=r"(deadline));
    return deadline;
}

/* To the general path, which starts over. */
static ALWAYS_INLINE NORETURN void fast_slow(uint64_t handle)
{
    register uint64_t x8 __asm__("x8") = handle;
    __asm__ volatile("b syscall_slow" : : "r"(x8) : "memory");
    __builtin_unreachable();
}

/* Exits in syscall_entry.S that take what they are about in x11. */
void fast_exit_faulted(void);
void syscall_signal(void);

static ALWAYS_INLINE NORETURN void fast_leave(void (*way)(void), const void *about)
{
    register const void *x11 __asm__("x11") = about;
    __asm__ volatile("b %c0" : : "i"(way), "r"(x11) : "memory");
    __builtin_unreachable();
}

#define FROM_POINT(field) [field] "i"((int)offsetof(struct arch_context, field) - CONTEXT_POINT)

#define CLEAR(first, second) "ldp x" #first ", x" #second ", [sp, %[zeros]]\n\t"

/* @to goes on: in its Space. It takes effect with the return to user level. */
static ALWAYS_INLINE void fast_load_space(UNUSED const struct thread *from, const struct thread *to)
{
    register uint64_t x12 __asm__("x12") = to->root;
    __asm__ volatile("orr x12, x12, %[physmap]\n\t"
                     "ldr x12, [x12, %[ttbr]]\n\t"
                     "tbnz x12, %[own], 1f\n\t"
                     "bl root_flush_shared\n"
                     "1: msr ttbr0_el1, x12"
                     : "+r"(x12)
                     : [physmap] "i"(PHYSMAP_BASE), [ttbr] "i"(ROOT_TTBR), [own] "i"(ROOT_ASID_BIT)
                     : "memory", "x30");
}

/* Resume @to, which left by a system call, with @result; the words stay as they are. x11 to x30 are
 * cleared: the kernel's own, and what they held of @from. What is not cleared @to may know. The
 * return to user level synchronizes what is written to system registers (Arm ARM D1.4.4). */
static ALWAYS_INLINE NORETURN void fast_resume(const struct thread *to, uint64_t result)
{
    register uint64_t x8 __asm__("x8") = result;
    register const struct thread *x11 __asm__("x11") = to;
    __asm__ volatile("add sp, x11, %[context]\n\t"
                     "ldp x13, x14, [sp, %[pc]]\n\t"
                     "ldr x15, [sp, %[tls]]\n\t"
                     "msr elr_el1, x13\n\t"
                     "msr sp_el0, x14\n\t"
                     "msr tpidr_el0, x15\n\t"
                     "msr spsr_el1, xzr\n\t" CLEAR(11, 12) CLEAR(13, 14) CLEAR(15, 16) CLEAR(17, 18)
                         CLEAR(19, 20) CLEAR(21, 22) CLEAR(23, 24) CLEAR(25, 26) CLEAR(27, 28)
                             CLEAR(29, 30) "eret"
                     :
                     : "r"(x8),
                       "r"(x11), [context] "i"(offsetof(struct thread, context) + CONTEXT_POINT),
                       FROM_POINT(pc), FROM_POINT(tls), FROM_POINT(zeros)
                     : "memory");
    __builtin_unreachable();
}

/* The same for the thread that made the call: nothing of it is to be loaded. */
static ALWAYS_INLINE NORETURN void fast_resume_self(UNUSED const struct thread *self,
                                                    uint64_t result)
{
    register uint64_t x8 __asm__("x8") = result;
    __asm__ volatile("b fast_exit_self" : : "r"(x8) : "memory");
    __builtin_unreachable();
}

/* Resume @thread, whose call was a fault, as arch_context_resume_fault says. */
#define FAST_RETURN_FAULTED(thread) fast_leave(fast_exit_faulted, thread)

/* A signal that somebody hears: trap_signal(@slot), with the lock that is held. */
#define FAST_SIGNAL(slot) fast_leave(syscall_signal, slot)
