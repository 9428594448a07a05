/**
 * bytes.h - copying into and out of circular byte buffers.
 *
 * Buffers have a power-of-two size; a position is any 32-bit count, of which the low bits are used.
 */
#pragma once

#include "lib/base/string.h"
#include "lib/base/types.h"

/** bytes_put - copy @count <= @size bytes of @data into @buffer of @size bytes from @position on.
 */
static inline void bytes_put(uint8_t *buffer, uint32_t position, uint32_t size, const void *data,
                             uint32_t count)
{
    const uint32_t start = position & (size - 1);
    const uint32_t first = count < size - start ? count : size - start;
    memcpy(buffer + start, data, first);
    memcpy(buffer, (const uint8_t *)data + first, count - first);
}

/** bytes_get - copy @count <= @size bytes out of @buffer of @size bytes from @position on. */
static inline void bytes_get(void *data, const uint8_t *buffer, uint32_t position, uint32_t size,
                             uint32_t count)
{
    const uint32_t start = position & (size - 1);
    const uint32_t first = count < size - start ? count : size - start;
    memcpy(data, buffer + start, first);
    memcpy((uint8_t *)data + first, buffer, count - first);
}

/** bytes_copy - copy @count <= @size bytes between two buffers of @size bytes. */
static inline void bytes_copy(uint8_t *to, uint32_t to_position, const uint8_t *from,
                              uint32_t from_position, uint32_t size, uint32_t count)
{
    const uint32_t start = from_position & (size - 1);
    const uint32_t first = count < size - start ? count : size - start;
    bytes_put(to, to_position, size, from + start, first);
    bytes_put(to, to_position + first, size, from, count - first);
}
