/**
 * flat.h - a writer of small flattened device trees (Devicetree Specification 0.3, §5), for tests.
 */
#pragma once

#include "lib/base/types.h"

#define FLAT_BYTES_MAX 8192

struct flat {
    _Alignas(8) uint8_t bytes[FLAT_BYTES_MAX];
    uint32_t used;
    uint32_t strings_used;
    char strings[1024];
};

void flat_begin(struct flat *flat);
void flat_open(struct flat *flat, const char *name);
void flat_close(struct flat *flat);
void flat_text(struct flat *flat, const char *name, const char *text, uint32_t size_bytes);
void flat_cells(struct flat *flat, const char *name, uint32_t count, const uint32_t *cells);

/** flat_end - complete the tree; returns its size. */
uint32_t flat_end(struct flat *flat);

#define FLAT_CELLS(flat, name, ...)                                                                \
    flat_cells(flat, name, sizeof((uint32_t[]){__VA_ARGS__}) / 4, (uint32_t[]){__VA_ARGS__})
#define FLAT_TEXT(flat, name, text) flat_text(flat, name, text, sizeof(text))
