/*
 * vector.h - x87, SSE and AVX registers (Intel SDM volume 1, 13 "XSAVE feature set"). CR0.TS traps
 * their use.
 *
 * An area is always in the standard XSAVE format, also where only FXSAVE exists: then the header
 * says x87 and SSE.
 */
#pragma once

#include "kernel/arch.h"
#include "lib/base/check.h"
#include "lib/base/copy.h"

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

/* vector.c */
extern uint64_t state_mask;   /* the components that there are */
extern uint32_t vector_bytes; /* of an area with these */
extern bool vector_has_xsave;

static inline void vector_area_init(struct vector_area *area)
{
    area->control = CONTROL_INITIAL;
    area->mxcsr = MXCSR_INITIAL;
    area->components = STATE_X87_SSE;
}

static inline uint32_t vector_area_bytes(void) { return vector_bytes; }

static inline void vector_open(UNUSED struct arch_cpu *arch) { __asm__ volatile("clts"); }

#define AREA_DO(instruction, area)                                                                 \
    __asm__ volatile(instruction " %0"                                                             \
                     : "+m"(*(area))                                                               \
                     : "a"((uint32_t)state_mask), "d"((uint32_t)(state_mask >> 32))                \
                     : "memory")

static inline void vector_save(struct vector_area *area)
{
    if (vector_has_xsave)
        AREA_DO("xsave64", area);
    else
        AREA_DO("fxsave64", area);
}

static inline void vector_load(struct vector_area *area)
{
    if (vector_has_xsave)
        AREA_DO("xrstor64", area);
    else
        AREA_DO("fxrstor64", area);
}

struct vector_control {
    uint32_t mxcsr;
    uint64_t components;
};

static inline bool vector_control_read(const volatile struct vector_area *from,
                                       struct vector_control *control)
{
    uint32_t mxcsr = from->mxcsr;
    uint64_t components = from->components;
    if ((mxcsr & ~MXCSR_MASK) || (components & ~state_mask) || from->compaction != 0)
        return false;
    *control = (struct vector_control){mxcsr, components};
    return true;
}

static inline void vector_control_write(struct vector_area *area,
                                        const struct vector_control *control)
{
    area->mxcsr = control->mxcsr;
    area->components = control->components;
    area->compaction = 0;
    memset(area->reserved, 0, sizeof(area->reserved));
}
