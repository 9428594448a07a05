/*
 * cache.h - the caches of data and of instructions, which know nothing of each other.
 */
#pragma once

#include "lib/base/bits.h"
#include "lib/base/types.h"

/* Sizes of lines in CTR_EL0: the logarithm of their words (Arm ARM D17.2.34). */
#define CACHE_LINE_INSTRUCTION(type) (4ull << ((type)&0xf))
#define CACHE_LINE_DATA(type)        (4ull << ((type) >> 16 & 0xf))

/** cache_publish_code - what was written to the @bytes at @data is what every processor fetches
 * from here on, by whatever address: the sequence of Arm ARM B2.4.4. It gets to where fetches look
 * before what was fetched there is forgotten. */
static inline void cache_publish_code(const void *data, uint64_t bytes)
{
    const uint64_t start = (uintptr_t)data, end = start + bytes;
    uint64_t type;

    __asm__("mrs %0, ctr_el0" : "=r"(type));
    for (uint64_t at = align_down(start, CACHE_LINE_DATA(type)); at < end;
         at += CACHE_LINE_DATA(type))
        __asm__ volatile("dc cvau, %0" : : "r"(at) : "memory");
    __asm__ volatile("dsb ish" : : : "memory"); /* it is there before it may be fetched */
    for (uint64_t at = align_down(start, CACHE_LINE_INSTRUCTION(type)); at < end;
         at += CACHE_LINE_INSTRUCTION(type))
        __asm__ volatile("ic ivau, %0" : : "r"(at) : "memory");
    __asm__ volatile("dsb ish\n\tisb" : : : "memory"); /* all have forgotten it */
}
