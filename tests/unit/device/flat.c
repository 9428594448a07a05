/**
 * flat.c - a writer of small flattened device trees.
 */
#include "tests/unit/device/flat.h"

#include <string.h>

#include "tests/unit/unit.h"

/* §5.2, §5.4.1 */
#define MAGIC        0xd00dfeedu
#define HEADER_BYTES 40
#define MAP_BYTES    16 /* of reserved memory: empty */
enum { BEGIN_NODE = 1, END_NODE = 2, PROPERTY = 3, END = 9 };

static void put_at(struct flat *flat, uint32_t at, uint32_t value)
{
    for (unsigned i = 0; i < 4; i++)
        flat->bytes[at + i] = (uint8_t)(value >> (24 - 8 * i));
}

static void put(struct flat *flat, uint32_t value)
{
    REQUIRE(flat->used + 4 <= FLAT_BYTES_MAX);
    put_at(flat, flat->used, value);
    flat->used += 4;
}

static void put_bytes(struct flat *flat, const void *data, uint32_t size)
{
    REQUIRE(flat->used + size + 4 <= FLAT_BYTES_MAX);
    memcpy(flat->bytes + flat->used, data, size);
    flat->used = (flat->used + size + 3) & ~3u;
}

void flat_begin(struct flat *flat)
{
    memset(flat, 0, sizeof(*flat));
    flat->used = HEADER_BYTES + MAP_BYTES;
    flat_open(flat, "");
}

void flat_open(struct flat *flat, const char *name)
{
    put(flat, BEGIN_NODE);
    put_bytes(flat, name, (uint32_t)strlen(name) + 1);
}

void flat_close(struct flat *flat) { put(flat, END_NODE); }

void flat_text(struct flat *flat, const char *name, const char *text, uint32_t size_bytes)
{
    const uint32_t length = (uint32_t)strlen(name) + 1;
    REQUIRE(flat->strings_used + length <= sizeof(flat->strings));
    put(flat, PROPERTY);
    put(flat, size_bytes);
    put(flat, flat->strings_used);
    put_bytes(flat, text, size_bytes);
    memcpy(flat->strings + flat->strings_used, name, length);
    flat->strings_used += length;
}

void flat_cells(struct flat *flat, const char *name, uint32_t count, const uint32_t *cells)
{
    uint8_t raw[64];
    REQUIRE(count * 4 <= sizeof raw);
    for (uint32_t i = 0; i < count * 4; i++)
        raw[i] = (uint8_t)(cells[i / 4] >> (24 - i % 4 * 8));
    flat_text(flat, name, (const char *)raw, count * 4);
}

uint32_t flat_end(struct flat *flat)
{
    flat_close(flat);
    put(flat, END);
    const uint32_t strings = flat->used;
    put_bytes(flat, flat->strings, flat->strings_used);
    const uint32_t header[] = {
        MAGIC,
        flat->used,
        HEADER_BYTES + MAP_BYTES,
        strings,
        HEADER_BYTES,
        17 /* version */,
        16,
        0 /* processor */,
        flat->strings_used,
        strings - (HEADER_BYTES + MAP_BYTES),
    };
    for (uint32_t i = 0; i < sizeof header / 4; i++)
        put_at(flat, i * 4, header[i]);
    return flat->used;
}
