/*
 * boot.c - what the boot stage reads of the kernel, and the kernel's first C code.
 */
#include "kernel/boot.h"

#include "kernel/arch/x86_64/parts.h"

void kernel_start(paddr_t address);

/* kernel.ld, boot_entry.S */
extern const uint8_t kernel_entry[], image_rodata[], image_data[], stack_guard[], image_end[];

const struct kernel_image kernel_image __attribute__((section(".image"), used)) = {
    .magic = KERNEL_IMAGE_MAGIC,
    .entry = (uintptr_t)kernel_entry,
    .rodata = (uintptr_t)image_rodata,
    .data = (uintptr_t)image_data,
    .stack_guard = (uintptr_t)stack_guard,
    .end = (uintptr_t)image_end,
    .object_bytes = sizeof(struct init_objects),
};

void kernel_start(paddr_t address)
{
    const struct boot_handover *handover = arch_phys_to_virt(address);
    if (handover->trace != 0) {
        trace_ring = arch_phys_to_virt(handover->trace);
        trap_way = trace_from_user;
    }
    processor_init(&cpu_first);
    memory_init(handover->kernel_root);
    vector_init(handover);
    clock_init(handover);
    kernel_boot(handover);
}
