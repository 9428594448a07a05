/*
 * vector.c - x87, SSE and AVX registers of the threads that declared them (Intel SDM volume 1, 13
 * "XSAVE feature set").
 *
 * The state of one thread, the owner, is live in the registers, also while others run that have
 * none; CR0.TS then traps their access. A trap (#NM) of a thread with vector state makes it the
 * owner.
 *
 * An area is always in the standard XSAVE format, also where only FXSAVE exists: then the header
 * says x87 and SSE. It is in the thread's own memory; what a server supplies is checked first and
 * only then given to the processor.
 */
#include "kernel/arch/x86_64/machine.h"
#include "kernel/arch/x86_64/parts.h"
#include "kernel/thread.h"
#include "lib/base/bits.h"
#include "lib/base/check.h"
#include "lib/base/copy.h"
#include "lib/base/x86_64/instructions.h"

#define STATE_X87_SSE   0x3ull
#define LEGACY_BYTES    512
#define CONTROL_INITIAL 0x37f
#define MXCSR_INITIAL   0x1f80
#define MXCSR_MASK      0xffff

struct vector_area {
    uint16_t control;
    uint8_t legacy0[22];
    uint32_t mxcsr;
    uint32_t mxcsr_mask;
    uint8_t legacy1[480];
    uint64_t components; /* XSTATE_BV */
    uint64_t compaction; /* XCOMP_BV: 0 */
    uint64_t reserved[6];
} ALIGNED(64);

STATIC_ASSERT(sizeof(struct vector_area) == LEGACY_BYTES + 64, "legacy area and header");
STATIC_ASSERT(sizeof(struct thread) <= VECTOR_AREA_OFFSET, "the area begins behind the thread");
STATIC_ASSERT(VECTOR_AREA_OFFSET + GUEST_FRAME_VECTOR_BYTES <= THREAD_VECTOR_BYTES,
              "the area ends in the thread's memory");

static uint64_t state_mask = STATE_X87_SSE;
static uint32_t area_bytes = sizeof(struct vector_area);
static bool has_xsave;

static struct vector_area *area_of(struct thread *thread)
{
    return (void *)((char *)thread + VECTOR_AREA_OFFSET);
}

#define AREA_DO(instruction, area)                                                                 \
    __asm__ volatile(instruction " %0"                                                             \
                     : "+m"(*(area))                                                               \
                     : "a"((uint32_t)state_mask), "d"((uint32_t)(state_mask >> 32))                \
                     : "memory")

/* These two need CR0.TS clear. */
static void area_save(struct vector_area *area)
{
    if (has_xsave)
        AREA_DO("xsave64", area);
    else
        AREA_DO("fxsave64", area);
}

static void area_restore(struct vector_area *area)
{
    if (has_xsave)
        AREA_DO("xrstor64", area);
    else
        AREA_DO("fxrstor64", area);
}

COLD void vector_init(const struct boot_handover *handover)
{
    if (handover->vector_components == 0)
        return;
    has_xsave = true;
    state_mask = handover->vector_components;
    area_bytes = (uint32_t)handover->vector_bytes;
}

COLD void arch_vector_init(struct thread *thread)
{
    struct vector_area *area = area_of(thread);
    area->control = CONTROL_INITIAL;
    area->mxcsr = MXCSR_INITIAL;
    area->components = STATE_X87_SSE;
}

/* The owner's state, if there is one, goes to its area too; the registers are open afterwards. */
static void save_owner(struct arch_cpu *arch)
{
    __asm__ volatile("clts");
    arch->vector_open = true;
    if (arch->vector_owner != NULL)
        area_save(area_of(arch->vector_owner));
}

bool vector_acquire(struct cpu *cpu)
{
    struct thread *thread = cpu->current;
    if (!(thread->slow_word & SLOW_VECTOR))
        return false;
    save_owner(&cpu->arch);
    area_restore(area_of(thread));
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
    memcpy((char *)page + GUEST_FRAME_VECTOR_OFFSET, area_of(thread), area_bytes);
}

status_t arch_vector_in(struct thread *thread, const void *page)
{
    /* The page is shared with the server: each field that decides is read once, here. */
    const volatile struct vector_area *from =
        (const volatile void *)((const char *)page + GUEST_FRAME_VECTOR_OFFSET);
    uint32_t mxcsr = from->mxcsr;
    uint64_t components = from->components;
    if ((mxcsr & ~MXCSR_MASK) || (components & ~state_mask) || from->compaction != 0)
        return RANGE;
    arch_vector_forget(thread);
    struct vector_area *area = area_of(thread);
    memcpy(area, (const char *)page + GUEST_FRAME_VECTOR_OFFSET, area_bytes);
    area->mxcsr = mxcsr;
    area->components = components;
    area->compaction = 0;
    memset(area->reserved, 0, sizeof(area->reserved));
    return OK;
}
