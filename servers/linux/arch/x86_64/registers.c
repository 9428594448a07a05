/*
 * registers.c - registers of a guest: fresh ones, copies for a child, restart, vector state.
 *
 * Vector state lives in the kernel's Thread; the frame page has room for a copy of it (XSAVE
 * standard format, Intel SDM vol. 1 §13.4), which the kernel writes and reads on demand. Where the
 * state is no more than FXSAVE knows, a signal's frame is filled without the kernel.
 */
#include <corm/kernel_calls.h>

#include "lib/base/string.h"
#include "servers/linux/arch/x86_64/vector.h"
#include "servers/linux/thread.h"

#define FLAGS_AT_START     0x202ull /* interrupts on, and the bit that is always 1 */
#define SYSCALL_BYTES      2        /* 0f 05 */
#define FCW_AT_START       0x37f
#define MXCSR_AT_START     0x1f80
#define CPUID_XSAVE        0xd
#define CPUID_FEATURES     1
#define CPUID_OSXSAVE      (1u << 27)
#define VECTOR_BYTES_FLOOR XSAVE_HEADER_END
#define LEGACY_USED_BYTES  416 /* of 512, by FXSAVE in 64-bit mode: up to XMM15 */
#define VECTOR_BYTES_MAX   (GUEST_FRAME_VECTOR_BYTES - 64) /* a signal frame has a word behind it */

uint32_t guest_vector_bytes(void)
{
    static uint32_t known; /* atomic; 0: not asked yet */
    uint32_t bytes = __atomic_load_n(&known, __ATOMIC_RELAXED);
    if (bytes == 0) {
        uint32_t a = CPUID_XSAVE, b, c = 0, d;
        __asm__ volatile("cpuid" : "+a"(a), "=b"(b), "+c"(c), "=d"(d));
        if (b < VECTOR_BYTES_FLOOR)
            b = VECTOR_BYTES_FLOOR;
        bytes = b > VECTOR_BYTES_MAX ? VECTOR_BYTES_MAX : b;
        __atomic_store_n(&known, bytes, __ATOMIC_RELAXED);
    }
    return bytes;
}

static bool has_xsave(void)
{
    uint32_t a = CPUID_FEATURES, b, c = 0, d;
    __asm__ volatile("cpuid" : "+a"(a), "=b"(b), "+c"(c), "=d"(d));
    return (c & CPUID_OSXSAVE) != 0;
}

uint64_t guest_features_known;

/* Bits of MXCSR that the processor has; 0 in the mask stands for these (Intel SDM vol. 1 §11.6.6).
 */
#define MXCSR_MASK_DEFAULT 0xffbf
static uint32_t mxcsr_mask = MXCSR_MASK_DEFAULT; /* atomic */

uint64_t guest_ask_features(void)
{
    struct xsave_area *area = guest_vector_area(thread_self());
    uint64_t features = XSTATE_LEGACY;
    uint32_t low, high;

    guest_vector_save(area);
    if (area->mxcsr_mask != 0)
        __atomic_store_n(&mxcsr_mask, area->mxcsr_mask, __ATOMIC_RELAXED);
    if (has_xsave()) {
        __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
        features = (uint64_t)high << 32 | low;
    }
    __atomic_store_n(&guest_features_known, features, __ATOMIC_RELEASE); /* the mask is known */
    return features;
}

int guest_vector_load(struct thread *thread, const struct xsave_area *from)
{
    struct xsave_area *area = guest_vector_area(thread);
    void *to = area;
    uint64_t words = LEGACY_USED_BYTES / sizeof(uint64_t);

    __asm__ volatile("rep movsq" : "+D"(to), "+S"(from), "+c"(words) : : "memory");
    if (area->mxcsr & ~__atomic_load_n(&mxcsr_mask, __ATOMIC_RELAXED))
        return -EINVAL;
    __asm__ volatile("fxrstor64 %0" : : "m"(*area));
    return 0;
}

void guest_vector_clear(struct thread *thread)
{
    struct xsave_area *area = guest_vector_area(thread);
    memset(area, 0, sizeof(*area));
    area->fcw = FCW_AT_START;
    area->mxcsr = MXCSR_AT_START;
}

void guest_vector_out(struct thread *thread)
{
    if (thread_vector_out(thread->cap) != OK)
        guest_vector_clear(thread);
}

int guest_vector_in(struct thread *thread)
{
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
