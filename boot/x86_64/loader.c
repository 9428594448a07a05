/*
 * loader.c - the information of two kinds of loader, reduced to struct machine.
 *
 * PVH: start information of Xen's direct boot (public/arch-x86/hvm/start_info.h). Multiboot2
 * (specification 2.0, 3.6), GRUB's: a sequence of tags, type and size, 32 bits each, then what the
 * type says; the RSDP comes only as a copy, from which nobody learns where it is: that stays
 * unknown. Of a memory map all usable memory is added first, then what is reserved is removed.
 */
#include "boot/x86_64/parts.h"
#include "lib/base/checked.h"

#define PVH_MAGIC        0x336ec578u
#define MULTIBOOT2_MAGIC 0x36d76289u
#define PVH_ENTRIES_MAX  256u
#define MULTIBOOT2_MAX   0x100000u
#define TAG_HEADER_BYTES 8u
#define MEMORY_RAM       1u

/* None of these is known to be aligned. */

struct memory_entry {
    uint64_t base, size;
    uint32_t type, reserved;
} PACKED;

struct pvh_start {
    uint32_t magic, version, flags, module_count;
    uint64_t modules, command_line, rsdp;
    uint64_t memory_map; /* from here on since version 1 */
    uint32_t memory_map_entries, reserved;
} PACKED;

struct pvh_module {
    uint64_t base, size, command_line, reserved;
} PACKED;

struct multiboot2_start {
    uint32_t size_bytes, reserved;
} PACKED;

enum tag_type {
    TAG_END = 0,
    TAG_COMMAND_LINE = 1,
    TAG_MODULE = 3,
    TAG_MEMORY_MAP = 6,
    TAG_RSDP_OLD = 14, /* of ACPI 1.0 */
    TAG_RSDP_NEW = 15,
};

struct tag {
    uint32_t type, size_bytes;
    union {
        char text[1];
        struct {
            uint32_t base, end;
        } PACKED module;
        struct {
            uint32_t entry_bytes, entry_version;
            struct memory_entry entries[1];
        } PACKED map;
    };
} PACKED;

/* @size bytes of the loader's. */
static const void *pointer(uint64_t address, uint64_t size)
{
    if (address == 0 || !range_within(address, size, boot_reach))
        boot_refuse("the loader's information at %lx is out of reach", address);
    return boot_memory(address);
}

static void memory_map_read(struct machine *machine, const void *map, uint64_t size, uint64_t step)
{
    for (unsigned ram = 2; ram-- > 0;) {
        for (uint64_t at = 0; range_within(at, step, size); at += step) {
            const struct memory_entry *entry = (const void *)((const char *)map + at);
            uint64_t base = entry->base, end;
            if ((entry->type == MEMORY_RAM) != ram || !range_end_checked(base, entry->size, &end) ||
                end > UINT64_MAX - PAGE_BYTES)
                continue;
            if (ram)
                ranges_set(&machine->ram, align_up(base, PAGE_BYTES), align_down(end, PAGE_BYTES),
                           true);
            else
                ranges_set(&machine->ram, align_down(base, PAGE_BYTES), align_up(end, PAGE_BYTES),
                           false);
        }
    }
}

static void command_line_read(struct machine *machine, const char *text, uint64_t size)
{
    for (uint64_t i = 0; i < size && i < sizeof(machine->command_line); i++) {
        machine->command_line[i] = text[i];
        if (text[i] == '\0')
            return;
    }
    boot_refuse("the command line is longer than %lu bytes", sizeof(machine->command_line) - 1);
}

static void pvh_read(struct machine *machine, uint64_t address)
{
    const struct pvh_start *start = pointer(address, sizeof(*start));
    uint32_t entries = start->memory_map_entries;
    if (start->magic != PVH_MAGIC || start->version < 1 || entries > PVH_ENTRIES_MAX)
        boot_refuse("the loader's start information is not PVH version 1");
    uint64_t size = entries * sizeof(struct memory_entry);
    memory_map_read(machine, pointer(start->memory_map, size), size, sizeof(struct memory_entry));
    if (start->module_count > 0) {
        const struct pvh_module *module = pointer(start->modules, sizeof(*module));
        machine->bundle = (struct range){module->base, module->size};
    }
    if (start->command_line != 0)
        command_line_read(machine, pointer(start->command_line, sizeof(machine->command_line)),
                          sizeof(machine->command_line));
    machine->rsdp = start->rsdp;
}

static void tag_read(struct machine *machine, const struct tag *tag)
{
    uint32_t size = tag->size_bytes, before_map = offsetof(struct tag, map.entries);
    if (tag->type == TAG_COMMAND_LINE)
        command_line_read(machine, tag->text, size - TAG_HEADER_BYTES);
    else if (tag->type == TAG_MODULE && size >= sizeof(tag->module) + TAG_HEADER_BYTES &&
             machine->bundle.size_bytes == 0)
        machine->bundle = (struct range){tag->module.base, tag->module.end - tag->module.base};
    else if (tag->type == TAG_MEMORY_MAP && size >= before_map &&
             tag->map.entry_bytes >= sizeof(struct memory_entry))
        memory_map_read(machine, tag->map.entries, size - before_map, tag->map.entry_bytes);
}

static void multiboot2_read(struct machine *machine, uint64_t address)
{
    const struct multiboot2_start *start = pointer(address, sizeof(*start));
    uint32_t total = start->size_bytes;
    if (total > MULTIBOOT2_MAX)
        boot_refuse("the loader's boot information is not multiboot2");
    const char *bytes = pointer(address, total);
    for (uint32_t at = sizeof(*start); range_within(at, TAG_HEADER_BYTES, total);) {
        const struct tag *tag = (const void *)&bytes[at];
        uint32_t size = tag->size_bytes;
        if (tag->type == TAG_END || size < TAG_HEADER_BYTES || !range_within(at, size, total))
            break;
        tag_read(machine, tag);
        if (tag->type == TAG_RSDP_OLD || tag->type == TAG_RSDP_NEW)
            machine->rsdp_copy = address + at + TAG_HEADER_BYTES;
        at += (uint32_t)align_up(size, 8);
    }
}

void loader_read(struct machine *machine, uint32_t magic, uint64_t information)
{
    if (magic == MULTIBOOT2_MAGIC)
        multiboot2_read(machine, information);
    else
        pvh_read(machine, information);
}
