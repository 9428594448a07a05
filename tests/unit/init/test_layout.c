/**
 * test_layout.c - programs that are mapped, and programs that are refused.
 */
#include "lib/base/bits.h"
#include "servers/init/layout.h"
#include "tests/unit/unit.h"

#define ENTRY_BYTES 0x10000

static struct program_image program(void)
{
    return (struct program_image){
        .magic = PROGRAM_MAGIC,
        .entry = 0x400010,
        .segment_count = 2,
        .segments = {{0x400000, 0x1000, 0x800, 0x800, PROGRAM_READ | PROGRAM_EXECUTE},
                     {0x401000, 0x2000, 0x100, 0x3000, PROGRAM_READ | PROGRAM_WRITE}}};
}

static bool refused(const struct program_image *image)
{
    return layout_check_program(image, ENTRY_BYTES) == CORRUPT;
}

TEST("a sound program is accepted")
{
    const struct program_image image = program();
    CHECK_EQUAL(layout_check_program(&image, ENTRY_BYTES), OK);
}

TEST("each broken field of a program is refused")
{
    struct program_image image = program();
    CHECK_EQUAL(layout_check_program(&image, 10), CORRUPT);
#define BROKEN(change)                                                                             \
    image = program();                                                                             \
    image.change;                                                                                  \
    CHECK(refused(&image))
    BROKEN(magic ^= 1);
    BROKEN(segment_count = 0);
    BROKEN(segment_count = PROGRAM_SEGMENTS_MAX + 1);
    BROKEN(entry = 0x401000);
    BROKEN(entry = 0);
    BROKEN(segments[0].address += 8);
    BROKEN(segments[0].offset += 8);
    BROKEN(segments[0].offset = ENTRY_BYTES);
    BROKEN(segments[0].file_bytes = 0x801);
    BROKEN(segments[0].memory_bytes = 0x1001);
    BROKEN(segments[0].rights |= PROGRAM_WRITE);
    BROKEN(segments[0].rights |= 8);
    BROKEN(segments[0].address = 0);
    BROKEN(segments[1].address = 0x400000);
    BROKEN(segments[1].memory_bytes = ~0ull);
    BROKEN(segments[1].memory_bytes = PROGRAM_LIMIT);
    BROKEN(segments[1].memory_bytes = 0);
    BROKEN(segments[1].rights = PROGRAM_READ); /* nobody fills its last pages */
#undef BROKEN
}

TEST("the parts of a pool do not overlap and fit it")
{
    const struct program_image image = program();
    const struct layout layout = layout_plan(&image, 0x4000);
    CHECK_EQUAL(layout.segments[1], 0); /* the first one is not written to */
    CHECK_EQUAL(layout.info, 0x3000);
    CHECK_EQUAL(layout.stack, layout.info + INFO_BYTES);
    CHECK(layout.stack + 0x4000 <= BIT(layout.pool_log2));
    CHECK(layout.stack + 0x4000 > BIT(layout.pool_log2) / 2);
}

TEST("page-table nodes suffice for what is mapped, at any alignment")
{
    const struct program_image image = program();
    const struct layout_extent small = {0};
    CHECK_EQUAL(layout_count_nodes(&image, &small), 2 + 2);
    const struct layout_extent beside = {.shared_bytes = (2 << 20) - SESSIONS_ADDRESS % (2 << 20)};
    CHECK_EQUAL(layout_count_nodes(&image, &beside), 2 + 2);
    const struct layout_extent beyond = {.shared_bytes = beside.shared_bytes + PAGE_BYTES};
    CHECK_EQUAL(layout_count_nodes(&image, &beyond), 2 + 3);
    const struct layout_extent large = {.bundle_bytes = 100 << 20, .rest_bytes = 64ull << 30};
    CHECK(layout_count_nodes(&image, &large) >= 2 + 2 + 51 + 64);
}
