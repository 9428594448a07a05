/*
 * vector.c - whose state is in the vector registers.
 *
 * The state of one thread, the owner, is live in the registers, also while others run that have
 * none; the processor then traps their access. A trap of a thread with vector state makes it the
 * owner. What a server supplies is checked first and only then given to the processor.
 *
 * Each processor has an owner, and a thread is that of one at most (`vector_at`); a processor that
 * attends has saved its owner's state. Lock: a processor makes its current thread the owner, in
 * place of another one, without the lock; all else is under the lock.
 */
#include "kernel/dev/vector.h"

#include "kernel/cpu.h"
#include "kernel/thread.h"
#include "lib/base/copy.h"
#include "port/vector.h"

STATIC_ASSERT(sizeof(struct thread) <= VECTOR_AREA_OFFSET, "the area begins behind the thread");
STATIC_ASSERT(VECTOR_AREA_OFFSET + GUEST_FRAME_VECTOR_BYTES <= THREAD_VECTOR_BYTES,
              "the area ends in the thread's memory");
STATIC_ASSERT(sizeof(struct vector_area) <= GUEST_FRAME_VECTOR_BYTES, "there is room for it");

static struct vector_area *area_of(struct thread *thread)
{
    return (void *)((char *)thread + VECTOR_AREA_OFFSET);
}

COLD void arch_vector_init(struct thread *thread) { vector_area_init(area_of(thread)); }

static void open_registers(struct arch_cpu *arch)
{
    vector_open(arch);
    arch->vector_open = true; /* the way out closes them if they are not the thread's */
}

void arch_vector_save(void)
{
    struct arch_cpu *arch = &cpu_self()->arch;
    if (arch->vector_owner == NULL)
        return;
    open_registers(arch);
    vector_save(area_of(arch->vector_owner));
}

/* @thread's state is in its area, whichever registers hold it. */
static void bring_home(const struct thread *thread)
{
    struct cpu *at = thread->context.vector_at;
    if (at == cpu_self())
        arch_vector_save();
    else if (UNLIKELY(at != NULL))
        cpu_summon(at);
}

bool vector_acquire(struct cpu *cpu)
{
    struct thread *thread = cpu->current;
    struct thread *owner = cpu->arch.vector_owner;
    if (!(thread->slow_word & SLOW_VECTOR))
        return false;
    if (UNLIKELY(thread->context.vector_at != NULL && thread->context.vector_at != cpu)) {
        trap_vector(thread);
        return true; /* it tries again */
    }
    arch_vector_save();
    open_registers(&cpu->arch);
    if (owner != NULL)
        owner->context.vector_at = NULL;
    vector_load(area_of(thread));
    thread->context.vector_at = cpu;
    cpu->arch.vector_owner = thread;
    return true;
}

void arch_vector_forget(struct thread *thread)
{
    struct cpu *at = thread->context.vector_at;
    if (at == NULL)
        return;
    if (at != cpu_self())
        cpu_summon(at);
    open_registers(&cpu_self()->arch);   /* which the way out closes */
    if (at->arch.vector_owner == thread) /* it may just have got another one */
        at->arch.vector_owner = NULL;
    thread->context.vector_at = NULL;
}

void arch_vector_out(struct thread *thread, void *page)
{
    bring_home(thread);
    memcpy((char *)page + GUEST_FRAME_VECTOR_OFFSET, area_of(thread), vector_area_bytes());
}

status_t arch_vector_in(struct thread *thread, const void *page)
{
    const void *from = (const char *)page + GUEST_FRAME_VECTOR_OFFSET;
    struct vector_control control;
    if (!vector_control_read(from, &control))
        return RANGE;
    arch_vector_forget(thread);
    struct vector_area *area = area_of(thread);
    memcpy(area, from, vector_area_bytes());
    vector_control_write(area, &control);
    return OK;
}
