/*
 * data.h - the page in front of the vDSO: what its code needs to make a time out of the counter.
 *
 * Written by the server, read by guests.
 */
#pragma once

#include <stdint.h>

struct vdso_data {
    uint64_t multiplier; /* nanoseconds = counter * multiplier >> 32, plus the offset */
    uint64_t processors; /* how many there are */
    int64_t monotonic_offset_ns;
    int64_t real_offset_ns; /* real minus monotonic; the only one that changes: atomic */
};
