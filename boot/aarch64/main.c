/*
 * main.c - from the loader to the kernel.
 */
#include "abi/arch/aarch64/boot.h"
#include "boot/aarch64/board.h"
#include "boot/aarch64/parts.h"
#include "boot/fdt.h"
#include "boot/join.h"
#include "lib/base/aarch64/cache.h"
#include "lib/base/aarch64/instructions.h"
#include "lib/base/aarch64/uart.h"
#include "lib/base/bits.h"

/* Beside those of uart.h (Arm PL011 technical reference manual, 3.3). */
#define UART_LINE       (0x2c / 4)
#define UART_LINE_8FIFO 0x70u
#define UART_CONTROL    (0x30 / 4)
#define UART_CONTROL_ON 0x301u /* receiver, transmitter, all */

#define COUNT_PORTS 4u /* firmware.c of the kernel: port 0 may be written to with any width */

void boot_main(paddr_t device_tree);

/* boot.ld */
extern const struct kernel_image kernel_image;
extern uint8_t boot_start[], boot_end[];

/* entry.S: the way into the kernel. */
NORETURN void kernel_enter(uint64_t entry, const struct boot_handover *handover, uint32_t index);

const uint64_t boot_reach = 1ull << 32; /* what entry.S maps; the loaders stay below it */

void *boot_memory(paddr_t address) { return (void *)address; }

void boot_code_written(const void *code, uint64_t bytes) { cache_publish_code(code, bytes); }

void boot_put(char character) { uart_put(boot_memory(BOARD_UART), character); }

void boot_stop(void)
{
    for (;;)
        __asm__ volatile("wfi");
}

/* The rate is the firmware's; emulators have none. */
static void uart_init(void)
{
    volatile uint32_t *uart = boot_memory(BOARD_UART);
    uart[UART_LINE] = UART_LINE_8FIFO;
    uart[UART_CONTROL] = UART_CONTROL_ON;
}

static void memory_describe(struct machine *machine)
{
    ranges_set(&machine->ram, 0, BOARD_DEVICES_END, false);
    paddr_t image = (uintptr_t)&kernel_image;
    machine->image = (struct range){image, kernel_image.end - KERNEL_BASE - image};
    machine->own = (struct range){(uintptr_t)boot_start, (uint64_t)(boot_end - boot_start)};
    const struct range *bundle = &machine->bundle;
    if (!is_aligned(bundle->base, PAGE_BYTES) ||
        !range_within(bundle->base, bundle->size_bytes, boot_reach))
        boot_refuse("the boot bundle at %lx is not page-aligned below 4 GiB", bundle->base);
}

/* User level may own all registers, but not the interrupt controller's. */
static void devices_describe(struct machine *machine)
{
    ranges_set(&machine->device, PAGE_BYTES, BOARD_DEVICES_END, true);
    ranges_set(&machine->device, BOARD_GICD, BOARD_GIC_END, false);
    ranges_set(&machine->device, BOARD_ECAM, BOARD_ECAM + BOARD_ECAM_BYTES, true);
}

void boot_main(paddr_t device_tree)
{
    static struct machine machine;
    static struct ranges free;
    uart_init();
    processor_check();
    machine.processors[0] = processor_id();
    machine.count_processors = 1;
    fdt_read(&machine, device_tree, NULL);
    if (kernel_image.magic != KERNEL_IMAGE_MAGIC)
        boot_refuse("the kernel in this image is of another version");
    memory_describe(&machine);
    devices_describe(&machine);
    machine.count_ports = COUNT_PORTS;
    machine.features = processor_has_random() ? BOOTINFO_FEATURE_RANDOM : 0;
    gic_init(&machine);
    clock_init(&machine);
    if (processor_signs() && !keys_make(&machine.seed))
        boot_print("corm: no random seed: return addresses are not signed\n");
    processor_init(true);
    join_all(&machine);
    if (boot_option_value(&machine, "trace=") != NULL)
        boot_refuse("the kernel of this architecture has no trace yet");
    memory_init(&free, &machine);
    paddr_t root = paging_build(&machine, &free, &kernel_image);
    struct boot_handover *handover = boot_prepare(&machine, &free, kernel_image.object_bytes);
    handover->kernel_root = root;
    handover->port[HANDOVER_FIRMWARE] =
        (machine.psci_smc ? FIRMWARE_PSCI_SMC : 0) |
        (boot_option(&machine, "exit=semihosting") ? FIRMWARE_SEMIHOSTING : 0);
    SYSTEM_WRITE(ttbr1_el1, root);
    join_root = root;
    join_release(kernel_image.entry, handover);
    kernel_enter(kernel_image.entry, handover, 0);
}
