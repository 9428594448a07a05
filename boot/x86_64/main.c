/*
 * main.c - from the loader to the kernel.
 */
#include "abi/arch/x86_64/boot.h"
#include "boot/join.h"
#include "boot/x86_64/parts.h"
#include "lib/base/bits.h"
#include "lib/base/x86_64/hardware.h"
#include "lib/base/x86_64/instructions.h"
#include "lib/base/x86_64/uart.h"

#define PHYSMAP_LIMIT (512ull << 30) /* one entry of the root */
#define ROOT_PHYSMAP  256u
#define ROOT_KERNEL   511u

/* Of the first UART, beside those of uart.h. */
enum uart_port {
    UART_DIVISOR = UART_DATA, /* while the line's bit for it is set */
    UART_INTERRUPTS = 0x3f9,
    UART_FIFO = 0x3fa,
    UART_LINE = 0x3fb,
    UART_MODEM = 0x3fc,
};

void boot_main(uint32_t magic, uint32_t information);

/* boot.ld */
extern const struct kernel_image kernel_image;
extern uint8_t boot_start[], boot_end[];

/* entry.S: the tables under which the boot stage runs, and the way into the kernel. */
extern uint64_t boot_root[];
NORETURN void kernel_enter(uint64_t entry, const struct boot_handover *handover, uint32_t index);

const uint64_t boot_reach = 1ull << 32; /* what entry.S maps; the loaders stay below it */

void *boot_memory(paddr_t address) { return (void *)address; }

/* Fetches see stores. */
void boot_code_written(const void *code, uint64_t bytes)
{
    (void)code;
    (void)bytes;
}

void boot_put(char character) { uart_put(character); }

void boot_stop(void)
{
    for (;;)
        __asm__ volatile("cli; hlt");
}

/* 115200 baud, 8N1. */
static void uart_init(void)
{
    static const struct {
        uint16_t port;
        uint8_t value;
    } set_up[] = {{UART_INTERRUPTS, 0},           {UART_LINE, 0x80 /* the divisor follows */},
                  {UART_DIVISOR, 1 /* 115200 */}, {UART_INTERRUPTS, 0},
                  {UART_LINE, 3 /* 8N1 */},       {UART_FIFO, 7 /* on, clear */},
                  {UART_MODEM, 3 /* DTR, RTS */}};
    for (unsigned i = 0; i < ARRAY_LENGTH(set_up); i++)
        port_write8(set_up[i].port, set_up[i].value);
}

static void memory_describe(struct machine *machine)
{
    uint64_t limit = processor_has_huge_pages() ? PHYSMAP_LIMIT : boot_reach;
    ranges_set(&machine->ram, 0, PAGE_BYTES, false); /* physical address 0 means none */
    ranges_set(&machine->ram, limit, UINT64_MAX, false);
    paddr_t image = (uintptr_t)&kernel_image;
    machine->image = (struct range){image, kernel_image.end - KERNEL_BASE - image};
    machine->own = (struct range){(uintptr_t)boot_start, (uint64_t)(boot_end - boot_start)};
    const struct range *bundle = &machine->bundle;
    if (!is_aligned(bundle->base, PAGE_BYTES) ||
        !range_within(bundle->base, bundle->size_bytes, boot_reach))
        boot_refuse("the boot bundle at %lx is not page-aligned below 4 GiB", bundle->base);
}

/* User level may own everything below 4 GiB that is not RAM, but not the interrupt controllers. */
static void devices_describe(struct machine *machine)
{
    const struct ranges *ram = &machine->ram;
    ranges_set(&machine->device, PAGE_BYTES, boot_reach, true);
    for (uint32_t i = 0; i < ram->count; i++)
        ranges_set(&machine->device, ram->items[i].base, range_end(&ram->items[i]), false);
    ranges_set(&machine->device, IOAPIC_ADDRESS, IOAPIC_ADDRESS + PAGE_BYTES, false);
    ranges_set(&machine->device, processor_lapic(), processor_lapic() + PAGE_BYTES, false);
}

void boot_main(uint32_t magic, uint32_t information)
{
    static struct machine machine;
    static struct ranges free;
    uart_init();
    loader_read(&machine, magic, information);
    processor_check(&machine);
    if (kernel_image.magic != KERNEL_IMAGE_MAGIC)
        boot_refuse("the kernel in this image is of another version");
    memory_describe(&machine);
    devices_describe(&machine);
    machine.count_ports = 0x10000;
    machine.features = processor_has_random() ? BOOTINFO_FEATURE_RANDOM : 0;
    apic_init(&machine);
    clock_init(&machine);
    processor_init(&machine);
    processors_start(&machine);
    memory_init(&free, &machine);
    const uint64_t *root =
        boot_memory(paging_build(&machine, &free, &kernel_image, processor_lapic()));
    struct boot_handover *handover = boot_prepare(&machine, &free, kernel_image.object_bytes);
    handover->kernel_root = (uintptr_t)root;
    boot_root[ROOT_PHYSMAP] = root[ROOT_PHYSMAP];
    boot_root[ROOT_KERNEL] = root[ROOT_KERNEL];
    processor_describe(handover);
    join_release(kernel_image.entry, handover);
    kernel_enter(kernel_image.entry, handover, 0);
}
