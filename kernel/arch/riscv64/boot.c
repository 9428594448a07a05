/*
 * boot.c - what the boot stage reads of the kernel, and the kernel's first C code.
 */
#include "kernel/boot.h"

#include "kernel/arch/riscv64/parts.h"
#include "kernel/fast.h"
#include "kernel/lock.h"

void kernel_start(paddr_t address);

/* kernel.ld, entry.S */
extern const uint8_t kernel_entry[], image_rodata[], image_data[], stack_guard[], image_end[];
extern const char boot_stack_top[], syscall_entry[], guest_entry[], trace_entry[],
    guest_trace_entry[];

const struct kernel_image kernel_image __attribute__((section(".image"), used)) = {
    .magic = KERNEL_IMAGE_MAGIC,
    .entry = (uintptr_t)kernel_entry,
    .rodata = (uintptr_t)image_rodata,
    .data = (uintptr_t)image_data,
    .stack_guard = (uintptr_t)stack_guard,
    .end = (uintptr_t)image_end,
    .object_bytes = sizeof(struct init_objects),
};

/* tp is set. User level may read `time`, of which its clock is made, and count its instructions. */
static void processor_init(struct arch_cpu *arch)
{
    bool trace = trace_ring != NULL;
    arch->traced = trace;
    arch->stack_top = (uintptr_t)boot_stack_top;
    arch->way = (uintptr_t)(trace ? trace_entry : syscall_entry);
    arch->guest_way = (uintptr_t)(trace ? guest_trace_entry : guest_entry);
    arch->lock = &kernel_lock;
    arch->tag_last = fast_tag_last;
    csr_write(sscratch, cpu_self());
    csr_write(stvec, arch->way);
    csr_write(scounteren, COUNTERS_USER);
    csr_clear(sstatus, SSTATUS_SPP | SSTATUS_SPIE); /* sret leads to user level, always */
}

void kernel_start(paddr_t address)
{
    const struct boot_handover *handover = arch_phys_to_virt(address);
    if (handover->trace != 0) {
        trace_ring = arch_phys_to_virt(handover->trace);
        trap_way = trap_trace;
    }
    processor_init(&cpu_self()->arch);
    memory_init(handover);
    firmware_init(handover);
    interrupt_init(handover);
    plic_init(handover);
    clock_init(handover);
    kernel_boot(handover);
}
