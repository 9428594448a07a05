/*
 * cache.h - before a page is executed that was written as data, aarch64.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#define CACHE_FOLLOWS_STORES 0

/* Sizes of lines in CTR_EL0: the logarithm of their words (Arm ARM D17.2.34). */
#define CACHE_LINE_INSTRUCTION(type) ((size_t)4 << ((type)&0xf))
#define CACHE_LINE_DATA(type)        ((size_t)4 << ((type) >> 16 & 0xf))

/* The sequence of Arm ARM B2.4.4: what was written gets to where fetches look, on all processors,
   before what was fetched there is forgotten. The barrier of instructions is in the way back to the
   guest. */
static inline void cache_will_execute(const void *data, size_t bytes)
{
    const uintptr_t start = (uintptr_t)data, end = start + bytes;
    uint64_t type;

    __asm__("mrs %0, ctr_el0" : "=r"(type));
    for (uintptr_t at = start; at < end; at += CACHE_LINE_DATA(type))
        __asm__ volatile("dc cvau, %0" : : "r"(at) : "memory");
    __asm__ volatile("dsb ish" : : : "memory"); /* it is there before it may be fetched */
    for (uintptr_t at = start; at < end; at += CACHE_LINE_INSTRUCTION(type))
        __asm__ volatile("ic ivau, %0" : : "r"(at) : "memory");
    __asm__ volatile("dsb ish\n\tisb" : : : "memory"); /* all have forgotten it */
}
