/*
 * cache.h - before a page is executed that was written as data, x86_64.
 */
#pragma once

#include <stddef.h>

#define CACHE_FOLLOWS_STORES 1

/* Instructions are fetched as they were written, on every processor (Intel SDM vol. 3 §12.6, writes
   through another linear address: entering the guest serialises). */
static inline void cache_will_execute(const void *data, size_t bytes)
{
    (void)data;
    (void)bytes;
}
