/**
 * test_prepare.c - what is handed over to the kernel.
 */
#include <string.h>

#include <corm/object.h>

#include "tests/unit/boot/bundle.h"
#include "tests/unit/boot/platform.h"
#include "tests/unit/unit.h"

#define BUNDLE_BASE  0x805000u /* in several pieces */
#define OBJECT_BYTES 0x12345u

static struct machine machine = {
    .ram = {2, {{0x1000, 0x9e000}, {0x100000, RAM_BYTES - 0x100000}}},
    .device = {1, {{0xf0000000, 16u << 20}}},
    .image = {0x140000, 0x20000},
    .own = {0x100000, 0x10000},
    .bundle = {BUNDLE_BASE, GOOD_BUNDLE_BYTES},
    .command_line = "some words",
};

static const struct boot_handover *prepare_for(const struct machine *which)
{
    struct ranges free;
    ram_allow(0, RAM_BYTES);
    good_bundle(ram(BUNDLE_BASE));
    memory_init(&free, which);
    return boot_prepare(which, &free, OBJECT_BYTES);
}

static const struct boot_handover *prepare(void) { return prepare_for(&machine); }

TEST("init's image is laid out with its rights, zeroed behind what the file has")
{
    const struct boot_handover *handover = prepare();
    uint64_t expected = INIT_BASE;
    for (uint32_t i = 0; expected < INIT_BASE + GOOD_INIT_MEMORY_BYTES; i++) {
        const struct boot_region *region = &handover->regions[i];
        bool text = expected < INIT_BASE + GOOD_INIT_TEXT_BYTES;
        REQUIRE(i < handover->count_regions);
        CHECK_EQUAL(region->address, expected);
        CHECK_EQUAL(region->rights,
                    REGION_RIGHT_READ | (text ? REGION_RIGHT_EXECUTE : REGION_RIGHT_WRITE));
        expected += 1ull << region->size_log2;
    }
    const uint8_t *image = ram(handover->regions[0].base);
    CHECK(memcmp(image, ram(BUNDLE_BASE + 4096), GOOD_INIT_FILE_BYTES) == 0);
    for (unsigned i = GOOD_INIT_FILE_BYTES; i < GOOD_INIT_MEMORY_BYTES; i++)
        CHECK_EQUAL(image[i], 0);
    CHECK_EQUAL(handover->entry, GOOD_INIT_ENTRY);
    CHECK_EQUAL(handover->stack_top, INIT_BASE + GOOD_INIT_MEMORY_BYTES);
    CHECK(code_written == ram(handover->regions[0].base));
    CHECK_EQUAL(code_written_bytes, GOOD_INIT_TEXT_BYTES);
}

TEST("every region is aligned to its size, and the bundle is there, read-only")
{
    const struct boot_handover *handover = prepare();
    const struct bootinfo *info = ram(handover->bootinfo);
    uint64_t bundle = info->bundle_address, base = BUNDLE_BASE;
    for (uint32_t i = 0; i < handover->count_regions; i++) {
        const struct boot_region *region = &handover->regions[i];
        CHECK_EQUAL(region->base & ((1ull << region->size_log2) - 1), 0);
        if (region->address != bundle)
            continue;
        CHECK_EQUAL(region->base, base);
        CHECK_EQUAL(region->rights, REGION_RIGHT_READ);
        bundle += 1ull << region->size_log2;
        base += 1ull << region->size_log2;
    }
    CHECK_EQUAL(bundle, info->bundle_address + GOOD_BUNDLE_BYTES);
}

TEST("every page of RAM is init's, the kernel's or the bundle's, and never two of them's")
{
    static uint8_t owners[RAM_BYTES / 4096];
    const struct boot_handover *handover = prepare();
    const struct bootinfo *info = ram(handover->bootinfo);
    uint64_t listed = 0;
    for (uint32_t i = 0; i < info->count_memory; i++) {
        const struct bootinfo_memory *memory = &info->memory[i];
        if (memory->kind == BOOTINFO_MEMORY_DEVICE)
            continue;
        listed += 1ull << memory->size_log2;
        for (uint64_t page = 0; page < 1ull << (memory->size_log2 - 12); page++)
            owners[memory->base / 4096 + page]++;
    }
    for (unsigned page = 0; page < sizeof owners; page++)
        CHECK(owners[page] <= ranges_meet(&machine.ram, page * 4096, page * 4096 + 4096));
    CHECK_EQUAL(listed + info->kernel_bytes, ranges_bytes(&machine.ram));
    const uint64_t kept[] = {0x140000,        0x15f000,           handover->objects,
                             handover->nodes, handover->bootinfo, handover->regions[0].base};
    for (unsigned i = 0; i < sizeof kept / sizeof *kept; i++)
        CHECK_EQUAL(owners[kept[i] / 4096], 0);
    CHECK_EQUAL(owners[0x100000 / 4096], 1); /* the boot stage's own memory */
}

TEST("the device tree is listed behind the bundle, in pages that are nobody else's")
{
    struct machine with_tree = machine;
    with_tree.device_tree = (struct range){0x300128, 0x5000}; /* six pages */
    const struct bootinfo *info = ram(prepare_for(&with_tree)->bootinfo);
    uint64_t offset = 0, found = 0;
    for (uint32_t i = 0; i < info->count_memory; i++) {
        const struct bootinfo_memory *memory = &info->memory[i];
        const uint64_t end = memory->base + (1ull << memory->size_log2);
        if (memory->kind != BOOTINFO_MEMORY_BUNDLE) {
            CHECK(memory->base >= 0x306000 || end <= 0x300000);
            continue;
        }
        if (memory->base <= 0x300128 && end > 0x300128)
            CHECK_EQUAL(info->device_tree_offset, offset + 0x300128 - memory->base);
        if (memory->base >= 0x300000 && end <= 0x306000)
            found += end - memory->base;
        offset += end - memory->base;
    }
    CHECK_EQUAL(found, 0x6000);
    CHECK_EQUAL(info->device_tree_bytes, 0x5000);
    CHECK(info->device_tree_offset >= info->bundle_bytes);
    CHECK_EQUAL(((struct bootinfo *)ram(prepare()->bootinfo))->device_tree_bytes, 0);
}

TEST("a seed goes to init, and out of the device tree; half a seed goes nowhere")
{
    struct machine with_seed = machine;
    with_seed.device_tree = (struct range){0x300128, 0x5000};
    for (unsigned bytes = 0; bytes <= 2 * BOOTINFO_SEED_BYTES; bytes += BOOTINFO_SEED_BYTES / 2) {
        uint8_t tree[0x5000], expected[BOOTINFO_SEED_BYTES] = {0};
        const bool whole = bytes >= BOOTINFO_SEED_BYTES;
        with_seed.seed = (struct range){0x301000, bytes};
        ram_allow(0, RAM_BYTES);
        memset(ram(0x300128), 0x5a, sizeof(tree));
        memset(tree, 0x5a, sizeof(tree));
        memset(tree + 0x301000 - 0x300128, 0, bytes);
        memset(expected, whole ? 0x5a : 0, sizeof(expected));
        const struct bootinfo *info = ram(prepare_for(&with_seed)->bootinfo);
        CHECK_EQUAL(info->features, whole ? BOOTINFO_FEATURE_SEED : 0);
        CHECK(memcmp(info->seed, expected, sizeof(expected)) == 0);
        CHECK(memcmp(ram(0x300128), tree, sizeof(tree)) == 0);
    }
}

TEST("objects and nodes are zeroed, and the nodes aligned")
{
    const struct boot_handover *handover = prepare();
    const uint8_t *objects = ram(handover->objects), *nodes = ram(handover->nodes);
    for (unsigned i = 0; i < OBJECT_BYTES; i++)
        CHECK_EQUAL(objects[i], 0);
    for (unsigned i = 0; i < 1u << handover->nodes_log2; i++)
        CHECK_EQUAL(nodes[i], 0);
    CHECK_EQUAL(handover->nodes & ((1ull << handover->nodes_log2) - 1), 0);
}

TEST("the boot information says what the machine is")
{
    const struct boot_handover *handover = prepare();
    const struct bootinfo *info = ram(handover->bootinfo);
    CHECK_EQUAL(info->magic, BOOTINFO_MAGIC);
    CHECK_EQUAL(info->memory_bytes, ranges_bytes(&machine.ram));
    CHECK_EQUAL(info->bundle_bytes, GOOD_BUNDLE_BYTES);
    CHECK_TEXT(info->command_line, "some words");
    CHECK_EQUAL(handover->regions[0].address, INIT_BASE);
    CHECK_EQUAL(handover->argument, INIT_BASE - 4096);
}

TEST("a machine with too little memory is refused")
{
    struct ranges free;
    struct machine small = machine;
    ram_allow(0, RAM_BYTES);
    good_bundle(ram(BUNDLE_BASE));
    small.ram = (struct ranges){1, {{0x1000, 0x20000}}};
    memory_init(&free, &small);
    CHECK_ASSERTS((void)boot_prepare(&small, &free, OBJECT_BYTES));
    CHECK(refused_for("not enough memory"));
}

TEST("a trace is memory that nobody else has, counted as the kernel's, and its mask fits it")
{
    const uint64_t bytes = 64 << 10;
    const struct bootinfo *plain = ram(prepare()->bootinfo);
    const uint64_t kernel_bytes = plain->kernel_bytes;
    CHECK_EQUAL(prepare()->trace, 0);
    struct machine asked = machine;
    strcpy(asked.command_line, "x trace=64K y");
    const struct boot_handover *handover = prepare_for(&asked);
    const struct bootinfo *info = ram(handover->bootinfo);
    const struct trace_ring *ring = ram(handover->trace);
    CHECK_EQUAL(info->kernel_bytes, kernel_bytes + bytes);
    CHECK_EQUAL(ring->mask, 1023);
    CHECK_EQUAL(ring->count_written, 0);
    CHECK(sizeof(*ring) + (ring->mask + 1) * sizeof(struct trace_record) <= bytes);
    for (uint32_t i = 0; i < info->count_memory; i++) {
        const struct bootinfo_memory *memory = &info->memory[i];
        CHECK(memory->base >= handover->trace + bytes ||
              memory->base + (1ull << memory->size_log2) <= handover->trace);
    }
}

TEST("a trace whose size is none, or not a power of two, is refused")
{
    static const char *const wrong[] = {"trace=",   "trace=4096", "trace=3M",    "trace=2K",
                                        "trace=2G", "trace=4Kx",  "trace=x4K",   "trace=0M",
                                        "trace=-1", "trace=M",    "trace=4K,8K", "trace=99999999G"};
    for (unsigned i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct machine asked = machine;
        strcpy(asked.command_line, wrong[i]);
        CHECK_ASSERTS((void)prepare_for(&asked));
        CHECK(refused_for("trace= takes"));
    }
}

TEST("an option's value is what follows its name, where a word begins with it")
{
    const struct machine told = {.command_line = "atrace=1 trace=22 trace=3"};
    CHECK_TEXT(boot_option_value(&told, "trace="), "22 trace=3");
    CHECK(boot_option_value(&told, "race=") == NULL);
}

TEST("an option is a whole word of the command line")
{
    struct machine told = {.command_line = "quiet accept-x x xy-x yx-z-yx yx-z"};
    CHECK(boot_option(&told, "yx-z")); /* after words that only begin with it or end so */
    CHECK(!boot_option(&told, "xy") && !boot_option(&told, "yx"));
    CHECK(boot_option(&told, "quiet") && boot_option(&told, "accept-x") && boot_option(&told, "x"));
    CHECK(!boot_option(&told, "accept") && !boot_option(&told, "uiet") && !boot_option(&told, ""));
    CHECK(!boot_option(&(struct machine){0}, "x"));
}

TEST("each processor that runs is told of; the boot stage's memory is init's unless one may come "
     "yet")
{
    struct machine with = machine;
    with.count_processors = 3;
    with.processors[0] = 4;
    with.processors[2] = 6;
    for (unsigned stray = 0; stray < 2; stray++) {
        with.has_stray = stray;
        const struct boot_handover *handover = prepare_for(&with);
        const struct bootinfo *info = ram(handover->bootinfo);
        bool given = false;
        CHECK_EQUAL(handover->count_cpus, 3);
        CHECK_EQUAL(info->count_processors, 3);
        CHECK_EQUAL(handover->cpu_ids[0], 4);
        CHECK_EQUAL(handover->cpu_ids[2], 6);
        for (uint32_t i = 0; i < info->count_memory; i++) {
            const struct bootinfo_memory *piece = &info->memory[i];
            given |= piece->kind == BOOTINFO_MEMORY_FREE && piece->base <= with.own.base &&
                     piece->base + (1ull << piece->size_log2) > with.own.base;
        }
        CHECK_EQUAL(given, !stray);
    }
}
