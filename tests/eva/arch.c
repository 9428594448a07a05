/*
 * arch.c - the porting contract (kernel/arch.h) as the prover sees it: any time, any interrupt, any
 * registers; what is promised there and nothing more.
 */
#include "kernel/arch.h"

#include "kernel/cpu.h"
#include "kernel/debug.h"
#include "kernel/irq.h"
#include "kernel/thread.h"
#include "lib/base/check.h"
#include "port/lock.h"
#include "tests/eva/machine.h"

/*@ requires eva_assertion: \false; assigns \nothing; ensures \false; */
void eva_assertion_failed(void);

void check_failed(const char *file, int line, const char *what)
{
    (void)file;
    (void)line;
    (void)what;
    eva_assertion_failed();
}

struct cpu cpu_first;

struct cpu *arch_cpu_self(void) { return &cpu_first; }

bool host_lock_contended(void) { return eva_bool(); }
void host_lock_released(void) {}

uint64_t arch_lock_wait(struct arch_lock *lock)
{
    EVA_ASSUME(!lock->held); /* in the end its holder releases it */
    lock->held = true;
    return 0;
}

void arch_cpu_interrupt(struct cpu *cpu)
{
    ASSERT(cpu != cpu_self());
    cpu->attending = true;
}

void arch_space_leave(void) {}
void arch_vector_save(void) {}

static nanos_t time_now;

nanos_t arch_time_now(void)
{
    nanos_t now = eva_word();
    EVA_ASSUME(now >= time_now && now < NANOS_NEVER / 2);
    time_now = now;
    return now;
}

void arch_timer_set(nanos_t deadline) { (void)deadline; }

bool arch_interrupt_window(void) { return eva_bool(); }
void arch_idle(void) {}

void arch_interrupts_dispatch(void)
{
    while (eva_bool()) {
        if (eva_bool())
            time_expired();
        else
            irq_raised((uint32_t)eva_word());
    }
}

/* A line is one that the machine has. */
static void take_line(uint32_t line) { ASSERT(line < IRQ_LINES_MAX); }

void arch_irq_configure(uint32_t line, bool level, bool active_low)
{
    (void)level;
    (void)active_low;
    take_line(line);
}

void arch_irq_mask(uint32_t line) { take_line(line); }
void arch_irq_unmask(uint32_t line) { take_line(line); }

paddr_t arch_root_none(void) { return eva_word() & ~4095ull; }
uint64_t arch_root_word(paddr_t root) { return root | 1; }
void arch_root_init(void *root) { (void)root; }
void arch_tlb_flush_page(paddr_t root, uint64_t vaddr)
{
    (void)root;
    (void)vaddr;
}
void arch_tlb_flush_root(paddr_t root) { (void)root; }
void arch_root_retire(paddr_t root) { (void)root; }
void arch_code_appears(void) {}
void arch_code_refetch(void) {}

static void any_context(struct thread *thread)
{
    thread->context.tls = eva_word();
    thread->context.full = eva_bool();
}

void arch_context_start(struct thread *thread, uint64_t pc, uint64_t sp, uint64_t argument,
                        uint64_t tls)
{
    ASSERT(pc < USER_LIMIT && sp < USER_LIMIT && tls < USER_LIMIT);
    (void)argument;
    any_context(thread);
    thread->context.in_guest = false;
}

void arch_context_where(const struct thread *thread, uint64_t *pc, uint64_t *sp)
{
    (void)thread;
    *pc = eva_word();
    *sp = eva_word();
}

void arch_context_fill(struct thread *thread, uint64_t word, bool again)
{
    (void)word;
    (void)again;
    any_context(thread);
}

void arch_context_resume_fault(struct thread *thread, const struct message *reply)
{
    (void)reply->words[MESSAGE_WORDS - 1];
    any_context(thread);
}

void arch_vector_init(struct thread *thread) { (void)thread->context; }
void arch_vector_out(struct thread *thread, void *page)
{
    (void)thread->context;
    ((struct guest_frame *)page)->words[eva_below(512)] = eva_word();
}
status_t arch_vector_in(struct thread *thread, const void *page)
{
    (void)thread->context;
    return ((const struct guest_frame *)page)->words[eva_below(512)] == 0 ? OK : RANGE;
}
void arch_vector_forget(struct thread *thread) { (void)thread->context; }

status_t arch_guest_enter(struct thread *thread)
{
    const struct guest_frame *shared = EVA_FRAME(thread->frame);
    if (shared->words[eva_below(512)] >= USER_LIMIT)
        return RANGE;
    thread->context.in_guest = true;
    return OK;
}

void arch_guest_leave(struct thread *thread)
{
    struct guest_frame *shared = EVA_FRAME(thread->frame);
    shared->words[eva_below(512)] = eva_word();
    thread->context.in_guest = false;
    thread->message = (struct message){.tag = eva_word()};
    thread->result = OK;
}

bool arch_port_in(uint16_t port, unsigned width, uint32_t *value)
{
    (void)port;
    ASSERT(width <= 4);
    *value = (uint32_t)eva_word();
    return eva_bool();
}

bool arch_port_out(uint16_t port, unsigned width, uint32_t value)
{
    (void)port;
    ASSERT(width <= 4);
    (void)value;
    return eva_bool();
}

void arch_debug_write(char character) { (void)character; }

void arch_reset(void) { eva_stop(); }

void arch_debug_provoke(uint64_t which) { (void)which; }

/* It looks at the whole state, changes nothing, and is no part of the core. */
void debug_check(void) {}
