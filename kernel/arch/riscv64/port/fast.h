/*
 * fast.h - how kernel/fast.c reads the registers of a system call and leaves again.
 *
 * entry.S leads there with the handle in t0, the running thread in t6, this processor in tp, and
 * tag and words in the registers in which user level put them. fast.c is compiled so that these
 * stay untouched (-ffixed, meson.build), and so do sp and ra: user level's stack pointer, and the
 * pc to go on at. There is no stack. The compiler has t1, t3, t4 and t6 for what it likes; t2, t5
 * and s2 to s10 are for what is said below. It ends on the way back to user level or with a jump
 * into entry.S.
 */
#pragma once

#include "kernel/arch/riscv64/machine.h"
#include "kernel/cpu.h"
#include "kernel/lock.h"

register uint64_t fast_tag __asm__("s1");

/* Of which fast.c has no copy. */
register uint64_t fast_handle __asm__("t0");

/* The Endpoint that is called, or answered at. */
register struct endpoint *fast_endpoint __asm__("s3");

/* Once the key says that there is no deadline. User level gets to see it: its own floor, and that
 * it received. */
register int64_t fast_standing __asm__("s2");

/* The value is in this register or variable from now on, and in no other. */
#define FAST_KEEP(variable) __asm__("" : "+r"(variable))

/* Off the common path: read memory again rather than keep a register for it. */
#define FAST_RELOAD() __asm__ volatile("" : : : "memory")

/* A field of this processor's struct cpu. */
#define CPU_LOCAL(field) (arch_self->field)

/* The kernel lock, from when it is taken. */
register struct arch_lock *fast_lock __asm__("t2");

/* LOCK_HELD, from then on, which everybody may see. */
register uint64_t fast_held __asm__("s5");

/* As port/lock.h, in such registers: s6 is LOCK_FREE then. */
static ALWAYS_INLINE bool fast_lock_try(void)
{
    register uint64_t word __asm__("s6");
    fast_lock = arch_self->arch.lock; /* an address takes more to make */
    __asm__ volatile("li %[held], %[value]\n\t"
                     "amomaxu.w.aq %[word], %[held], (%[lock])"
                     : [word] "=&r"(word), [held] "=&r"(fast_held)
                     : [value] "i"(LOCK_HELD), [lock] "r"(fast_lock)
                     : "memory");
    return word == LOCK_FREE;
}

/* Questions about fast_standing (kernel/dev/fast.h). */
#define FAST_IF_ZERO  "beqz %0, %l[yes]"
#define FAST_IF_HEARD "addiw t5, %0, %1\n\tbeqz t5, %l[yes]"
#define FAST_ASKS     "t5"

#include "kernel/dev/fast.h"

/* LOCK_HELD becomes LOCK_FREE, and LOCK_WANTED LOCK_HANDED. */
static ALWAYS_INLINE void fast_lock_release(void)
{
    STATIC_ASSERT((LOCK_HELD ^ LOCK_HELD) == LOCK_FREE, "nobody waits");
    STATIC_ASSERT((LOCK_WANTED ^ LOCK_HELD) == LOCK_HANDED, "somebody does");
    __asm__ volatile("amoxor.w.rl zero, %[held], (%[lock])"
                     :
                     : [held] "r"(fast_held), [lock] "r"(fast_lock)
                     : "memory");
}

/* The thread that made the call goes on, and is to see no address of the kernel. */
static ALWAYS_INLINE void fast_lock_forget(void)
{
    __asm__ volatile("li s3, 0; li t2, 0" : "=r"(fast_endpoint), "=r"(fast_lock));
}

/* The running thread, and the handle. The first thing in a fast path: nothing else may have used
 * t6 before. */
static ALWAYS_INLINE struct thread *fast_enter(uint64_t *handle)
{
    register struct thread *t6 __asm__("t6");
    __asm__ volatile("" : "=r"(t6));
    *handle = fast_handle;
    return t6;
}

/* @self, which made the call, waits: where it goes on. */
static ALWAYS_INLINE void fast_save(struct thread *self)
{
    __asm__ volatile("sd sp, %[sp](%[self])\n\t"
                     "sd ra, %[pc](%[self])"
                     :
                     : [self] "r"(self), FAST_OFFSET(sp, context.sp), FAST_OFFSET(pc, context.pc)
                     : "memory");
}

/* What of a handle is compared with a key: all of the register. Who left something above the
 * handle's 32 bits goes the general way, which cuts it off. */
static ALWAYS_INLINE uint64_t fast_key(UNUSED uint64_t handle) { return fast_handle; }

/* Does the message carry a capability, or offer a slot for one? */
static ALWAYS_INLINE bool fast_tag_names_slots(void)
{
    register uint64_t slots __asm__("s8"); /* 0, which everybody may see */
    __asm__ volatile("srli %0, %1, %2" : "=r"(slots) : "r"(fast_tag), "i"(TAG_SEND_SLOT_SHIFT));
    return slots != 0;
}

#define fast_deadline() ((uint64_t)fast_standing)

/* The call happens: the register of its handle has the badge now. */
#define fast_take_badge(slot) (fast_handle = (slot)->value)
#define fast_badge(slot)      fast_handle

/* To the general path, which starts over. */
static ALWAYS_INLINE NORETURN void fast_slow(UNUSED uint64_t handle)
{
    __asm__ volatile("j syscall_slow" : : "r"(fast_handle) : "memory");
    __builtin_unreachable();
}

/* Exits in entry.S that take what they are about in t1. */
void fast_exit_faulted(void);
void syscall_signal(void);

static ALWAYS_INLINE NORETURN void fast_leave(void (*way)(void), const void *about)
{
    register const void *t1 __asm__("t1") = about;
    __asm__ volatile("j %0" : : "S"(way), "r"(t1) : "memory");
    __builtin_unreachable();
}

/* What carries no message, as entry.S does; gp, s5, s6 and s8 hold constants. */
#define FAST_CLEAR                                                                                 \
    "li t1, 0; li t2, 0; li t3, 0; li t4, 0; li t5, 0; li t6, 0; li s0, 0; li s3, 0; li s4, 0;"    \
    "li s7, 0; li s9, 0; li s10, 0; li s11, 0;"

/* @to goes on in place of @from: in its Space. No translation of the old root is used then. */
static ALWAYS_INLINE void fast_load_space(const struct thread *from, const struct thread *to)
{
    register uint64_t root __asm__("s9"), other __asm__("s10"); /* cleared below */
    __asm__ volatile("ld %[root], %[at](%[to])\n\t"
                     "ld %[other], %[at](%[from])\n\t"
                     "li gp, 0\n\t"
                     "beq %[root], %[other], 1f\n\t"
                     "csrw satp, %[root]\n\t"
                     "sfence.vma zero, gp\n"
                     "1:"
                     : [root] "=&r"(root), [other] "=&r"(other)
                     : [from] "r"(from), [to] "r"(to), [at] "i"(offsetof(struct thread, root))
                     : "memory");
}

/* Resume @to, which left by a system call, with @result; its Space is loaded, and the words stay as
 * they are. What it does not know is cleared: what the registers held is another's, or the
 * kernel's. */
static ALWAYS_INLINE NORETURN void fast_resume(const struct thread *to, uint64_t result)
{
    register uint64_t t0 __asm__("t0") = result;
    __asm__ volatile("ld ra, %[pc](%[to])\n\t"
                     "ld sp, %[sp](%[to])\n\t"
                     "ld tp, %[tls](%[to])\n\t"
                     "csrw sepc, ra\n\t" FAST_CLEAR "sret"
                     :
                     : [to] "r"(to), "r"(t0), FAST_OFFSET(tls, context.tls),
                       FAST_OFFSET(sp, context.sp), FAST_OFFSET(pc, context.pc)
                     : "memory");
    __builtin_unreachable();
}

/* The same for the thread that made the call, whose space and stack are still there, as is the pc
 * in ra; what the fast path does not touch is its own. */
static ALWAYS_INLINE NORETURN void fast_resume_self(const struct thread *self, uint64_t result)
{
    register uint64_t t0 __asm__("t0") = result;
    __asm__ volatile("ld tp, %[tls](%[self])\n\t"
                     "csrw sepc, ra\n\t"
                     "li t1, 0; li t3, 0; li t4, 0; li t6, 0; sret"
                     :
                     : [self] "r"(self), "r"(t0), FAST_OFFSET(tls, context.tls)
                     : "memory");
    __builtin_unreachable();
}

/* Resume @thread, whose call was a fault, as arch_context_resume_fault says. */
#define FAST_RETURN_FAULTED(thread) fast_leave(fast_exit_faulted, thread)

/* A signal that somebody hears: trap_signal(@slot), with the lock that is held. */
#define FAST_SIGNAL(slot) fast_leave(syscall_signal, slot)
