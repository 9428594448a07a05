/**
 * vector.h - where in a frame page vector state is, aarch64 (struct guest_vector).
 */
#pragma once

#include "abi/arch/aarch64/guest_frame.h"
#include "lib/base/bits.h"

#define VECTOR_AREA_BYTES 16 /* of a register */
#define FPSR_AT           512u

/* What the kernel must refuse: a bit in a word, of which FPCR is the upper half. */
static const struct {
    uint32_t offset;
    uint64_t bit;
} vector_area_faults[] = {
    {FPSR_AT, BIT(8)}, {FPSR_AT, BIT(26)}, {FPSR_AT, BIT(32)}, {FPSR_AT, BIT(63)}};

/** vectors_whole - can all bytes of the registers be used? */
static inline uint64_t vectors_whole(void) { return 1; }

static inline void *vector_area_at(const void *area, uint32_t index)
{
    return (char *)(uintptr_t)area + VECTOR_AREA_BYTES * (uint64_t)index;
}

static inline bool vector_area_fresh(const void *area)
{
    const struct guest_vector *vector = area;
    return vector->fpsr == 0 && vector->fpcr == 0;
}

/** vector_area_low - only the low halves of the registers are given. */
static inline void vector_area_low(void *area) { (void)area; }

/** vector_area_garbage - in what means nothing. */
static inline void vector_area_garbage(void *area) { (void)area; }
