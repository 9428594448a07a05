/*
 * pvh.c - start information of Xen's direct boot (public/arch-x86/hvm/start_info.h).
 */
#include "kernel/arch/x86_64/boot.h"

#include "kernel/panic.h"

#define PVH_MAGIC       0x336ec578u
#define PVH_ENTRIES_MAX 256u
#define PVH_MEMORY_RAM  1u

struct pvh_start {
    uint32_t magic, version, flags, module_count;
    uint64_t modules, command_line, rsdp;
    uint64_t memory_map; /* from here on since version 1 */
    uint32_t memory_map_entries, reserved;
};

struct pvh_module {
    uint64_t base, size, command_line, reserved;
};

struct pvh_memory {
    uint64_t base, size;
    uint32_t type, reserved;
};

void pvh_read(struct boot_description *boot, uint64_t address)
{
    const struct pvh_start *start = boot_pointer(address, sizeof(*start));
    uint32_t entries = start->memory_map_entries;
    if (start->magic != PVH_MAGIC || start->version < 1 || entries > PVH_ENTRIES_MAX)
        kernel_panic("the loader's start information is not PVH version 1");
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
