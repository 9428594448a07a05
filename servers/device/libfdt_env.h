/**
 * libfdt_env.h - what libfdt stands on: it asks for a header of this name.
 */
#pragma once

#include "lib/base/string.h"
#include "lib/base/types.h"

/* Of <limits.h>, which asks the C library of the machine that compiles. */
#ifndef INT_MAX
#define INT_MAX __INT_MAX__
#endif

typedef uint16_t fdt16_t;
typedef uint32_t fdt32_t;
typedef uint64_t fdt64_t;

/* A tree is big-endian, all of our processors are little-endian. Not by the compiler's builtin:
 * that is a call of its library where there is no instruction for it. */
static inline uint16_t fdt16_to_cpu(fdt16_t raw) { return (uint16_t)(raw << 8 | raw >> 8); }
static inline uint32_t fdt32_to_cpu(fdt32_t raw)
{
    return raw << 24 | (raw & 0xff00) << 8 | (raw >> 8 & 0xff00) | raw >> 24;
}
static inline uint64_t fdt64_to_cpu(fdt64_t raw)
{
    return (uint64_t)fdt32_to_cpu((uint32_t)raw) << 32 | fdt32_to_cpu((uint32_t)(raw >> 32));
}
static inline fdt16_t cpu_to_fdt16(uint16_t value) { return fdt16_to_cpu(value); }
static inline fdt32_t cpu_to_fdt32(uint32_t value) { return fdt32_to_cpu(value); }
static inline fdt64_t cpu_to_fdt64(uint64_t value) { return fdt64_to_cpu(value); }

void *memchr(const void *memory, int byte, size_t size);
char *strrchr(const char *text, int character);
size_t strnlen(const char *text, size_t size);
