/*
 * main.c - the boot stage for riscv64, in order.
 */
#include "abi/arch/riscv64/boot.h"
#include "boot/join.h"
#include "boot/riscv64/parts.h"
#include "lib/base/bits.h"
#include "lib/base/riscv64/instructions.h"

/* boot.ld */
extern const char boot_start[], boot_end[];
extern const struct kernel_image kernel_image;

void boot_main(uint64_t hart, uint64_t tree);
NORETURN void kernel_enter(uint64_t entry, const struct boot_handover *handover, uint32_t index,
                           uint64_t satp);

const uint64_t boot_reach = PHYSMAP_LIMIT;

void *boot_memory(paddr_t address) { return (void *)address; }

/* Each hart does it for itself (kernel_enter). */
void boot_code_written(const void *code, uint64_t bytes)
{
    (void)code;
    (void)bytes;
}

void boot_put(char character)
{
    if (character == '\n')
        boot_put('\r');
    (void)sbi_call(SBI_PUTCHAR_OLD, 0, (uint8_t)character, 0); /* who would hear of its failure? */
}

static void memory_describe(struct machine *machine)
{
    ranges_set(&machine->ram, 0, PAGE_BYTES, false); /* physical address 0 means none */
    ranges_set(&machine->ram, PHYSMAP_LIMIT, UINT64_MAX, false);
    paddr_t image = (uintptr_t)&kernel_image;
    machine->image = (struct range){image, kernel_image.end - KERNEL_BASE - image};
    machine->own = (struct range){(uintptr_t)boot_start, (uint64_t)(boot_end - boot_start)};
    const struct range *bundle = &machine->bundle;
    if (!is_aligned(bundle->base, PAGE_BYTES) ||
        !range_within(bundle->base, bundle->size_bytes, boot_reach))
        boot_refuse("the boot bundle at %lx is not page-aligned, or out of reach", bundle->base);
}

#define DEVICES_BASE 0x100000ull /* below: the first instructions, and much of nothing */

/* User level may own everything from there to the RAM, but not the interrupt controller. */
static void devices_describe(struct machine *machine, const struct board *board)
{
    ranges_set(&machine->device, DEVICES_BASE, machine->ram.items[0].base, true);
    ranges_set(&machine->device, board->plic, board->plic + PLIC_BYTES, false);
    if (board->test != 0)
        ranges_set(&machine->device, board->test, board->test + PAGE_BYTES, false);
}

/* The clock starts at 0 here. */
static void clock_init(struct machine *machine)
{
    if (machine->timebase_hz == 0 || machine->timebase_hz > NANOS_PER_S)
        boot_refuse("no clock: the device tree does not say how fast it runs");
    machine->clock_multiplier = (NANOS_PER_S << 32) / machine->timebase_hz;
    machine->clock_offset_ns =
        -(int64_t)multiply_shift32(csr_read(time), machine->clock_multiplier);
    machine->timer_multiplier = (machine->timebase_hz << 32) / NANOS_PER_S;
}

static void plic_write(const struct board *board, uint64_t offset, uint32_t value)
{
    *(volatile uint32_t *)boot_memory(board->plic + offset) = value;
}

/* The kernel's lines, 0 is none, are enabled for this processor, and of priority 0: masked. */
static void plic_init(struct machine *machine, const struct board *board)
{
    uint64_t lines = board->plic_lines + 1;
    if (lines > INTERRUPT_LINES_MAX)
        lines = INTERRUPT_LINES_MAX;
    machine->interrupt_lines = (uint32_t)lines;
    for (uint64_t line = 1; line < lines; line++)
        plic_write(board, PLIC_PRIORITY(line), 0);
    for (uint64_t line = 0; line < lines; line += 32)
        plic_write(board, PLIC_ENABLE(board->plic_context) + line / 8, UINT32_MAX);
    plic_write(board, PLIC_THRESHOLD(board->plic_context), 0);
}

void processor_init(void)
{
    csr_clear(sstatus,
              SSTATUS_SIE | SSTATUS_SUM | SSTATUS_MXR | SSTATUS_FS | SSTATUS_VS | SSTATUS_UBE);
    csr_write(sie, 1 << INTERRUPT_SOFTWARE | 1 << INTERRUPT_TIMER | 1 << INTERRUPT_EXTERNAL);
}

void boot_main(uint64_t hart, uint64_t tree)
{
    static struct machine machine;
    static struct ranges free;
    static struct board board;
    board.hart = hart;
    machine.processors[0] = hart;
    machine.count_processors = 1;
    tree_read(&machine, &board, tree);
    if (kernel_image.magic != KERNEL_IMAGE_MAGIC)
        boot_refuse("the kernel in this image is of another version");
    memory_describe(&machine);
    devices_describe(&machine, &board);
    machine.count_ports = COUNT_PORTS;
    clock_init(&machine);
    plic_init(&machine, &board);
    processor_init();
    join_all(&machine);
    memory_init(&free, &machine);
    paddr_t root = paging_build(&machine, &free, &kernel_image, &board);
    struct boot_handover *handover = boot_prepare(&machine, &free, kernel_image.object_bytes);
    handover->kernel_root = root;
    handover->port[HANDOVER_PLIC] = board.plic;
    handover->port[HANDOVER_PLIC_CONTEXT] = board.plic_context;
    handover->port[HANDOVER_SSTC] = board.has_sstc;
    handover->port[HANDOVER_SATP_MODE] = board.has_sv48 ? SATP_SV48 : SATP_SV39;
    handover->port[HANDOVER_TEST] = board.test;
    join_satp = handover->port[HANDOVER_SATP_MODE] << SATP_MODE_SHIFT | root / PAGE_BYTES;
    join_release(kernel_image.entry, handover);
    kernel_enter(kernel_image.entry, handover, 0, join_satp);
}
