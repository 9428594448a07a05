/*
 * stub.c - all that kernel/arch.h asks of a port in C, in its order. Each body says what belongs
 * there; what is called before it has been written ends the machine with the function's name.
 *
 * Not here, for it is assembly: the ways in (system call, fault, interrupt, guest) and out, and the
 * fast path's registers (port/fast.h).
 */
#include "kernel/arch.h"

#include <stdio.h>
#include <stdlib.h>

#include "kernel/cpu.h"
#include "kernel/debug.h"
#include "kernel/thread.h"
#include "lib/base/check.h"
#include "port/lock.h"

#define MISSING()                                                                                  \
    do {                                                                                           \
        printf("port-stub: %s is missing\n", __func__);                                            \
        exit(1);                                                                                   \
    } while (0)

struct cpu cpu_first;

struct cpu *arch_cpu_self(void) { return &cpu_first; }

uint64_t arch_lock_wait(struct arch_lock *lock)
{
    (void)lock;
    MISSING(); /* with one processor nobody gets here */
}

/* ---- time: a counter that never stops, and an alarm; kernel/dev/clock.c has the arithmetic ----
 */

nanos_t arch_time_now(void) { MISSING(); }

void arch_timer_set(nanos_t deadline)
{
    (void)deadline;
    MISSING();
}

/* ---- other processors ------------------------------------------------------------------------ */

void arch_cpu_interrupt(struct cpu *cpu)
{
    (void)cpu;
    MISSING();
}

void arch_space_leave(void) { MISSING(); /* load arch_root_none() */ }
void arch_vector_save(void) { MISSING(); }

/* ---- interrupts: recorded here, dispatched by the core when it says so ------------------------
 */

bool arch_interrupt_window(void) { MISSING(); }
void arch_idle(void) { MISSING(); }
void arch_interrupts_dispatch(void) { MISSING(); /* irq_raised(line), time_expired() */ }

void arch_irq_configure(uint32_t line, bool level, bool active_low)
{
    (void)line, (void)level, (void)active_low;
    MISSING();
}

void arch_irq_mask(uint32_t line)
{
    (void)line;
    MISSING();
}

void arch_irq_unmask(uint32_t line)
{
    (void)line;
    MISSING();
}

/* ---- page tables ------------------------------------------------------------------------------
 */

paddr_t arch_root_none(void) { MISSING(); }

uint64_t arch_root_word(paddr_t root)
{
    (void)root;
    MISSING(); /* what the register of the root takes; the root itself will do */
}

void arch_root_init(void *root)
{
    (void)root;
    MISSING(); /* the upper half: the kernel's own entries, as the boot stage made them */
}

/* Of this processor. Who changes an entry has summoned the others. */
void arch_tlb_flush_page(paddr_t root, uint64_t vaddr)
{
    (void)root, (void)vaddr;
    MISSING();
}

void arch_tlb_flush_root(paddr_t root)
{
    (void)root;
    MISSING();
}

void arch_root_retire(paddr_t root)
{
    (void)root;
    MISSING();
}

/* ---- registers of threads ---------------------------------------------------------------------
 */

void arch_context_start(struct thread *thread, uint64_t pc, uint64_t sp, uint64_t argument,
                        uint64_t tls)
{
    (void)argument;
    thread->context = (struct arch_context){.pc = pc, .sp = sp, .tls = tls, .full = true};
}

void arch_context_where(const struct thread *thread, uint64_t *pc, uint64_t *sp)
{
    *pc = thread->context.pc;
    *sp = thread->context.sp;
}

void arch_context_fill(struct thread *thread, uint64_t word, bool again)
{
    (void)thread, (void)word, (void)again;
    MISSING(); /* a kept system call becomes a full set: before its instruction, or behind it */
}

void arch_context_resume_fault(struct thread *thread, const struct message *reply)
{
    (void)thread, (void)reply;
    MISSING();
}

/* ---- vector state: kernel/dev/vector.c decides when; the port loads and stores ----------------
 */

void arch_vector_init(struct thread *thread)
{
    (void)thread;
    MISSING();
}

void arch_vector_out(struct thread *thread, void *page)
{
    (void)thread, (void)page;
    MISSING();
}

status_t arch_vector_in(struct thread *thread, const void *page)
{
    (void)thread, (void)page;
    MISSING();
}

void arch_vector_forget(struct thread *thread)
{
    (void)thread;
    MISSING();
}

/* ---- guests -----------------------------------------------------------------------------------
 */

status_t arch_guest_enter(struct thread *thread)
{
    (void)thread;
    MISSING();
}

void arch_guest_leave(struct thread *thread)
{
    (void)thread;
    MISSING();
}

/* ---- ports of I/O, which few architectures have ------------------------------------------------
 */

bool arch_port_in(uint16_t port, unsigned width, uint32_t *value)
{
    (void)port, (void)width, (void)value;
    return false;
}

bool arch_port_out(uint16_t port, unsigned width, uint32_t value)
{
    (void)port, (void)width, (void)value;
    return false;
}

/* ---- last words --------------------------------------------------------------------------------
 */

void arch_debug_write(char character) { putchar(character); }
void arch_reset(void) { exit(1); }
