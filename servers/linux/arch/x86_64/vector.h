/*
 * vector.h - layout of the vector state in a frame page (Intel SDM vol. 1 §13.4).
 */
#pragma once

#include "servers/linux/thread.h"

#define XSAVE_LEGACY_BYTES 512
#define XSAVE_HEADER_END   576
#define XSAVE_ALIGNMENT    64
#define XSAVE_AVX_END      832 /* CPUID leaf 0xd, sub-leaf 2: 256 bytes from 576 on */

/* The legacy region and the header; components follow. */
struct xsave_area {
    uint16_t fcw;
    uint16_t fsw;
    uint16_t ftw;
    uint16_t fop;
    uint64_t rip;
    uint64_t rdp;
    uint32_t mxcsr;
    uint32_t mxcsr_mask;
    uint8_t registers[432]; /* st0-7, xmm0-15, reserved */
    uint8_t software[48];   /* free for software: what a signal frame says about itself */
    uint64_t xstate_bv;     /* the header */
    uint64_t xcomp_bv;
    uint64_t reserved[6];
};
STATIC_ASSERT(sizeof(struct xsave_area) == XSAVE_HEADER_END, "XSAVE legacy region and header");

static inline struct xsave_area *guest_vector_area(struct thread *thread)
{
    return (void *)((char *)thread->frame + GUEST_FRAME_VECTOR_OFFSET);
}

#define XSTATE_LEGACY 3ull /* x87 and SSE, the components of FXSAVE */
#define XSTATE_AVX    4ull

/* The components that this processor has switched on (XCR0). */
extern uint64_t guest_features_known; /* atomic; 0: not asked yet */
uint64_t guest_ask_features(void);

static inline uint64_t guest_vector_features(void)
{
    uint64_t known = __atomic_load_n(&guest_features_known, __ATOMIC_ACQUIRE);
    return LIKELY(known != 0) ? known : guest_ask_features();
}

/*
 * Where there is nothing but x87 and SSE the server uses FXSAVE and FXRSTOR itself, on the
 * registers of its own thread, which are its guest's: the kernel sees to that when they raise #NM.
 * Both want 16-byte alignment.
 */
static inline void guest_vector_save(struct xsave_area *to)
{
    __asm__ volatile("fxsave64 %0" : "+m"(*to));
}

/* Copies the legacy region out of memory that the guest may write to meanwhile, and loads it.
   -EINVAL if it has bits that the processor refuses. */
MUST_USE int guest_vector_load(struct thread *thread, const struct xsave_area *from);

/* Bytes of vector state that this processor has switched on. */
uint32_t guest_vector_bytes(void);

/* Bytes that the components with state in this area take: what there is to copy. */
static inline uint32_t guest_vector_used(const struct xsave_area *area)
{
    if (area->xstate_bv & ~(uint64_t)(XSTATE_LEGACY | XSTATE_AVX))
        return guest_vector_bytes();
    return area->xstate_bv & XSTATE_AVX ? XSAVE_AVX_END : XSAVE_HEADER_END;
}
