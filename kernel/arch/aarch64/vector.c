/*
 * vector.c - vector registers of the threads that declared them: V0 to V31, FPSR, FPCR. SVE and SME
 * are nobody's: their instructions trap.
 *
 * The state of one thread, the owner, is live in the registers, also while others run that have
 * none; CPACR_EL1.FPEN then traps their access. A trap of a thread with vector state makes it the
 * owner. What a server supplies is checked first and only then given to the processor.
 */
#include "kernel/arch/aarch64/parts.h"
#include "kernel/thread.h"
#include "lib/base/check.h"
#include "lib/base/copy.h"

#define CPACR_OPEN 0x300000u

/* What has a meaning for all processors (Arm ARM C5.2.8, C5.2.10): the rest is reserved. */
#define FPSR_BITS 0xf800009fu
#define FPCR_BITS 0x07c00000u

STATIC_ASSERT(sizeof(struct thread) <= VECTOR_AREA_OFFSET, "the area begins behind the thread");
STATIC_ASSERT(VECTOR_AREA_OFFSET + GUEST_FRAME_VECTOR_BYTES <= THREAD_VECTOR_BYTES,
              "the area ends in the thread's memory");
STATIC_ASSERT(sizeof(struct guest_vector) <= GUEST_FRAME_VECTOR_BYTES, "there is room for it");

/* vector_state.S; the registers are open. */
void vector_save(struct guest_vector *area);
void vector_restore(const struct guest_vector *area);

static struct guest_vector *area_of(struct thread *thread)
{
    return (void *)((char *)thread + VECTOR_AREA_OFFSET);
}

COLD void arch_vector_init(UNUSED struct thread *thread) {} /* zeroed memory is the state */

/* The owner's state, if there is one, goes to its area too; the registers are open afterwards. */
static void save_owner(struct arch_cpu *arch)
{
    SYSTEM_WRITE(cpacr_el1, CPACR_OPEN);
    arch->vectors = (uintptr_t)vectors_open;
    SYSTEM_WRITE(vbar_el1, arch->vectors);
    instruction_barrier(); /* before the registers are touched */
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
    vector_restore(area_of(thread));
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
    memcpy((char *)page + GUEST_FRAME_VECTOR_OFFSET, area_of(thread), sizeof(struct guest_vector));
}

status_t arch_vector_in(struct thread *thread, const void *page)
{
    /* The page is shared with the server: each field that decides is read once, here. */
    const volatile struct guest_vector *from =
        (const volatile void *)((const char *)page + GUEST_FRAME_VECTOR_OFFSET);
    uint32_t fpsr = from->fpsr, fpcr = from->fpcr;
    if ((fpsr & ~FPSR_BITS) || (fpcr & ~FPCR_BITS))
        return RANGE;
    arch_vector_forget(thread);
    struct guest_vector *area = area_of(thread);
    memcpy(area, (const char *)page + GUEST_FRAME_VECTOR_OFFSET, sizeof(*area));
    area->fpsr = fpsr;
    area->fpcr = fpcr;
    return OK;
}
