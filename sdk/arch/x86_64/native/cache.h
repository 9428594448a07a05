/**
 * cache.h - before a page is mapped to be executed that was written as data, x86_64.
 */
#pragma once

#include <stdint.h>

#define CACHE_FOLLOWS_STORES 1

/* Instructions are fetched as they were written, on every processor (Intel SDM vol. 3 §12.6; for
 * writes through another linear address, entering who executes them serialises). */
static inline void cache_will_execute(const void *data, uint64_t bytes)
{
    (void)data;
    (void)bytes;
}
