/*
 * boot.h - the loaders' information, reduced to one struct boot_description.
 *
 * A reader adds all usable memory to ram and removes what is reserved; finish.
 */
#ifndef X86_64_BOOT_H
#define X86_64_BOOT_H

#include "kernel/arch/x86_64/ranges.h"

#define BOOT_LIMIT 0x100000000ull /* the loaders put everything below 4 GiB */

static inline struct ranges boot_ram(struct boot_description *boot)
{
    return (struct ranges){boot->ram, &boot->count_ram, BOOT_RANGES_MAX};
}

static inline struct ranges boot_taken(struct boot_description *boot)
{
    return (struct ranges){boot->taken, &boot->count_taken, 8};
}

static inline struct ranges boot_device(struct boot_description *boot)
{
    return (struct ranges){boot->device, &boot->count_device, BOOT_RANGES_MAX};
}

/** boot_pointer - @size bytes of the loader's at @address; panics when they cannot be there. */
const void *boot_pointer(uint64_t address, uint64_t size);

/** boot_memory_add, boot_memory_remove - one entry of a memory map, in bytes. */
void boot_memory_add(struct boot_description *boot, uint64_t base, uint64_t size);
void boot_memory_remove(struct boot_description *boot, uint64_t base, uint64_t size);

/** boot_command_line - take over the text, at most @size bytes; panics when it is too long. */
void boot_command_line(struct boot_description *boot, const char *text, uint64_t size);

/** boot_option - is @word one of the words of the command line? */
MUST_USE bool boot_option(const struct boot_description *boot, const char *word);

void pvh_read(struct boot_description *boot, uint64_t address);
void multiboot2_read(struct boot_description *boot, uint64_t address);

#define MULTIBOOT2_MAGIC 0x36d76289u

#endif
