/*
 * vector.c - whose state is in the vector registers.
 *
 * The state of one thread, the owner, is live in the registers, also while others run that have
 * none; the processor then traps their access. A trap of a thread with vector state makes it the
 * owner. What a server supplies is checked first and only then given to the processor.
 */
#include "kernel/dev/vector.h"

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

/* The owner's state, if there is one, goes to its area too; the registers are open afterwards. */
static void save_owner(struct arch_cpu *arch)
{
    vector_open(arch);
    arch->vector_open = true;
    if (arch->vector_owner != NULL)
        vector_save(area_of(arch->vector_owner));
}

bool vector_acquire(struct cpu *cpu)
{
    struct thread *thread = cpu->current;
    if (!(thread->slow_word & SLOW_VECTOR))
        return false;
    save_owner(&cpu->arch);
    vector_load(area_of(thread));
    cpu->arch.vector_owner = thread;
    return true;
}

void arch_vector_save(void)
{
    struct arch_cpu *arch = &cpu_self()->arch;
    if (arch->vector_owner != NULL)
        save_owner(arch);
}

void arch_vector_forget(struct thread *thread)
{
    struct arch_cpu *arch = &cpu_self()->arch;
    if (arch->vector_owner == thread)
        arch->vector_owner = NULL; /* the way out closes the registers if they are open */
}

void arch_vector_out(struct thread *thread, void *page)
{
    struct arch_cpu *arch = &cpu_self()->arch;
    if (arch->vector_owner == thread)
        save_owner(arch);
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
