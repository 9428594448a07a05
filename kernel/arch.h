/*
 * arch.h - the whole porting contract.
 *
 * A port lies in kernel/arch/<arch>/ and has these headers in its port/ folder:
 *   port/cpu.h      struct arch_cpu (what the entry code needs first), arch_cpu_self()
 *   port/context.h  struct arch_context (the saved registers of a thread), with `full` (see
 *                   below), `in_guest` (interrupted there) and `tls`, the TLS base that is
 *                   loaded at every entry to user level
 *   port/pte.h      page-table entries: see "Page tables" below
 *   port/memory.h   arch_phys_to_virt() and back, USER_LIMIT, KERNEL_STACK_BYTES;
 *                   arch_code_appears(): a page is about to be mapped to be executed, and what was
 *                   written to it before is what every processor fetches then, if user level
 *                   cannot see to that itself; arch_code_refetch(): this processor has the lock
 *                   again after it idled or attended, and does its part
 *   port/lock.h     struct arch_lock: a fair lock; arch_lock_try(), arch_lock_wait() after a try
 *                   that failed, arch_lock_release(), arch_lock_wanted(): does anybody wait?
 *
 * The kernel runs with interrupts off, on one stack a processor. It takes interrupts only in
 * arch_idle() and arch_interrupt_window(), which record them; arch_interrupts_dispatch() then calls
 * irq_raised() and time_expired() for each. Interrupts of user level are recorded and dispatched
 * likewise.
 *
 * The entry code saves registers into cpu_self()->current, switches to the kernel's stack and calls
 * one of the trap_* functions; when that returns, it resumes cpu_self()->current, whoever that is
 * now: a thread with context.full set through its full register set, any other with message, result
 * and the kept registers.
 */
#pragma once

#include "abi/boot.h"
#include "kernel/cpu.h"
#include "kernel/message.h"
#include "port/memory.h"

struct thread;

/* ---- Up: what a port calls. Each takes and releases the kernel lock. ---- */

/** A system call that the fast path did not finish. handle, tag, words, deadline are in the thread.
 */
void trap_syscall(uint32_t handle);

/** A signal of the fast path that somebody hears. The kernel lock is held, and released at the end.
 */
void trap_signal(const struct slot *slot);

/** The running native thread faulted: a message (abi/fault.h) of @tag and FAULT_WORDS words. */
void trap_fault(uint64_t tag, uint64_t word0, uint64_t word1, uint64_t pc, uint64_t sp);

/** Interrupts were recorded while user level ran. */
void trap_interrupt(void);

/** @thread, the running one, touched vector registers, and another processor's hold its state: they
 * hold it no more. */
void trap_vector(struct thread *thread);

/** Called by arch_interrupts_dispatch with the kernel lock held. */
void irq_raised(uint64_t line);
void time_expired(void);

/** Tracing: what runs is entered for @kind, a vector, and @word (abi/boot.h). The port writes
 * trace_ring->since_ns when it leaves the kernel. */
void trace_event(uint64_t kind, uint64_t word);
extern struct trace_ring *trace_ring; /* NULL when off */

/** kernel_boot - build init as @handover says; on return cpu->current is init's thread. */
void kernel_boot(const struct boot_handover *handover);

/** kernel_join - another processor begins, after kernel_boot; on return cpu->current is whom it is
 * to resume. */
void kernel_join(void);

/* ---- Down: what the core calls. ---- */

/* Time, in nanoseconds since boot. The timer calls time_expired() at or after the deadline, once.
 */
nanos_t arch_time_now(void);
void arch_timer_set(nanos_t deadline);

/* Other processors. interrupt: @cpu leaves user level, or wakes, and calls trap_interrupt(); once
 * for several, perhaps, and perhaps when there is nothing to be done any more. space_leave: this
 * processor uses no translation of user level before it goes back there. vector_save: the state
 * that is in its vector registers is in its owner's memory as well. */
void arch_cpu_interrupt(struct cpu *cpu);
void arch_space_leave(void);
void arch_vector_save(void);

/* Interrupts. window: let waiting interrupts in; true if any was recorded. idle: wait for one. */
MUST_USE bool arch_interrupt_window(void);
void arch_idle(void);
void arch_interrupts_dispatch(void);
void arch_irq_configure(uint32_t line, bool level, bool active_low); /* leaves it masked */
void arch_irq_mask(uint32_t line);
void arch_irq_unmask(uint32_t line);

/* Page tables. port/pte.h has, as inline functions, for level 3 (root) to 0 (4 KiB pages):
 *   typedef uint64_t pte_t;
 *   bool pte_present(pte_t), bool pte_is_leaf(pte_t, level), paddr_t pte_address(pte_t)
 *   pte_t pte_node(paddr_t), pte_t pte_leaf(paddr_t, rights, device)
 *   struct pte_edit {keep, set}, pte_edit_rights(rights), pte_edit_limit(rights)
 *   bool pte_accessed(pte_t), bool pte_dirty(pte_t), pte_t pte_clean(pte_t)
 *   unsigned PTE_ROOT_LEVEL: what a root is, level 0 has the pages
 *   unsigned PTE_ROOT_USER_ENTRIES: how many entries of a root are user level's
 *   pte_t pte_large(pte_t): the leaf of level 1 with what one of level 0 has
 *   PTE_PAGE_STEP: what to add to a leaf to get that of the next page
 *   PTE_BREAK_FIRST: an entry is invalid, and forgotten, before it maps another page
 */
paddr_t arch_root_none(void);    /* a root without user level, for threads without a Space */
void arch_root_init(void *root); /* the kernel's own entries of a fresh root */
/* What a thread keeps of @root: what a switch loads. Not 0. */
uint64_t arch_root_word(paddr_t root);
/* Afterwards no processor uses what was there before (cpu_summon_users). */
void arch_tlb_flush_page(paddr_t root, uint64_t vaddr);
void arch_tlb_flush_root(paddr_t root);
/* The root is about to be freed or emptied for good: no processor may still use it. */
void arch_root_retire(paddr_t root);
/* Registers. */
void arch_context_start(struct thread *thread, uint64_t pc, uint64_t sp, uint64_t argument,
                        uint64_t tls);
/* Where user level left off. */
void arch_context_where(const struct thread *thread, uint64_t *pc, uint64_t *sp);
/* Make a full register set of the saved system call, if there is one: it happens @again, with @word
 * as its handle, or it returns, with @word as its result. Message and deadline are the thread's. */
void arch_context_fill(struct thread *thread, uint64_t word, bool again);
/* After a fault was answered: continue with the full register set that the fault saved. */
void arch_context_resume_fault(struct thread *thread, const struct message *reply);

/* Vector state; only for threads that declared it. The page is the frame page. in: RANGE if the
 * page has what cannot be loaded. */
void arch_vector_init(struct thread *thread);
void arch_vector_out(struct thread *thread, void *page);
MUST_USE status_t arch_vector_in(struct thread *thread, const void *page);
/* Its memory goes: no processor may keep its state. */
void arch_vector_forget(struct thread *thread);

/* Guests. enter: cpu->current has a guest Space and a frame; load it and continue there when the
 * kernel is left. RANGE if the frame cannot be loaded. leave: a thread that was interrupted in its
 * guest comes back out of `enter` with GUEST_EXIT_KICK: its guest registers go to the frame. */
MUST_USE status_t arch_guest_enter(struct thread *thread);
void arch_guest_leave(struct thread *thread);

/* I/O ports; false where there are none. */
MUST_USE bool arch_port_in(uint16_t port, unsigned width, uint32_t *value);
MUST_USE bool arch_port_out(uint16_t port, unsigned width, uint32_t value);

/* Last words: a polled UART, and the end of the machine. */
void arch_debug_write(char character);
NORETURN void arch_reset(void);
