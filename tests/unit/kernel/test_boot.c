/**
 * test_boot.c - from the boot bundle to init, and bundles that are refused.
 */
#include <string.h>

#include "abi/bundle.h"
#include "lib/base/crc32.h"
#include "tests/unit/kernel/machine.h"

TEST("a good bundle starts init with its boot information as argument")
{
    boot();
    const struct bootinfo *info = init_bootinfo();
    CHECK_EQUAL(init_thread->context.pc, INIT_BASE + 64);
    CHECK_EQUAL(init_thread->context.sp, INIT_BASE + 4 * 4096);
    CHECK_EQUAL(info->magic, BOOTINFO_MAGIC);
    CHECK_EQUAL(info->memory_bytes, HOST_RAM_BYTES);
    CHECK_EQUAL(info->interrupt_lines, HOST_IRQ_LINES);
    CHECK_EQUAL(info->bundle_bytes, 6 * 4096);
    CHECK_TEXT(info->command_line, "unit test");
}

TEST("init gets all memory, all device memory, all time, all lines and all ports")
{
    uint64_t given = 0, device = 0;
    boot();
    const struct bootinfo *info = init_bootinfo();
    for (uint32_t i = 0; i < info->count_memory; i++) {
        const struct bootinfo_memory *memory = &info->memory[i];
        const struct slot *slot = slot_at(INIT_SLOT_FIRST_UNTYPED + i);
        bool region = memory->kind == BOOTINFO_MEMORY_BUNDLE;
        CHECK_EQUAL(slot->type, region ? OBJECT_REGION : OBJECT_UNTYPED);
        CHECK_EQUAL(slot->value, memory->base);
        CHECK_EQUAL(slot->size_log2, memory->size_log2);
        if (memory->kind == BOOTINFO_MEMORY_DEVICE)
            device += 1ull << memory->size_log2;
        else
            given += 1ull << memory->size_log2;
    }
    CHECK_EQUAL(device, HOST_DEVICE_BYTES);
    CHECK_EQUAL(given + info->kernel_bytes, HOST_RAM_BYTES);
    CHECK_EQUAL(slot_at(INIT_SLOT_SCHED)->type, OBJECT_SCHED);
    CHECK_EQUAL(init_sched_object()->utilisation, SCHED_UTILISATION_ONE);
    CHECK_EQUAL(slot_at(INIT_SLOT_IRQ_CONTROL)->type, OBJECT_IRQ_CONTROL);
    CHECK_EQUAL(slot_at(INIT_SLOT_IOPORT)->a, 0x10000);
}

TEST("init's text is executable, its data writable, neither both; the bundle is readable")
{
    paddr_t address = 0;
    boot();
    paddr_t root = init_thread->root;
    CHECK(host_access(root, INIT_BASE, REGION_RIGHT_READ | REGION_RIGHT_EXECUTE, &address));
    CHECK(!host_access(root, INIT_BASE, REGION_RIGHT_WRITE, &address));
    CHECK(host_access(root, INIT_BASE + 4096, REGION_RIGHT_READ | REGION_RIGHT_WRITE, &address));
    CHECK(!host_access(root, INIT_BASE + 4096, REGION_RIGHT_EXECUTE, &address));
    CHECK(!host_access(root, INIT_BASE + 4 * 4096, REGION_RIGHT_READ, &address));
    uint64_t bundle = init_bootinfo()->bundle_address;
    CHECK(host_access(root, bundle, REGION_RIGHT_READ, &address));
    CHECK_EQUAL(*(uint64_t *)host_ram(address), BUNDLE_MAGIC);
    CHECK(!host_access(root, bundle, REGION_RIGHT_WRITE, &address));
}

/** Boot with a bundle that @spoil has changed; it must be refused for a @reason. */
static void check_refused(void (*spoil)(struct boot_description *, struct bundle_header *),
                          const char *reason)
{
    struct boot_description *description = boot_description();
    boot_bundle(description);
    spoil(description, host_ram(description->bundle.base));
    CHECK_ASSERTS(kernel_boot(description));
    CHECK(strstr(host_text, reason) != NULL);
    CHECK(running() == NULL);
}

static void no_bundle(struct boot_description *description, struct bundle_header *header)
{
    (void)header;
    description->bundle.size_bytes = 0;
}

TEST("a machine without a bundle is refused") { check_refused(no_bundle, "none was given"); }

static void other_magic(struct boot_description *description, struct bundle_header *header)
{
    (void)description;
    header->magic ^= 1;
}

TEST("a bundle without its magic number is refused") { check_refused(other_magic, "magic"); }

static void other_header(struct boot_description *description, struct bundle_header *header)
{
    (void)description;
    header->reserved[2] = 7;
}

TEST("a bundle with a corrupt header is refused") { check_refused(other_header, "header"); }

static void truncated(struct boot_description *description, struct bundle_header *header)
{
    (void)header;
    description->bundle.size_bytes -= 4096;
}

TEST("a truncated bundle is refused") { check_refused(truncated, "truncated"); }

static void other_table(struct boot_description *description, struct bundle_header *header)
{
    (void)description;
    header->entries[0].name[0] = 'j';
}

TEST("a bundle with a corrupt table is refused") { check_refused(other_table, "table"); }

static void other_init(struct boot_description *description, struct bundle_header *header)
{
    (void)description;
    ((uint8_t *)header)[4096 + 5000] ^= 0x10;
}

TEST("a bundle with a corrupt init is refused") { check_refused(other_init, "checksum of init"); }

/* Spoilers of what is inside the sums: they make the sums right again. */

static struct init_image *image_of(struct bundle_header *header)
{
    return (void *)((uint8_t *)header + header->entries[0].offset);
}

static void make_sums(struct bundle_header *header)
{
    uint64_t table_bytes = header->entry_count * sizeof header->entries[0];
    header->table_crc32 = crc32_update(0, header->entries, table_bytes);
    header->header_crc32 = 0;
    header->header_crc32 = crc32_update(0, header, sizeof *header);
}

static void make_image_sums(struct bundle_header *header)
{
    header->entries[0].crc32 = crc32_update(0, image_of(header), header->entries[0].size_bytes);
    make_sums(header);
}

#define SPOILED_HEADER(name, change)                                                               \
    static void name(struct boot_description *description, struct bundle_header *header)           \
    {                                                                                              \
        (void)description;                                                                         \
        change;                                                                                    \
        make_sums(header);                                                                         \
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

static void too_many_entries(struct boot_description *description, struct bundle_header *header)
{
    (void)description;
    header->entry_count = BUNDLE_ENTRIES_MAX + 1;
    header->header_crc32 = 0;
    header->header_crc32 = crc32_update(0, header, sizeof *header);
}

TEST("a bundle with more entries than its first page holds is refused")
{
    check_refused(too_many_entries, "too long");
}

#define SPOILED_IMAGE(field, value)                                                                \
    static void field##_is_bad(struct boot_description *description, struct bundle_header *header) \
    {                                                                                              \
        (void)description;                                                                         \
        image_of(header)->field = (value);                                                         \
        make_image_sums(header);                                                                   \
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

static void entry_is_behind(struct boot_description *description, struct bundle_header *header)
{
    (void)description;
    image_of(header)->entry = INIT_BASE + 4 * 4096;
    make_image_sums(header);
}

TEST("an init that begins behind its end is refused")
{
    check_refused(entry_is_behind, "header of init");
}

static void memory_is_smaller(struct boot_description *description, struct bundle_header *header)
{
    (void)description;
    image_of(header)->memory_bytes = 4096;
    make_image_sums(header);
}

TEST("an init with less memory than file is refused")
{
    check_refused(memory_is_smaller, "header of init");
}
