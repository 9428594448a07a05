/**
 * registers.h - where a device's registers lie in what init holds. Pure functions.
 */
#pragma once

#include <corm/status.h>
#include "abi/bootinfo.h"
#include "lib/base/types.h"

#define REGISTERS_BYTES_MAX 0x10000ull /* of one device */

/* Whole pages, as they are granted; the registers begin `skew` bytes into them. */
struct registers {
    uint32_t piece; /* of struct bootinfo.memory */
    uint64_t offset;
    unsigned size_log2;
    uint64_t skew;
};

/**
 * registers_find - the pages of @size_bytes of registers at @base.
 * Errors: RANGE (none, too many, not all in one piece of device memory, or no power of two of pages
 * at a multiple of its size).
 */
MUST_USE status_t registers_find(const struct bootinfo *boot, uint64_t base, uint64_t size_bytes,
                                 struct registers *registers);
