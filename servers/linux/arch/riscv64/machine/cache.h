/*
 * cache.h - before a page is executed that was written as data, riscv64.
 */
#pragma once

#include <stddef.h>

#define CACHE_FOLLOWS_STORES 0

/* Makes this processor's fetches see its stores (Zifencei). */
static inline void cache_will_execute(const void *data, size_t bytes)
{
    (void)data;
    (void)bytes;
    __asm__ volatile("fence.i" : : : "memory");
}
