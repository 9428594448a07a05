/**
 * vector.h - where in a frame page vector state is, riscv64 (struct guest_frame_vector).
 */
#pragma once

#include "abi/arch/riscv64/guest_frame.h"
#include "lib/base/bits.h"

#define VECTOR_AREA_BYTES 8 /* of a register */
#define FCSR_AT           256u

/* What the kernel must refuse: a bit in a word. */
static const struct {
    uint32_t offset;
    uint64_t bit;
} vector_area_faults[] = {{FCSR_AT, BIT(8)}, {FCSR_AT, BIT(63)}};

/** vectors_whole - can all bytes of the registers be used? */
static inline uint64_t vectors_whole(void) { return 1; }

static inline void *vector_area_at(const void *area, uint32_t index)
{
    return (char *)(uintptr_t)area + VECTOR_AREA_BYTES * (uint64_t)index;
}

static inline bool vector_area_fresh(const void *area)
{
    return ((const struct guest_frame_vector *)area)->fcsr == 0;
}

/** vector_area_low - only the low halves of the registers are given. */
static inline void vector_area_low(void *area) { (void)area; }

/** vector_area_garbage - in what means nothing. */
static inline void vector_area_garbage(void *area) { (void)area; }
