/*
 * vector.c - floating-point registers of the threads that declared them (privileged manual 3.1.6.6,
 * unprivileged manual 11 and 12).
 *
 * The state of one thread, the owner, is live in the registers, also while others run that have
 * none; sstatus.FS then makes each use of them an illegal instruction. That of a thread with vector
 * state makes it the owner.
 */
#include "kernel/arch/riscv64/parts.h"
#include "kernel/thread.h"
#include "lib/base/copy.h"

#define FCSR_MASK 0xffull

STATIC_ASSERT(sizeof(struct guest_frame_vector) == GUEST_FRAME_VECTOR_BYTES, "what is copied");
STATIC_ASSERT(sizeof(struct thread) <= VECTOR_AREA_OFFSET, "the area begins behind the thread");
STATIC_ASSERT(VECTOR_AREA_OFFSET + GUEST_FRAME_VECTOR_BYTES <= THREAD_VECTOR_BYTES,
              "the area ends in the thread's memory");

/* entry.S; they need FS. */
void vector_save(struct guest_frame_vector *area);
void vector_load(const struct guest_frame_vector *area);
extern const char open_entry[];

static struct guest_frame_vector *area_of(struct thread *thread)
{
    return (void *)((char *)thread + VECTOR_AREA_OFFSET);
}

/* The memory was zeroed, and so is the state of a thread that begins. */
void arch_vector_init(UNUSED struct thread *thread) {}

/* The owner's state, if there is one, goes to its area too; the registers are open afterwards: the
 * way out closes them unless it is the owner that goes on. */
static void save_owner(struct arch_cpu *arch)
{
    csr_set(sstatus, SSTATUS_FS);
    arch->vector_open = true;
    if (arch->vector_owner != NULL)
        vector_save(area_of(arch->vector_owner));
}

bool vector_acquire(struct cpu *cpu)
{
    struct thread *thread = cpu->current;
    if (!(thread->slow_word & SLOW_VECTOR) || cpu->arch.vector_open)
        return false;
    save_owner(&cpu->arch);
    vector_load(area_of(thread));
    cpu->arch.vector_owner = thread;
    return true;
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
    memcpy((char *)page + GUEST_FRAME_VECTOR_OFFSET, area_of(thread), GUEST_FRAME_VECTOR_BYTES);
}

status_t arch_vector_in(struct thread *thread, const void *page)
{
    struct guest_frame_vector *area = area_of(thread);
    const volatile struct guest_frame_vector *from =
        (const volatile void *)((const char *)page + GUEST_FRAME_VECTOR_OFFSET);
    uint64_t fcsr = from->fcsr; /* once: the page is shared with the server */
    if (fcsr & ~FCSR_MASK)
        return RANGE;
    arch_vector_forget(thread);
    memcpy(area, (const char *)page + GUEST_FRAME_VECTOR_OFFSET, sizeof(area->f));
    area->fcsr = fcsr;
    return OK;
}
