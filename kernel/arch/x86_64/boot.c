/*
 * boot.c - the kernel's first C code: from the loader to kernel_boot.
 */
#include "abi/bootinfo.h"
#include "kernel/arch/x86_64/instructions.h"
#include "kernel/arch/x86_64/parts.h"
#include "kernel/panic.h"
#include "lib/base/bits.h"

void boot_main(uint32_t magic, uint32_t information);

static void memory_describe(struct boot_description *boot)
{
    ranges_set(RANGES(boot, ram), 0, PAGE, false); /* physical address 0 means none */
    ranges_set(RANGES(boot, taken), IMAGE_BASE, image_phys(image_end), true);
    const struct boot_range *bundle = &boot->bundle;
    if (!is_aligned(bundle->base, PAGE) ||
        !range_within(bundle->base, bundle->size_bytes, BOOT_LIMIT))
        kernel_panic("the boot bundle at %lx is not page-aligned below 4 GiB", bundle->base);
    ranges_set(RANGES(boot, taken), bundle->base, align_up(range_end(bundle), PAGE), true);
}

/* User level may own everything below 4 GiB that is not RAM, but not the interrupt controllers. */
static void devices_describe(struct boot_description *boot)
{
    struct ranges device = RANGES(boot, device);
    ranges_set(device, PAGE, BOOT_LIMIT, true);
    for (uint32_t i = 0; i < boot->count_ram; i++)
        ranges_set(device, boot->ram[i].base, range_end(&boot->ram[i]), false);
    ranges_set(device, IOAPIC_ADDRESS, IOAPIC_ADDRESS + PAGE, false);
    ranges_set(device, lapic_address(), lapic_address() + PAGE, false);
}

/* Is @word one of the words of the command line? */
static bool boot_option(const char *command_line, const char *word)
{
    for (const char *at = command_line; *at != '\0'; at++) {
        unsigned same = 0;
        while (word[same] != '\0' && at[same] == word[same])
            same++;
        bool ends = word[same] == '\0' && (at[same] == '\0' || at[same] == ' ');
        if (ends && (at == command_line || at[-1] == ' '))
            return true;
    }
    return false;
}

void boot_main(uint32_t magic, uint32_t information)
{
    static struct boot_description boot;
    debug_init();
    processor_init(&cpus[0]);
    loader_read(&boot, magic, information);
    if (processor_leaks() && !boot_option(boot.command_line, "accept-meltdown"))
        kernel_refuse_boot("this processor has Meltdown; the option accept-meltdown accepts that");
    memory_describe(&boot);
    memory_init(&boot);
    devices_describe(&boot);
    vector_init();
    apic_init();
    clock_init(&boot);
    boot.count_processors = 1;
    boot.features = cpuid(1, 0).ecx & BIT(30) ? BOOTINFO_FEATURE_RANDOM : 0;
#ifdef CORM_DEBUG
    boot.features |= BOOTINFO_FEATURE_DEBUG;
#endif
    kernel_boot(&boot);
}
