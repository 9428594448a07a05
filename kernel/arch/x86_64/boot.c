/*
 * boot.c - the kernel's first C code: from two kinds of loader to kernel_boot.
 */
#include "kernel/arch/x86_64/boot.h"

#include "abi/bootinfo.h"
#include "kernel/arch/x86_64/apic.h"
#include "kernel/arch/x86_64/clock.h"
#include "kernel/arch/x86_64/debug.h"
#include "kernel/arch/x86_64/memory.h"
#include "kernel/arch/x86_64/processor.h"
#include "kernel/arch/x86_64/trap.h"
#include "kernel/arch/x86_64/vector.h"
#include "kernel/panic.h"
#include "lib/base/bits.h"
#include "lib/base/string.h"

#define PAGE       0x1000ull
#define IMAGE_BASE 0x100000ull

extern uint8_t image_end[];

void boot_main(uint32_t magic, uint32_t information);

const void *boot_pointer(uint64_t address, uint64_t size)
{
    if (address == 0 || !range_within(address, size, BOOT_LIMIT))
        kernel_panic("boot information at %lx, out of reach", address);
    return arch_phys_to_virt(address);
}

void boot_memory_add(struct boot_description *boot, uint64_t base, uint64_t size)
{
    uint64_t end;
    if (range_end_checked(base, size, &end) && align_up_checked(base, PAGE, &base))
        ranges_add(boot_ram(boot), base, align_down(end, PAGE));
}

void boot_memory_remove(struct boot_description *boot, uint64_t base, uint64_t size)
{
    uint64_t end;
    if (range_end_checked(base, size, &end) && align_up_checked(end, PAGE, &end))
        ranges_remove(boot_ram(boot), align_down(base, PAGE), end);
}

void boot_command_line(struct boot_description *boot, const char *text, uint64_t size)
{
    for (uint64_t i = 0; i < size && i < sizeof(boot->command_line); i++) {
        boot->command_line[i] = text[i];
        if (text[i] == '\0')
            return;
    }
    kernel_panic("the command line is longer than %lu bytes", sizeof(boot->command_line) - 1);
}

bool boot_option(const struct boot_description *boot, const char *word)
{
    size_t length = strlen(word);
    const char *at = boot->command_line;
    while (*at != '\0') {
        size_t end = 0;
        while (at[end] != '\0' && at[end] != ' ')
            end++;
        if (end == length && strncmp(at, word, length) == 0)
            return true;
        at += at[end] == ' ' ? end + 1 : end;
    }
    return false;
}

static void memory_describe(struct boot_description *boot)
{
    ranges_remove(boot_ram(boot), 0, PAGE); /* physical address 0 means none */
    ranges_add(boot_taken(boot), IMAGE_BASE, image_phys(image_end));
    struct boot_range *bundle = &boot->bundle;
    if (bundle->size_bytes > 0) {
        if (!is_aligned(bundle->base, PAGE) ||
            !range_within(bundle->base, bundle->size_bytes, BOOT_LIMIT))
            kernel_panic("the boot bundle at %lx is not page-aligned below 4 GiB", bundle->base);
        ranges_add(boot_taken(boot), bundle->base,
                   align_up(bundle->base + bundle->size_bytes, PAGE));
    }
}

/* User level may own everything below 4 GiB that is not RAM, but not the interrupt controllers. */
static void devices_describe(struct boot_description *boot)
{
    struct ranges device = boot_device(boot);
    ranges_add(device, PAGE, BOOT_LIMIT);
    for (uint32_t i = 0; i < boot->count_ram; i++)
        ranges_remove(device, boot->ram[i].base, range_end(&boot->ram[i]));
    ranges_remove(device, IOAPIC_ADDRESS, IOAPIC_ADDRESS + PAGE);
    ranges_remove(device, lapic_address(), lapic_address() + PAGE);
}

void boot_main(uint32_t magic, uint32_t information)
{
    static struct boot_description boot;
    debug_init();
    tables_init(&cpus[0]);
    if (magic == MULTIBOOT2_MAGIC)
        multiboot2_read(&boot, information);
    else
        pvh_read(&boot, information);
    debug_test_exit(boot_option(&boot, "test-exit"));
    memory_describe(&boot);
    processor_init(boot_option(&boot, "accept-meltdown"));
    memory_init(&boot);
    devices_describe(&boot);
    vector_init();
    apic_init();
    clock_init(&boot);
    boot.count_processors = 1;
    boot.features = processor.random ? BOOTINFO_FEATURE_RANDOM : 0;
#ifdef CORM_DEBUG
    boot.features |= BOOTINFO_FEATURE_DEBUG;
#endif
    kernel_boot(&boot);
}
