/**
 * vector.h - where in a frame page vector state is, x86_64: an XSAVE area (Intel SDM volume 1,
 * 13.4), of which tests write the SSE registers.
 */
#pragma once

#include "abi/arch/x86_64/guest_frame.h"
#include "lib/base/bits.h"
#include "lib/base/string.h"

#define VECTOR_AREA_BYTES 16 /* of a register */

#define VECTORS_AT     160u
#define CONTROLS_AT    24u /* MXCSR, and its mask above it */
#define COMPONENTS_AT  512u
#define COMPACTION_AT  520u
#define MXCSR_INITIAL  0x1f80u
#define CPUID_OSXSAVE  BIT(27)
#define CPUID_AVX      BIT(28)
#define COMPONENT_AVX  4u
#define COMPONENTS_LOW 3u /* x87 and SSE */

/* What the kernel must refuse: a bit in a word. */
static const struct {
    uint32_t offset;
    uint64_t bit;
} vector_area_faults[] = {
    {CONTROLS_AT, BIT(31)}, {COMPONENTS_AT, BIT(62)}, {COMPACTION_AT, BIT(63)}};

/** vectors_whole - can all bytes of the registers be used? */
static inline uint64_t vectors_whole(void)
{
    uint32_t eax = 1, ebx, ecx = 0, edx;
    __asm__ volatile("cpuid" : "+a"(eax), "=b"(ebx), "+c"(ecx), "=d"(edx));
    if ((ecx & (CPUID_OSXSAVE | CPUID_AVX)) != (CPUID_OSXSAVE | CPUID_AVX))
        return 0;
    __asm__ volatile("xgetbv" : "=a"(eax), "=d"(edx) : "c"(0));
    return eax & COMPONENT_AVX;
}

static inline void *vector_area_at(const void *area, uint32_t index)
{
    return (char *)(uintptr_t)area + VECTORS_AT + VECTOR_AREA_BYTES * (uint64_t)index;
}

static inline bool vector_area_fresh(const void *area)
{
    return *(const uint32_t *)(const void *)((const char *)area + CONTROLS_AT) == MXCSR_INITIAL;
}

/** vector_area_low - only the low halves of the registers are given. */
static inline void vector_area_low(void *area)
{
    *(uint64_t *)(void *)((char *)area + COMPONENTS_AT) = COMPONENTS_LOW;
}

/** vector_area_garbage - in what means nothing. */
static inline void vector_area_garbage(void *area)
{
    memset((char *)area + COMPACTION_AT + 8, 0xff, 48);
}
