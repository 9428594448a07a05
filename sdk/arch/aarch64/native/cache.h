/**
 * cache.h - before a page is mapped to be executed that was written as data, aarch64.
 */
#pragma once

#include "lib/base/aarch64/cache.h"

#define CACHE_FOLLOWS_STORES 0

/** cache_will_execute - the other processors' barrier of instructions is in their way to whoever
 * executes the page. */
static inline void cache_will_execute(const void *data, uint64_t bytes)
{
    cache_publish_code(data, bytes);
}
