/**
 * cache.h - before a page is mapped to be executed that was written as data, riscv64.
 */
#pragma once

#include <stdint.h>

/* The kernel makes all harts fetch anew what it maps to be executed. */
#define CACHE_FOLLOWS_STORES 1

static inline void cache_will_execute(const void *data, uint64_t bytes)
{
    (void)data;
    (void)bytes;
}
