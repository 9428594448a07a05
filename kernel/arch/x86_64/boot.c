/*
 * boot.c - what the processors share, from what the boot stage knows.
 */
#include "kernel/arch/x86_64/parts.h"
#include "kernel/dev/start.h"

void machine_init(const struct boot_handover *handover)
{
    if (handover->trace != 0) {
        trace_ring = arch_phys_to_virt(handover->trace);
        trap_way = trace_from_user;
    }
    gates_init();
    memory_init(handover->kernel_root);
    vector_init(handover);
    clock_init(handover);
}
