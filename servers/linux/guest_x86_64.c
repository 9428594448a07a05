/*
 * guest_x86_64.c - registers of a guest: fresh ones, copies for a child, restart, vector state.
 *
 * Vector state belongs to the kernel's Thread, which the server's code and its guest share: what
 * XSAVE writes here is the guest's, for the server is compiled without vector registers. (The
 * kernel loads them first if somebody else's are in the processor.) The frame page has room for a
 * copy (XSAVE standard format, Intel SDM vol. 1 §13.4). Where there is no XSAVE the kernel copies.
 */
#include <corm/kernel_calls.h>

#include "lib/base/string.h"
#include "servers/linux/guest_x86_64.h"
#include "servers/linux/thread.h"

#define FLAGS_AT_START     0x202ull /* interrupts on, and the bit that is always 1 */
#define SYSCALL_BYTES      2        /* 0f 05 */
#define FCW_AT_START       0x37f
#define MXCSR_AT_START     0x1f80
#define CPUID_XSAVE        0xd
#define CPUID_FEATURES     1
#define CPUID_OSXSAVE      (1u << 27)
#define MXCSR_DEFINED      0xffffu
#define VECTOR_BYTES_FLOOR XSAVE_HEADER_END

uint32_t guest_vector_bytes(void)
{
    static uint32_t bytes;
    if (bytes == 0) {
        uint32_t a = CPUID_XSAVE, b, c = 0, d;
        __asm__ volatile("cpuid" : "+a"(a), "=b"(b), "+c"(c), "=d"(d));
        if (b < VECTOR_BYTES_FLOOR)
            b = VECTOR_BYTES_FLOOR;
        bytes = b > GUEST_FRAME_VECTOR_BYTES ? GUEST_FRAME_VECTOR_BYTES : b;
    }
    return bytes;
}

static bool has_xsave(void)
{
    uint32_t a = CPUID_FEATURES, b, c = 0, d;
    __asm__ volatile("cpuid" : "+a"(a), "=b"(b), "+c"(c), "=d"(d));
    return (c & CPUID_OSXSAVE) != 0;
}

uint64_t guest_vector_features(void)
{
    static uint64_t features; /* 0: not asked yet */
    uint32_t low, high;

    if (LIKELY(features != 0))
        return features;
    if (has_xsave()) {
        __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
        features = (uint64_t)high << 32 | low;
    } else {
        features = XSTATE_LEGACY;
    }
    return features;
}

/* Are there more components than FXSAVE knows? Then there is XSAVE. */
static bool by_xsave(uint64_t features) { return features != XSTATE_LEGACY; }

#define AREA_DO(instruction, area, features)                                                       \
    __asm__ volatile(instruction " %0"                                                             \
                     : "+m"(*(area))                                                               \
                     : "a"((uint32_t)(features)), "d"((uint32_t)((features) >> 32))                \
                     : "memory")

void guest_vector_clear(struct thread *thread)
{
    struct xsave_area *area = guest_vector_area(thread);
    memset(area, 0, sizeof(*area));
    area->fcw = FCW_AT_START;
    area->mxcsr = MXCSR_AT_START;
}

bool guest_vector_save(struct xsave_area *area)
{
    const uint64_t features = guest_vector_features();
    if (UNLIKELY(!by_xsave(features)))
        return false;
    AREA_DO("xsave64", area, features);
    return true;
}

void guest_vector_out(struct thread *thread)
{
    if (guest_vector_save(guest_vector_area(thread)))
        return;
    if (thread_vector_out(thread->cap) != OK)
        guest_vector_clear(thread);
}

/* XRSTOR faults on what is not defined (Intel SDM vol. 1 §13.8.1): that is refused here. The frame
   page is the server's own, so nobody changes what was checked. */
static int restore(struct xsave_area *area, uint64_t features)
{
    if (area->mxcsr & ~MXCSR_DEFINED || area->xstate_bv & ~features || area->xcomp_bv != 0)
        return -EINVAL;
    memset(area->reserved, 0, sizeof(area->reserved));
    AREA_DO("xrstor64", area, features);
    return 0;
}

int guest_vector_in(struct thread *thread)
{
    const uint64_t features = guest_vector_features();
    if (LIKELY(by_xsave(features)))
        return restore(guest_vector_area(thread), features);
    return thread_vector_in(thread->cap) == OK ? 0 : -EINVAL;
}

void guest_reset(struct thread *thread, uint64_t entry, uint64_t sp)
{
    *thread->frame = (struct guest_frame){.rip = entry, .rsp = sp, .rflags = FLAGS_AT_START};
    guest_vector_clear(thread);
}

void guest_clone(struct thread *child, struct thread *parent, uint64_t stack)
{
    *child->frame = *parent->frame;
    child->frame->rax = 0;
    if (stack != 0)
        child->frame->rsp = stack;
    guest_vector_out(parent);
    memcpy(guest_vector_area(child), guest_vector_area(parent),
           guest_vector_used(guest_vector_area(parent)));
}

void guest_restart_call(struct thread *thread, uint64_t number)
{
    thread->frame->rip -= SYSCALL_BYTES;
    thread->frame->rax = number;
}
