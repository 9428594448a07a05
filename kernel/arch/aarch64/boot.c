/*
 * boot.c - what the processors share, from what the boot stage knows, and each of them made ready.
 */
#include "kernel/arch/aarch64/parts.h"
#include "kernel/dev/start.h"

void machine_init(const struct boot_handover *handover)
{
    memory_init();
    gic_init();
    firmware_init(handover);
    clock_init(handover);
}

void processor_init(struct cpu *cpu)
{
    cpu->arch.stack_top = (uintptr_t)cpu;
    cpu->arch.vectors = (uintptr_t)vectors_plain;
    clock_timer_init(&cpu->arch);
    gic_join(&cpu->arch);
    SYSTEM_WRITE(tpidr_el1, (uintptr_t)cpu);
    SYSTEM_WRITE(vbar_el1, cpu->arch.vectors);
    arch_space_leave();
    __asm__ volatile("tlbi vmalle1\n\tdsb nsh\n\tisb" : : : "memory"); /* the boot stage's own */
}
