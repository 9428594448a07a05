/**
 * layout.h - a component's address space, and how much memory it needs. Pure functions.
 *
 * All pages of a component's own lie in one Region, the pool: the program's writable segments one
 * after the other, then the information pages, the stack. Code and constants are used where they
 * lie in the boot bundle. What it shares with others lies elsewhere and is mapped at fixed places.
 */
#pragma once

#include <corm/status.h>
#include "abi/bundle.h"
#include "abi/component.h"
#include "abi/devices.h"
#include "abi/manifest.h"
#include "lib/base/types.h"

#define PAGE_BYTES 4096ull
#define PAGE_LOG2  12

/* A program's segments lie in [PROGRAM_LOWEST, PROGRAM_LIMIT). */
#define PROGRAM_LOWEST   0x10000ull
#define PROGRAM_LIMIT    0x10000000ull
#define INFO_ADDRESS     0x10000000ull
#define SHARED_ADDRESS   0x10008000ull
#define STATUS_ADDRESS   0x10010000ull
#define CONTROL_ADDRESS  0x10020000ull
#define LIST_ADDRESS     0x10021000ull
#define STACK_TOP        0x10180000ull /* below: the stack, then nothing */
#define STACK_BYTES_MAX  0x100000ull
#define SESSIONS_ADDRESS 0x10180000ull /* under the same node of page tables, if they are small */
#define WORLD_ADDRESS    0x3fe00000ull
#define REST_ADDRESS     0x1000000000ull

#define INFO_BYTES        (2 * PAGE_BYTES)
#define STATUS_PAGES_LOG2 14

STATIC_ASSERT(sizeof(struct component_info) <= INFO_BYTES, "the information fits its pages");
STATIC_ASSERT(sizeof(struct status_page) <= 1u << STATUS_PAGES_LOG2, "the status fits");
STATIC_ASSERT(sizeof(struct control_page) <= PAGE_BYTES, "a control page is one");
STATIC_ASSERT(sizeof(struct device_list) <= PAGE_BYTES, "the list of devices is one");

/* Offsets in the pool. */
struct layout {
    uint64_t segments[PROGRAM_SEGMENTS_MAX]; /* of writable ones */
    uint64_t info;
    uint64_t stack;
    unsigned pool_log2;
};

/**
 * layout_check_program - @image, an entry of @size_bytes, is a program that can be mapped.
 * Errors: CORRUPT (magic, bounds, overlap, alignment, entry, writable and executable).
 */
MUST_USE status_t layout_check_program(const struct program_image *image, uint64_t size_bytes);

/** layout_plan - where the pages of a checked program go. */
struct layout layout_plan(const struct program_image *image, uint64_t stack_bytes);

/** What a component maps beyond its pool; decides how many page-table nodes it needs. */
struct layout_extent {
    uint64_t shared_bytes; /* of sessions and devices */
    uint64_t bundle_bytes;
    uint64_t rest_bytes;
};

/** layout_count_nodes - page-table nodes of 4 KiB that suffice. */
uint64_t layout_count_nodes(const struct program_image *image, const struct layout_extent *extent);

/** layout_nodes_of - lowest-level nodes for @bytes that begin where one does. */
uint64_t layout_nodes_of(uint64_t bytes);

/** layout_chunk_log2 - size of the chunks in which @count nodes are given; the last may be too
 * large. */
unsigned layout_chunk_log2(uint64_t count);
