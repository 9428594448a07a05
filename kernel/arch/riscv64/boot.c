/*
 * boot.c - what the processors share, from what the boot stage knows, and each of them made ready.
 */
#include "kernel/arch/riscv64/parts.h"
#include "kernel/dev/start.h"
#include "kernel/fast.h"
#include "kernel/lock.h"

/* entry.S, guest_entry.S */
extern const char syscall_entry[], guest_entry[], trace_entry[], guest_trace_entry[];

void machine_init(const struct boot_handover *handover)
{
    if (handover->trace != 0) {
        trace_ring = arch_phys_to_virt(handover->trace);
        trap_way = trap_trace;
    }
    memory_init(handover);
    firmware_init(handover);
    interrupt_init(handover);
    plic_init(handover);
    clock_init(handover);
}

/* tp is set. User level may read `time`, of which its clock is made, and count its instructions. */
void processor_init(struct cpu *cpu)
{
    struct arch_cpu *arch = &cpu->arch;
    bool trace = trace_ring != NULL;
    arch->traced = trace;
    arch->stack_top = (uintptr_t)cpu;
    arch->way = (uintptr_t)(trace ? trace_entry : syscall_entry);
    arch->guest_way = (uintptr_t)(trace ? guest_trace_entry : guest_entry);
    arch->lock = &kernel_lock;
    clock_timer_init(arch);
    csr_write(sscratch, cpu);
    csr_write(stvec, arch->way);
    csr_write(scounteren, COUNTERS_USER);
    csr_clear(sstatus, SSTATUS_SPP | SSTATUS_SPIE); /* sret leads to user level, always */
}
