/*
 * pvh.c - start information of Xen's direct boot (public/arch-x86/hvm/start_info.h).
 */
#include "kernel/arch/x86_64/boot.h"

#include "kernel/panic.h"

#define PVH_MAGIC      0x336ec578u
#define PVH_ENTRIES    256u
#define PVH_MEMORY_RAM 1u

struct pvh_start {
    uint32_t magic;
    uint32_t version;
    uint32_t flags;
    uint32_t module_count;
    uint64_t modules;
    uint64_t command_line;
    uint64_t rsdp;
    uint64_t memory_map; /* from here on since version 1 */
    uint32_t memory_map_entries;
    uint32_t reserved;
};

struct pvh_module {
    uint64_t base;
    uint64_t size;
    uint64_t command_line;
    uint64_t reserved;
};

struct pvh_memory {
    uint64_t base;
    uint64_t size;
    uint32_t type;
    uint32_t reserved;
};

void pvh_read(struct boot_description *boot, uint64_t address)
{
    const struct pvh_start *start = boot_pointer(address, sizeof(*start));
    if (start->magic != PVH_MAGIC || start->version < 1 || start->memory_map_entries > PVH_ENTRIES)
        kernel_panic("the loader's start information is not PVH version 1");
    uint32_t entries = start->memory_map_entries;
    const struct pvh_memory *map = boot_pointer(start->memory_map, entries * sizeof(*map));
    for (uint32_t i = 0; i < entries; i++)
        if (map[i].type == PVH_MEMORY_RAM)
            boot_memory_add(boot, map[i].base, map[i].size);
    for (uint32_t i = 0; i < entries; i++)
        if (map[i].type != PVH_MEMORY_RAM)
            boot_memory_remove(boot, map[i].base, map[i].size);

    if (start->module_count > 0) {
        const struct pvh_module *module = boot_pointer(start->modules, sizeof(*module));
        boot->bundle = (struct boot_range){module->base, module->size};
    }
    if (start->command_line != 0)
        boot_command_line(boot, boot_pointer(start->command_line, sizeof(boot->command_line)),
                          sizeof(boot->command_line));
    boot->rsdp = start->rsdp;
}
