/**
 * test_bundle.c - entries of a boot bundle and manifests that do not hold.
 */
#include <string.h>

#include "lib/base/crc32.h"
#include "servers/init/init.h"
#include "tests/unit/unit.h"

#define BUNDLE_BYTES 16384

static union {
    struct bundle_header header;
    uint8_t bytes[BUNDLE_BYTES];
} bundle;

static struct bootinfo boot;
static struct manifest manifest;

static void start(void)
{
    static const char text[] = "what a program is made of";
    memcpy(bundle.bytes + 4096, text, sizeof(text));
    bundle.header.entry_count = 1;
    bundle.header.entries[0] = (struct bundle_entry){.name = "drivers/a",
                                                     .type = BUNDLE_PROGRAM,
                                                     .offset = 4096,
                                                     .size_bytes = sizeof(text),
                                                     .crc32 = crc32_update(0, text, sizeof(text))};
    boot.bundle_address = (uintptr_t)&bundle;
    boot.bundle_bytes = BUNDLE_BYTES;
}

static status_t find(const char *name)
{
    struct blob blob;
    return bundle_find(&boot, BUNDLE_PROGRAM, name, &blob);
}

TEST("an entry is found by its type and name")
{
    struct blob blob;
    start();
    CHECK_EQUAL(bundle_find(&boot, BUNDLE_PROGRAM, "drivers/a", &blob), OK);
    CHECK(blob.data == bundle.bytes + 4096);
    CHECK_EQUAL(blob.offset, 4096);
    CHECK_EQUAL(find("drivers/b"), NOT_FOUND);
    CHECK_EQUAL(bundle_find(&boot, BUNDLE_WORLD, "drivers/a", &blob), NOT_FOUND);
}

TEST("an entry whose bytes have changed is refused")
{
    start();
    bundle.bytes[4100] ^= 1;
    CHECK_EQUAL(find("drivers/a"), CORRUPT);
}

TEST("an entry outside the bundle is refused")
{
    start();
    bundle.header.entries[0].offset = BUNDLE_BYTES;
    CHECK_EQUAL(find("drivers/a"), CORRUPT);
    bundle.header.entries[0].offset = 4096;
    bundle.header.entries[0].size_bytes = ~0ull;
    CHECK_EQUAL(find("drivers/a"), CORRUPT);
    bundle.header.entries[0].size_bytes = 8;
    bundle.header.entries[0].offset = 4097;
    CHECK_EQUAL(find("drivers/a"), CORRUPT);
}

static void manifest_start(void)
{
    manifest = (struct manifest){.magic = MANIFEST_MAGIC,
                                 .version = MANIFEST_VERSION,
                                 .count_components = 2,
                                 .count_sessions = 1,
                                 .count_devices = 1};
    for (unsigned i = 0; i < 2; i++)
        manifest.components[i] =
            (struct manifest_component){.name = "a",
                                        .program = "b",
                                        .memory_bytes = 65536,
                                        .stack_bytes = 4096,
                                        .table_slots_log2 = MANIFEST_TABLE_LOG2_MIN,
                                        .priority = 1,
                                        .floor = 1};
    manifest.sessions[0] = (struct manifest_session){
        .service = "s", .client = 1, .provider = 0, .badge = 1, .region_bytes = 8192};
    manifest.devices[0] = (struct manifest_device){.name = "d", .kind = DEVICE_IRQ};
}

static bool refused(uint64_t size)
{
    const struct blob blob = {.data = &manifest, .size_bytes = size};
    return manifest_check(&blob) == CORRUPT;
}

TEST("a sound manifest is accepted, one of another size is not")
{
    manifest_start();
    CHECK(!refused(sizeof(manifest)));
    CHECK(refused(sizeof(manifest) - 1));
    CHECK(refused(0));
}

TEST("each broken field of a manifest is refused")
{
#define BROKEN(change)                                                                             \
    manifest_start();                                                                              \
    manifest.change;                                                                               \
    CHECK(refused(sizeof(manifest)))
    BROKEN(magic ^= 1);
    BROKEN(version++);
    BROKEN(count_components = 0);
    BROKEN(count_components = MANIFEST_COMPONENTS_MAX + 1);
    BROKEN(count_sessions = MANIFEST_SESSIONS_MAX + 1);
    BROKEN(count_devices = MANIFEST_DEVICES_MAX + 1);
    BROKEN(components[0].name[0] = '\0');
    BROKEN(components[1].priority = 256);
    BROKEN(components[1].floor = 256);
    BROKEN(components[1].stack_bytes = 100);
    BROKEN(components[1].stack_bytes = 0);
    BROKEN(components[1].table_slots_log2 = MANIFEST_TABLE_LOG2_MIN - 1);
    BROKEN(components[1].table_slots_log2 = MANIFEST_TABLE_LOG2_MAX + 1);
    BROKEN(components[1].memory_bytes = 3 * 4096);
    BROKEN(sessions[0].client = 2);
    BROKEN(sessions[0].client = 0);
    BROKEN(sessions[0].provider = 2);
    BROKEN(sessions[0].badge = 0);
    BROKEN(sessions[0].region_bytes = 5000);
    BROKEN(sessions[0].region_bytes = 2048);
    BROKEN(devices[0].component = 2);
    BROKEN(devices[0].kind = 0);
#undef BROKEN
    manifest_start();
    memset(manifest.components[0].name, 'x', MANIFEST_NAME_BYTES);
    CHECK(refused(sizeof(manifest)));
}

/** Registers from the device tree with their interrupt, and memory for the device. */
static void manifest_start_tree(void)
{
    manifest_start();
    manifest.count_devices = 3;
    manifest.devices[0] =
        (struct manifest_device){.name = "fdt:a", .kind = DEVICE_MEMORY, .from_tree = 1};
    manifest.devices[1] =
        (struct manifest_device){.name = "fdt:a", .kind = DEVICE_IRQ, .from_tree = 1};
    manifest.devices[2] = (struct manifest_device){.name = "d", .kind = DEVICE_DMA, .size = 8192};
}

TEST("devices from the device tree are accepted, each broken field of one is refused")
{
#define BROKEN_TREE(change)                                                                        \
    manifest_start_tree();                                                                         \
    manifest.change;                                                                               \
    CHECK(refused(sizeof(manifest)))
    manifest_start_tree();
    CHECK(!refused(sizeof(manifest)));
    BROKEN_TREE(devices[0].name[3] = ' ');
    BROKEN_TREE(devices[0].probe_offset = 2);
    BROKEN_TREE(devices[0].probe_offset = 1u << 31);
    BROKEN_TREE(devices[0].from_tree = 0); /* no registers that somebody names himself */
    BROKEN_TREE(devices[0].kind = DEVICE_IRQ);
    BROKEN_TREE(devices[0].kind = DEVICE_PORTS);
    BROKEN_TREE(devices[1].component = 1);
    BROKEN_TREE(devices[2].size = 12288);
    BROKEN_TREE(devices[2].size = 2048);
    BROKEN_TREE(devices[2].size = 1ull << 40);
    BROKEN_TREE(devices[2].from_tree = 1);
}

TEST("init may be the client of its own log")
{
    manifest_start();
    manifest.sessions[0].client = MANIFEST_INIT;
    CHECK(!refused(sizeof(manifest)));
}
