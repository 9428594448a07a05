/*
 * multiboot2.c - boot information of GRUB (Multiboot2 specification 2.0, 3.6).
 *
 * A sequence of tags: type and size, 32 bits each, then what the type says. The RSDP comes only as
 * a copy, from which nobody learns where it is: that stays unknown.
 */
#include "kernel/arch/x86_64/boot.h"

#include "kernel/panic.h"
#include "lib/base/bits.h"

#define INFORMATION_BYTES_MAX 0x100000u
#define HEADER_BYTES          8u
#define MEMORY_RAM            1u

enum tag_type { TAG_END = 0, TAG_COMMAND_LINE = 1, TAG_MODULE = 3, TAG_MEMORY_MAP = 6 };

struct tag {
    uint32_t type;
    uint32_t size_bytes;
    union {
        char text[1];
        struct {
            uint32_t base, end;
        } module;
        struct {
            uint32_t entry_bytes, entry_version;
            struct memory_entry {
                uint64_t base, size;
                uint32_t type, reserved;
            } entries[1];
        } map;
    };
};

static void memory_map_read(struct boot_description *boot, const struct tag *tag)
{
    uint32_t first = offsetof(struct tag, map.entries), step = tag->map.entry_bytes;
    if (step < sizeof(struct memory_entry))
        return;
    for (unsigned pass = 0; pass < 2; pass++) {
        for (uint32_t at = first; range_within(at, step, tag->size_bytes); at += step) {
            const struct memory_entry *entry = (const void *)((const char *)tag + at);
            if (pass == 0 && entry->type == MEMORY_RAM)
                boot_memory_add(boot, entry->base, entry->size);
            if (pass == 1 && entry->type != MEMORY_RAM)
                boot_memory_remove(boot, entry->base, entry->size);
        }
    }
}

void multiboot2_read(struct boot_description *boot, uint64_t address)
{
    uint32_t total = *(const uint32_t *)boot_pointer(address, HEADER_BYTES);
    if (total > INFORMATION_BYTES_MAX)
        kernel_panic("the loader's boot information is not multiboot2");
    const char *bytes = boot_pointer(address, total);
    for (uint32_t at = HEADER_BYTES; range_within(at, HEADER_BYTES, total);) {
        const struct tag *tag = (const void *)&bytes[at];
        uint32_t size = tag->size_bytes;
        if (tag->type == TAG_END || size < HEADER_BYTES || !range_within(at, size, total))
            break;
        if (tag->type == TAG_COMMAND_LINE)
            boot_command_line(boot, tag->text, size - HEADER_BYTES);
        else if (tag->type == TAG_MODULE && boot->bundle.size_bytes == 0)
            boot->bundle =
                (struct boot_range){tag->module.base, tag->module.end - tag->module.base};
        else if (tag->type == TAG_MEMORY_MAP)
            memory_map_read(boot, tag);
        at += (uint32_t)align_up(size, 8);
    }
}
