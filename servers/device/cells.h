/**
 * cells.h - the numbers of a device tree: big-endian cells of 32 bits, at any address in a tree
 * that is spoilt.
 */
#pragma once

#include "lib/base/string.h"
#include "lib/base/types.h"
#include "servers/device/libfdt_env.h"

/** cell_read - cell @index of those at @cells. */
static inline uint32_t cell_read(const void *cells, unsigned index)
{
    fdt32_t raw;
    memcpy(&raw, (const uint8_t *)cells + index * sizeof(raw), sizeof(raw));
    return fdt32_to_cpu(raw);
}
