/*
 * prepare.c - what the kernel is handed over: init laid out in memory, everything that is to be in
 * init's Space, and the list of all memory.
 */
#include <corm/object.h>

#include "boot/boot.h"
#include "lib/base/log2.h"
#include "lib/base/copy.h"

#define BOOTINFO_ADDRESS (INIT_BASE - PAGE_BYTES)
#define BUNDLE_ADDRESS   0x40000000ull
#define NODE_SPAN_LOG2   21 /* memory that one node of a page table maps, on every port */
#define DIRECTORY_LOG2   30 /* ... and one a level higher */
/* Below init's root: one for all, one for the first GiB, in which boot information and image have
 * one each; the rest is for the bundle. */
#define FIXED_NODES 4u
#define RIGHT_R     REGION_RIGHT_READ
#define RIGHTS_RX   (REGION_RIGHT_READ | REGION_RIGHT_EXECUTE)
#define RIGHTS_RW   (REGION_RIGHT_READ | REGION_RIGHT_WRITE)

STATIC_ASSERT(sizeof(struct bootinfo) <= PAGE_BYTES, "the boot information is one page");
STATIC_ASSERT(BOOT_REGIONS_MAX + INIT_SPACE_SLOT_FIRST <= 1u << INIT_SPACE_SLOTS_LOG2,
              "each region has a slot");

/* Let init see @range at @address, in pieces: what lies beside it is somebody else's. */
static void add_regions(struct boot_handover *handover, struct range range, uint64_t address,
                        uint32_t rights)
{
    paddr_t base;
    unsigned size_log2;
    while (memory_next_piece(&range, &base, &size_log2)) {
        if (handover->count_regions == BOOT_REGIONS_MAX)
            boot_refuse("init and its bundle lie in too many pieces");
        handover->regions[handover->count_regions++] =
            (struct boot_region){address, base, size_log2, rights};
        address += 1ull << size_log2;
    }
}

static void lay_out_init(struct boot_handover *handover, struct ranges *free,
                         const struct init_image *image)
{
    uint64_t text = image->text_bytes, data = image->memory_bytes - text;
    paddr_t base = memory_take(free, image->memory_bytes, PAGE_BYTES);
    memcpy(boot_memory(base), image, image->file_bytes);
    boot_code_written(boot_memory(base), text);
    add_regions(handover, (struct range){base, text}, INIT_BASE, RIGHTS_RX);
    add_regions(handover, (struct range){base + text, data}, INIT_BASE + text, RIGHTS_RW);
    handover->entry = image->entry;
    handover->stack_top = image->stack_top;
}

/* Pieces for which there is no room in the list are nobody's. Returns the bytes that are listed. */
static uint64_t add_memory(struct bootinfo *info, struct range range, uint32_t kind)
{
    paddr_t base;
    unsigned size_log2;
    uint64_t bytes = 0;
    while (info->count_memory < BOOTINFO_UNTYPED_MAX &&
           memory_next_piece(&range, &base, &size_log2)) {
        info->memory[info->count_memory++] = (struct bootinfo_memory){base, size_log2, kind};
        bytes += 1ull << size_log2;
    }
    return bytes;
}

/* The bundle, and behind it the pages of the device tree. */
static void add_files(struct bootinfo *info, const struct machine *machine)
{
    const struct range *tree = &machine->device_tree;
    const paddr_t base = align_down(tree->base, PAGE_BYTES);
    const uint64_t bytes = align_up(range_end(tree), PAGE_BYTES) - base;
    const uint64_t before = add_memory(info, machine->bundle, BOOTINFO_MEMORY_BUNDLE);
    if (tree->size_bytes == 0)
        return;
    if (add_memory(info, (struct range){base, bytes}, BOOTINFO_MEMORY_BUNDLE) != bytes)
        boot_refuse("the bundle and the device tree lie in too many pieces");
    info->device_tree_offset = before + (tree->base - base);
    info->device_tree_bytes = tree->size_bytes;
    info->kernel_bytes -= bytes;
}

/* What is random in the device tree is init's alone: the tree is for others too. Less than a whole
 * seed is none. */
static void take_seed(struct bootinfo *info, const struct range *seed)
{
    if (seed->size_bytes == 0)
        return;
    uint8_t *bytes = boot_memory(seed->base);
    if (seed->size_bytes >= sizeof(info->seed)) {
        memcpy(info->seed, bytes, sizeof(info->seed));
        info->features |= BOOTINFO_FEATURE_SEED;
    }
    memset(bytes, 0, seed->size_bytes);
}

static void add_memory_list(struct bootinfo *info, const struct ranges *list, uint32_t kind)
{
    for (uint32_t i = 0; i < list->count; i++)
        add_memory(info, list->items[i], kind);
}

static void describe(struct bootinfo *info, const struct machine *machine,
                     const struct ranges *free)
{
    info->magic = BOOTINFO_MAGIC;
    info->memory_bytes = ranges_bytes(&machine->ram);
    info->kernel_bytes =
        info->memory_bytes - ranges_bytes(free) - align_up(machine->bundle.size_bytes, PAGE_BYTES);
    info->bundle_address = BUNDLE_ADDRESS;
    info->bundle_bytes = machine->bundle.size_bytes;
    info->clock_multiplier = machine->clock_multiplier;
    info->clock_offset_ns = machine->clock_offset_ns;
    info->acpi_rsdp = machine->rsdp;
    info->count_processors = machine->count_processors;
    info->interrupt_lines = machine->interrupt_lines;
    info->features = machine->features;
    memcpy(info->command_line, machine->command_line, sizeof(info->command_line));
    take_seed(info, &machine->seed);
    add_files(info, machine);
    add_memory_list(info, free, BOOTINFO_MEMORY_FREE);
    add_memory_list(info, &machine->device, BOOTINFO_MEMORY_DEVICE);
}

struct boot_handover *boot_prepare(const struct machine *machine, struct ranges *free,
                                   uint64_t object_bytes)
{
    static struct boot_handover handover;
    const struct init_image *image = bundle_find_init(&machine->bundle);
    const uint64_t bundle_bytes = machine->bundle.size_bytes;
    uint64_t nodes =
        FIXED_NODES + (bundle_bytes >> NODE_SPAN_LOG2) + 1 + (bundle_bytes >> DIRECTORY_LOG2) + 1;
    handover.nodes_log2 = bits_log2_ceil(nodes * PAGE_BYTES);
    handover.nodes = memory_take(free, 1ull << handover.nodes_log2, 1ull << handover.nodes_log2);
    handover.objects = memory_take(free, object_bytes, PAGE_BYTES);
    handover.bootinfo = memory_take(free, PAGE_BYTES, PAGE_BYTES);
    handover.trace = trace_prepare(machine, free);
    handover.argument = BOOTINFO_ADDRESS;
    handover.timer_multiplier = machine->timer_multiplier;
    handover.count_ports = machine->count_ports;
    lay_out_init(&handover, free, image);
    add_regions(&handover, (struct range){handover.bootinfo, PAGE_BYTES}, BOOTINFO_ADDRESS,
                RIGHT_R);
    add_regions(&handover, machine->bundle, BUNDLE_ADDRESS, RIGHT_R);
    handover.count_cpus = machine->count_processors;
    memcpy(handover.cpu_ids, machine->processors, sizeof(handover.cpu_ids));
    const struct range *own = &machine->own;
    if (!machine->has_stray)                               /* which would run into it */
        ranges_set(free, own->base, range_end(own), true); /* the boot stage ends here */
    describe(boot_memory(handover.bootinfo), machine, free);
    return &handover;
}
