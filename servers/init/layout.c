/**
 * layout.c - a component's address space, and how much memory it needs.
 */
#include "servers/init/layout.h"

#include "lib/base/checked.h"
#include "lib/base/log2.h"

#define CHUNK_LOG2_MAX      20 /* of page-table memory (abi/object.def, donate) */
#define NODE_SPAN_LOG2      21 /* what one lowest-level node maps: 2 MiB */
#define DIRECTORY_SPAN_LOG2 30

/* The upper levels below the root, which is part of the Space: one third level for the low
 * addresses, one second for the first GiB. */
#define NODES_FIXED 2

static bool segment_valid(const struct program_segment *segment, uint64_t size_bytes)
{
    uint64_t end;
    if (!is_aligned(segment->address | segment->offset, PAGE_BYTES))
        return false;
    if (segment->memory_bytes == 0 || segment->file_bytes > segment->memory_bytes)
        return false;
    if (!range_end_checked(segment->address, segment->memory_bytes, &end))
        return false;
    if (segment->address < PROGRAM_LOWEST || end > PROGRAM_LIMIT)
        return false;
    if (segment->rights & ~(uint64_t)(PROGRAM_READ | PROGRAM_WRITE | PROGRAM_EXECUTE))
        return false;
    if (segment->rights & PROGRAM_WRITE && segment->rights & PROGRAM_EXECUTE)
        return false;
    /* What is not written to is used where it lies, so all its pages must be there. */
    if (!(segment->rights & PROGRAM_WRITE) &&
        segment->memory_bytes > align_up(segment->file_bytes, PAGE_BYTES))
        return false;
    return range_within(segment->offset, segment->file_bytes, size_bytes);
}

/** In ascending order, without a shared page. */
static bool segments_disjoint(const struct program_image *image)
{
    uint64_t end = 0;
    for (uint64_t i = 0; i < image->segment_count; i++) {
        const struct program_segment *segment = &image->segments[i];
        if (segment->address < end)
            return false;
        end = align_up(segment->address + segment->memory_bytes, PAGE_BYTES);
    }
    return true;
}

static bool entry_executable(const struct program_image *image)
{
    for (uint64_t i = 0; i < image->segment_count; i++) {
        const struct program_segment *segment = &image->segments[i];
        if (segment->rights & PROGRAM_EXECUTE && image->entry >= segment->address &&
            image->entry - segment->address < segment->memory_bytes)
            return true;
    }
    return false;
}

status_t layout_check_program(const struct program_image *image, uint64_t size_bytes)
{
    if (size_bytes < sizeof(*image) || image->magic != PROGRAM_MAGIC)
        return CORRUPT;
    if (image->segment_count == 0 || image->segment_count > PROGRAM_SEGMENTS_MAX)
        return CORRUPT;
    for (uint64_t i = 0; i < image->segment_count; i++)
        if (!segment_valid(&image->segments[i], size_bytes))
            return CORRUPT;
    return segments_disjoint(image) && entry_executable(image) ? OK : CORRUPT;
}

struct layout layout_plan(const struct program_image *image, uint64_t stack_bytes)
{
    struct layout layout;
    uint64_t end = 0;
    for (uint64_t i = 0; i < image->segment_count; i++) {
        layout.segments[i] = end;
        if (image->segments[i].rights & PROGRAM_WRITE)
            end += align_up(image->segments[i].memory_bytes, PAGE_BYTES);
    }
    layout.info = end;
    layout.stack = layout.info + INFO_BYTES;
    layout.pool_log2 = bits_log2_ceil(layout.stack + stack_bytes);
    return layout;
}

/** Lowest-level nodes of a range at any alignment, and of one from @start on. */
static uint64_t nodes_of(uint64_t bytes) { return bytes == 0 ? 0 : (bytes >> NODE_SPAN_LOG2) + 2; }

static uint64_t nodes_from(uint64_t start, uint64_t bytes)
{
    if (bytes == 0)
        return 0;
    return ((start + bytes - 1) >> NODE_SPAN_LOG2) - (start >> NODE_SPAN_LOG2) + 1;
}

uint64_t layout_nodes_of(uint64_t bytes) { return nodes_from(0, bytes); }

uint64_t layout_count_nodes(const struct program_image *image, const struct layout_extent *extent)
{
    const uint64_t start = image->segments[0].address;
    const uint64_t program_bytes = image->segments[image->segment_count - 1].address +
                                   image->segments[image->segment_count - 1].memory_bytes - start;
    uint64_t nodes = NODES_FIXED + nodes_from(start, program_bytes);
    nodes += nodes_from(INFO_ADDRESS, SESSIONS_ADDRESS + extent->shared_bytes - INFO_ADDRESS);
    if (extent->bundle_bytes > 0) /* world options, second-level nodes, lowest-level nodes */
        nodes +=
            1 + (extent->bundle_bytes >> DIRECTORY_SPAN_LOG2) + 1 + nodes_of(extent->bundle_bytes);
    if (extent->rest_bytes > 0) /* large pages but for the smallest pieces, which are under 2 MiB */
        nodes += 1 + (extent->rest_bytes >> DIRECTORY_SPAN_LOG2) + 1 + nodes_of(1);
    return nodes;
}

unsigned layout_chunk_log2(uint64_t count)
{
    const unsigned whole_log2 = bits_log2_ceil(count * PAGE_BYTES);
    return whole_log2 < CHUNK_LOG2_MAX ? whole_log2 : CHUNK_LOG2_MAX;
}
