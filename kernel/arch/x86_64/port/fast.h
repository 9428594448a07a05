/*
 * fast.h - how kernel/fast.c reads the registers of a system call and leaves again.
 *
 * syscall_entry.S leads there with the handle in rax, the running thread in r11, and tag and words
 * in the registers in which user level put them. fast.c is compiled so that these stay untouched
 * (-ffixed, meson.build). The compiler has rax, rcx, r11 and r15 for what it likes; rbp and r14 are
 * for what is said below; there is no stack: rsp is user level's. tools/check_fast.py looks at what
 * the compiler made of it. It ends on the way back to user level or with a jump into
 * syscall_entry.S.
 */
#pragma once

#include "kernel/arch/x86_64/machine.h"
#include "kernel/cpu.h"
#include "kernel/lock.h"

register uint64_t fast_tag __asm__("rbx");

/* The Endpoint that is called, or answered at. */
register struct endpoint *fast_endpoint __asm__("rbp");

/* Once the key says that there is no deadline. User level gets to see it: its own floor, and that
 * it received. */
register int64_t fast_standing __asm__("r14");

/* The value is in this register or variable from now on, and in no other. */
#define FAST_KEEP(variable) __asm__("" : "+r"(variable))

/* Off the common path: read memory again rather than keep a register for it. */
#define FAST_RELOAD() __asm__ volatile("" : : : "memory")

/* A field of this processor's struct cpu, as one memory operand. */
#define CPU_LOCAL(field)                                                                           \
    (*(__typeof__(((struct cpu *)0)->field) __seg_gs *)offsetof(struct cpu, field))

/* The kernel lock. No register holds its address. */
#define fast_lock_try()     arch_lock_try(&kernel_lock)
#define fast_lock_release() arch_lock_release(&kernel_lock)
#define fast_lock_forget()
#define fast_ready()             THREAD_READY
#define fast_serves_nobody(self) ((self)->caller == &thread_nobody)
#define fast_is_free(fast)       ((fast) == NOTIFICATION_FREE)
#define fast_is_heard(fast)      ((fast) == NOTIFICATION_HEARD)

/* The running thread, and the handle. The first thing in a fast path: nothing else may have used
 * r11 and rax before. */
static ALWAYS_INLINE struct thread *fast_enter(uint64_t *handle)
{
    register struct thread *self __asm__("r11");
    __asm__ volatile("" : "=r"(self), "=a"(*handle));
    return self;
}

/* What of a handle is compared with a key. */
static ALWAYS_INLINE uint32_t fast_key(uint64_t handle) { return (uint32_t)handle; }

/* Does the message carry a capability, or offer a slot for one? Comparing with a constant in memory
 * is one instruction less than with an immediate one. */
static ALWAYS_INLINE bool fast_tag_names_slots(void) { return fast_tag > fast_tag_last; }

static ALWAYS_INLINE uint64_t fast_deadline(void)
{
    register uint64_t deadline __asm__("r14");
    __asm__ volatile("" : "=r"(deadline));
    return deadline;
}

/* To the general path, which starts over. */
static ALWAYS_INLINE NORETURN void fast_slow(uint64_t handle)
{
    __asm__ volatile("jmp syscall_slow" : : "a"(handle) : "memory");
    __builtin_unreachable();
}

#define fast_take_badge(slot)
#define fast_badge(slot) ((slot)->value)
#define fast_save(self)  ((void)(self)) /* the entry has */

/* Exits in syscall_entry.S that take what they are about in r15. */
void fast_exit_faulted(void);
void syscall_signal(void);

static ALWAYS_INLINE NORETURN void fast_leave(void (*way)(void), const void *about)
{
    register const void *r15 __asm__("r15") = about;
    __asm__ volatile("jmp %c0" : : "i"(way), "r"(r15) : "memory");
    __builtin_unreachable();
}

#define FAST_OFFSET(name, field) [name] "i"(offsetof(struct thread, field))

/* @to goes on in place of @from: in its Space. */
static ALWAYS_INLINE void fast_load_space(const struct thread *from, const struct thread *to)
{
    __asm__ volatile("mov %c[root](%[to]), %%rbp\n\t"
                     "cmp %c[root](%[from]), %%rbp\n\t"
                     "je 1f\n\t"
                     "mov %%rbp, %%cr3\n"
                     "1:"
                     :
                     : [from] "r"(from), [to] "r"(to), FAST_OFFSET(root, root)
                     : "memory", "cc");
}

/* Resume @to, which left by a system call, with @result; its Space is loaded, and the words stay as
 * they are. What is not cleared @to may know: in rbp it finds its own TLS base. */
static ALWAYS_INLINE NORETURN void fast_resume(const struct thread *to, uint64_t result)
{
    __asm__ volatile("mov %c[tls](%[to]), %%rbp\n\t"
                     "wrfsbase %%rbp\n\t"
                     "mov %c[sp](%[to]), %%rsp\n\t"
                     "mov %c[pc](%[to]), %%rcx\n\t"
                     "mov %[flags], %%r11d\n\t"
                     "xor %%r15d, %%r15d\n\t"
                     "swapgs\n\t"
                     "sysretq"
                     :
                     : [to] "r"(to), "a"(result), [flags] "i"(FLAGS_USER),
                       FAST_OFFSET(tls, context.tls), FAST_OFFSET(sp, context.sp),
                       FAST_OFFSET(pc, context.pc)
                     : "memory");
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
