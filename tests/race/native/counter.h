/**
 * counter.h - the host's monotonic clock as a counter of nanoseconds.
 */
#pragma once

#include <stdint.h>
#include <time.h>

static inline uint64_t counter_read(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static inline void counter_pause(void) {}
