/*
 * fast.h - how kernel/fast.c reads the registers of a system call and leaves again.
 *
 * trap_entry.S leads there with the handle in x8, SP_EL1 at the running thread, and
 * tag and words in the registers in which user level put them. fast.c is compiled so that these
 * stay untouched (-ffixed, meson.build). The compiler has x8, x11 to x14 and x20 for what it
 * likes; x10 and x15 to x19 are for what is said below; there is no stack: SP_EL1 is no stack
 * pointer here. tools/check_fast.py looks at what the compiler made of it. It ends on the way back
 * to user level or with a jump into syscall_entry.S.
 */
#pragma once

#include "kernel/cpu.h"
#include "kernel/lock.h"
#include "kernel/thread.h"
#include "port/memory.h"

register uint64_t fast_tag __asm__("x9");

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

/* The kernel lock, from when it is taken. */
register struct arch_lock *fast_lock __asm__("x19");

/* LOCK_HELD, from then on, which everybody may see. x16 and x17 are 0 then. */
register uint64_t fast_held __asm__("x18");

static ALWAYS_INLINE bool fast_lock_try(void)
{
    register uint64_t seen __asm__("x16");
    register uint64_t failed __asm__("x17");
    fast_lock = &kernel_lock;
    FAST_KEEP(fast_lock);
    __asm__("mov %w0, %1" : "=r"(fast_held) : "i"(LOCK_HELD));
    LOCK_TAKE(fast_lock, fast_held, seen, failed, taken);
    return true;
taken:
    return false;
}

/* Questions about fast_standing (kernel/dev/fast.h). */
#define FAST_IF_ZERO  "cbz %0, %l[yes]"
#define FAST_IF_HEARD "cmn %w0, %1\n\tb.eq %l[yes]"
#define FAST_ASKS     "cc"

#include "kernel/dev/fast.h"

static ALWAYS_INLINE void fast_lock_release(void) { arch_lock_release(fast_lock); }

/* The thread that made the call goes on, and is to see no address of the kernel. */
static ALWAYS_INLINE void fast_lock_forget(void)
{
    __asm__ volatile("ldp x15, x19, [sp, %2]"
                     : "=r"(fast_endpoint), "=r"(fast_lock)
                     : "i"(offsetof(struct thread, context.zeros)));
}

/* The running thread, and the handle. The first thing in a fast path: nothing else may have used
 * x8 before. */
static ALWAYS_INLINE struct thread *fast_enter(uint64_t *handle)
{
    struct thread *self;
    register uint64_t x8 __asm__("x8");
    __asm__ volatile("mov %0, sp" : "=r"(self), "=r"(x8));
    *handle = x8;
    return self;
}

/* What of a handle is compared with a key. */
static ALWAYS_INLINE uint32_t fast_key(uint64_t handle) { return (uint32_t)handle; }

/* Does the message carry a capability, or offer a slot for one? */
static ALWAYS_INLINE bool fast_tag_names_slots(void)
{
    return fast_tag >> TAG_SEND_SLOT_SHIFT != 0;
}

#define fast_deadline() ((uint64_t)fast_standing)

/* To the general path, which starts over. */
static ALWAYS_INLINE NORETURN void fast_slow(uint64_t handle)
{
    register uint64_t x8 __asm__("x8") = handle;
    __asm__ volatile("b syscall_slow" : : "r"(x8) : "memory");
    __builtin_unreachable();
}

#define fast_take_badge(slot)
#define fast_badge(slot) ((slot)->value)
#define fast_save(self)  ((void)(self)) /* the entry has */

/* Exits in syscall_entry.S, and where they take what they are about. */
void fast_exit_faulted(void);
void syscall_signal(void);

#define FAST_LEAVE(way, about, place)                                                              \
    do {                                                                                           \
        register const void *about_ __asm__(place) = (about);                                      \
        __asm__ volatile("b %c0" : : "i"(way), "r"(about_) : "memory");                            \
        __builtin_unreachable();                                                                   \
    } while (0)

#define CLEAR(first, second) "ldp x" #first ", x" #second ", [sp, %[zeros]]\n\t"

/* @to goes on: in its Space. It takes effect with the return to user level. The Endpoint's register
 * gets the TLS base of @to, which stands behind the root, for fast_resume. */
static ALWAYS_INLINE void fast_load_space(UNUSED const struct thread *from, const struct thread *to)
{
    __asm__ volatile("ldp x12, x15, [%[to], %[root]]\n\t"
                     "tbnz x12, %[own], 1f\n\t"
                     "bl root_flush_shared\n"
                     "1: msr ttbr0_el1, x12"
                     : "=r"(fast_endpoint)
                     : [to] "r"(to), [own] "i"(ROOT_ASID_BIT), FAST_OFFSET(root, root)
                     : "memory", "x12", "x30");
}

/* Resume @to, which left by a system call, with @result; its Space is loaded, and the words stay as
 * they are. Cleared is what was the kernel's or is another thread's; what is left @to may know: its
 * own standing, pc, stack pointer and TLS base in x10 and x13 to x15, and what fast_lock_try left
 * in x16 to x18. The return to user level synchronizes what is written to system registers (Arm ARM
 * D1.4.4). */
static ALWAYS_INLINE NORETURN void fast_resume(const struct thread *to, uint64_t result)
{
    register uint64_t x8 __asm__("x8") = result;
    register const struct thread *x11 __asm__("x11") = to;
    __asm__ volatile("ldp x13, x14, [x11, %[pc]]\n\t"
                     "mov sp, x11\n\t"
                     "msr elr_el1, x13\n\t"
                     "msr sp_el0, x14\n\t"
                     "msr tpidr_el0, x15\n\t"
                     "msr spsr_el1, xzr\n\t" CLEAR(11, 12) CLEAR(19, 20) CLEAR(21, 22) CLEAR(23, 24)
                         CLEAR(25, 26) CLEAR(27, 28) CLEAR(29, 30) "eret"
                     :
                     : "r"(x8), "r"(x11), FAST_OFFSET(pc, context.pc),
                       FAST_OFFSET(zeros, context.zeros)
                     : "memory");
    __builtin_unreachable();
}

/* The same for the thread that made the call: nothing of it is to be loaded. */
static ALWAYS_INLINE NORETURN void fast_resume_self(UNUSED const struct thread *self,
                                                    uint64_t result)
{
    register uint64_t x8 __asm__("x8") = result;
    __asm__ volatile(CLEAR(11, 12) CLEAR(13, 14) "mov x20, xzr\n\teret"
                     :
                     : "r"(x8), FAST_OFFSET(zeros, context.zeros)
                     : "memory");
    __builtin_unreachable();
}

/* Resume @thread, whose call was a fault, as arch_context_resume_fault says. */
#define FAST_RETURN_FAULTED(thread) FAST_LEAVE(fast_exit_faulted, thread, "x11")

/* A signal that somebody hears: trap_signal(@slot), with the lock that is held. */
#define FAST_SIGNAL(slot) FAST_LEAVE(syscall_signal, slot, "x20")
