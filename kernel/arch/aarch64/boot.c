/*
 * boot.c - what the boot stage reads of the kernel, and the kernel's first C code.
 */
#include "kernel/boot.h"

#include "kernel/arch/aarch64/parts.h"

void kernel_start(paddr_t address);

/* kernel.ld, boot_entry.S */
extern const uint8_t kernel_entry[], image_rodata[], image_data[], stack_guard[], image_end[];
extern uint8_t boot_stack_top[];

const struct kernel_image kernel_image __attribute__((section(".image"), used)) = {
    .magic = KERNEL_IMAGE_MAGIC,
    .entry = (uintptr_t)kernel_entry,
    .rodata = (uintptr_t)image_rodata,
    .data = (uintptr_t)image_data,
    .stack_guard = (uintptr_t)stack_guard,
    .end = (uintptr_t)image_end,
    .object_bytes = sizeof(struct init_objects),
};

static void processor_init(struct cpu *cpu)
{
    cpu->arch.stack_top = (uintptr_t)boot_stack_top;
    cpu->arch.vectors = (uintptr_t)vectors_plain;
    SYSTEM_WRITE(tpidr_el1, (uintptr_t)cpu);
    SYSTEM_WRITE(vbar_el1, cpu->arch.vectors);
    instruction_barrier();
}

void kernel_start(paddr_t address)
{
    const struct boot_handover *handover = arch_phys_to_virt(address);
    processor_init(&cpu_first);
    memory_init();
    gic_init();
    firmware_init(handover);
    clock_init(handover);
    kernel_boot(handover);
}
