/*
 * multiboot2.c - boot information of GRUB (Multiboot2 specification 2.0, 3.6).
 *
 * The RSDP comes only as a copy, so its place is searched for where BIOS machines have it; on UEFI
 * machines it stays unknown.
 */
#include "kernel/arch/x86_64/boot.h"

#include "kernel/panic.h"
#include "lib/base/bits.h"
#include "lib/base/string.h"

#define INFORMATION_BYTES_MAX 0x100000u
#define MEMORY_RAM            1u
#define RSDP_AREA             0xe0000u
#define RSDP_AREA_END         0x100000u
#define RSDP_SIGNATURE        "RSD PTR "

enum tag_type { TAG_END = 0, TAG_COMMAND_LINE = 1, TAG_MODULE = 3, TAG_MEMORY_MAP = 6 };

struct information {
    uint32_t total_bytes;
    uint32_t reserved;
};

struct tag {
    uint32_t type;
    uint32_t size_bytes;
};

struct tag_text {
    struct tag tag;
    char text[];
};

struct tag_module {
    struct tag tag;
    uint32_t base;
    uint32_t end;
};

struct tag_memory_map {
    struct tag tag;
    uint32_t entry_bytes;
    uint32_t entry_version;
    uint8_t entries[];
};

struct memory_entry {
    uint64_t base;
    uint64_t size;
    uint32_t type;
    uint32_t reserved;
};

static void memory_map_read(struct boot_description *boot, const struct tag_memory_map *map)
{
    if (map->tag.size_bytes < sizeof(*map) || map->entry_bytes < sizeof(struct memory_entry))
        return;
    uint32_t count = (map->tag.size_bytes - (uint32_t)sizeof(*map)) / map->entry_bytes;
    for (unsigned pass = 0; pass < 2; pass++) {
        for (uint32_t i = 0; i < count; i++) {
            struct memory_entry entry;
            memcpy(&entry, &map->entries[i * map->entry_bytes], sizeof(entry));
            if (pass == 0 && entry.type == MEMORY_RAM)
                boot_memory_add(boot, entry.base, entry.size);
            if (pass == 1 && entry.type != MEMORY_RAM)
                boot_memory_remove(boot, entry.base, entry.size);
        }
    }
}

static void tag_read(struct boot_description *boot, const struct tag *tag)
{
    switch (tag->type) {
    case TAG_COMMAND_LINE:
        boot_command_line(boot, ((const struct tag_text *)tag)->text,
                          tag->size_bytes - sizeof(*tag));
        break;
    case TAG_MODULE: {
        const struct tag_module *module = (const struct tag_module *)tag;
        if (tag->size_bytes >= sizeof(*module) && boot->bundle.size_bytes == 0)
            boot->bundle = (struct boot_range){module->base, module->end - module->base};
        break;
    }
    case TAG_MEMORY_MAP:
        memory_map_read(boot, (const struct tag_memory_map *)tag);
        break;
    }
}

static uint64_t rsdp_find(void)
{
    for (uint64_t at = RSDP_AREA; at < RSDP_AREA_END; at += 16)
        if (memcmp(arch_phys_to_virt(at), RSDP_SIGNATURE, sizeof(RSDP_SIGNATURE) - 1) == 0)
            return at;
    return 0;
}

void multiboot2_read(struct boot_description *boot, uint64_t address)
{
    const struct information *information = boot_pointer(address, sizeof(*information));
    uint32_t total = information->total_bytes;
    if (total > INFORMATION_BYTES_MAX)
        kernel_panic("the loader's boot information is not multiboot2");
    const uint8_t *bytes = boot_pointer(address, total);
    uint32_t at = sizeof(*information);
    while (range_within(at, sizeof(struct tag), total)) {
        const struct tag *tag = (const void *)&bytes[at];
        if (tag->type == TAG_END || tag->size_bytes < sizeof(*tag) ||
            !range_within(at, tag->size_bytes, total))
            break;
        tag_read(boot, tag);
        at += (uint32_t)align_up(tag->size_bytes, 8);
    }
    boot->rsdp = rsdp_find();
}
