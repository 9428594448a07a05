/**
 * test_bundle.c - bundles that are accepted, and bundles that are refused.
 */
#include "tests/unit/boot/bundle.h"

#include "tests/unit/boot/platform.h"
#include "tests/unit/unit.h"

#define BUNDLE_BASE 0x100000u

/** Look for init in a bundle that @spoil has changed; it must be refused for a @reason. */
static void check_refused(void (*spoil)(struct machine *, struct bundle_header *),
                          const char *reason)
{
    struct machine machine = {.bundle = {BUNDLE_BASE, GOOD_BUNDLE_BYTES}};
    ram_allow(BUNDLE_BASE, GOOD_BUNDLE_BYTES);
    struct bundle_header *header = good_bundle(ram(BUNDLE_BASE));
    spoil(&machine, header);
    CHECK_ASSERTS((void)bundle_find_init(&machine.bundle));
    CHECK(refused_for(reason));
}

TEST("init is found in a good bundle")
{
    const struct range bundle = {BUNDLE_BASE, GOOD_BUNDLE_BYTES};
    ram_allow(BUNDLE_BASE, GOOD_BUNDLE_BYTES);
    struct bundle_header *header = good_bundle(ram(BUNDLE_BASE));
    CHECK(bundle_find_init(&bundle) == good_image(header));
}

TEST("no single damaged byte in header, table or init is accepted")
{
    const struct range bundle = {BUNDLE_BASE, GOOD_BUNDLE_BYTES};
    ram_allow(BUNDLE_BASE, GOOD_BUNDLE_BYTES);
    uint8_t *bytes = (uint8_t *)good_bundle(ram(BUNDLE_BASE));
    const uint32_t summed[][2] = {{0, sizeof(struct bundle_header) + sizeof(struct bundle_entry)},
                                  {4096, 4096 + GOOD_INIT_FILE_BYTES}};
    for (unsigned part = 0; part < 2; part++)
        for (uint32_t at = summed[part][0]; at < summed[part][1]; at++) {
            uint8_t flip = (uint8_t)(1 + unit_random_below(255));
            bytes[at] ^= flip;
            CHECK_ASSERTS((void)bundle_find_init(&bundle));
            CHECK(refused_for("the boot bundle is refused"));
            bytes[at] ^= flip;
        }
    CHECK(bundle_find_init(&bundle) != NULL);
}

static void no_bundle(struct machine *machine, struct bundle_header *header)
{
    (void)header;
    machine->bundle.size_bytes = 0;
}

TEST("a machine without a bundle is refused") { check_refused(no_bundle, "none was given"); }

static void other_magic(struct machine *machine, struct bundle_header *header)
{
    (void)machine;
    header->magic ^= 1;
}

TEST("a bundle without its magic number is refused") { check_refused(other_magic, "magic"); }

static void other_header(struct machine *machine, struct bundle_header *header)
{
    (void)machine;
    header->reserved[2] = 7;
}

TEST("a bundle with a corrupt header is refused") { check_refused(other_header, "header"); }

static void truncated(struct machine *machine, struct bundle_header *header)
{
    (void)header;
    machine->bundle.size_bytes -= 4096;
}

TEST("a truncated bundle is refused") { check_refused(truncated, "truncated"); }

static void other_table(struct machine *machine, struct bundle_header *header)
{
    (void)machine;
    header->entries[0].name[0] = 'j';
}

TEST("a bundle with a corrupt table is refused") { check_refused(other_table, "table"); }

static void other_init(struct machine *machine, struct bundle_header *header)
{
    (void)machine;
    ((uint8_t *)header)[4096 + 5000] ^= 0x10;
}

TEST("a bundle with a corrupt init is refused") { check_refused(other_init, "checksum of init"); }

/* Spoilers of what is inside the sums: they make the sums right again. */

#define SPOILED_HEADER(name, change)                                                               \
    static void name(struct machine *machine, struct bundle_header *header)                        \
    {                                                                                              \
        (void)machine;                                                                             \
        change;                                                                                    \
        make_sums(header, false);                                                                  \
    }

SPOILED_HEADER(other_version, header->version++)
SPOILED_HEADER(no_init, header->entries[0].type = BUNDLE_PROGRAM)
SPOILED_HEADER(init_beyond_end, header->entries[0].size_bytes = header->size_bytes)
SPOILED_HEADER(init_wraps, header->entries[0].size_bytes = 0ull - 4096)
SPOILED_HEADER(init_misaligned, header->entries[0].offset += 8)

TEST("a bundle of another version is refused") { check_refused(other_version, "version"); }

TEST("a bundle without init is refused") { check_refused(no_init, "no init"); }

TEST("a bundle whose init lies beyond its end is refused")
{
    check_refused(init_beyond_end, "outside");
}

TEST("a bundle whose init wraps around is refused") { check_refused(init_wraps, "outside"); }

TEST("a bundle whose init is misaligned is refused") { check_refused(init_misaligned, "outside"); }

static void too_many_entries(struct machine *machine, struct bundle_header *header)
{
    (void)machine;
    header->entry_count = BUNDLE_ENTRIES_MAX + 1;
    make_sums(header, false);
}

TEST("a bundle with more entries than its first page holds is refused")
{
    check_refused(too_many_entries, "too long");
}

#define SPOILED_IMAGE(field, value)                                                                \
    static void field##_is_bad(struct machine *machine, struct bundle_header *header)              \
    {                                                                                              \
        (void)machine;                                                                             \
        good_image(header)->field = (value);                                                       \
        make_sums(header, true);                                                                   \
    }                                                                                              \
    TEST("an init whose header has a bad " #field " is refused")                                   \
    {                                                                                              \
        check_refused(field##_is_bad, "header of init");                                           \
    }

SPOILED_IMAGE(magic, 1)
SPOILED_IMAGE(entry, INIT_BASE - 1)
SPOILED_IMAGE(stack_top, INIT_BASE + 5 * 4096)
SPOILED_IMAGE(text_bytes, 5 * 4096)
SPOILED_IMAGE(file_bytes, 3 * 4096)
SPOILED_IMAGE(memory_bytes, 0ull - 4096)

static void entry_is_behind(struct machine *machine, struct bundle_header *header)
{
    (void)machine;
    good_image(header)->entry = INIT_BASE + 4 * 4096;
    make_sums(header, true);
}

TEST("an init that begins behind its end is refused")
{
    check_refused(entry_is_behind, "header of init");
}

static void memory_is_smaller(struct machine *machine, struct bundle_header *header)
{
    (void)machine;
    good_image(header)->memory_bytes = 4096;
    make_sums(header, true);
}

TEST("an init with less memory than file is refused")
{
    check_refused(memory_is_smaller, "header of init");
}
