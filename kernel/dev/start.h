/*
 * start.h - how the processors begin in the kernel, as the ports share it. The boot stage enters
 * each of them at kernel_entry, which finds its struct processor by its index: they lie one behind
 * the other, each behind a page that is not there, the first at the end of the image. It sets the
 * stack, which ends where struct cpu begins, and calls kernel_start.
 */
#pragma once

#include "kernel/arch.h"
#include "kernel/space.h"

struct processor {
    ALIGNED(4096) uint8_t stack[KERNEL_STACK_BYTES];
    struct cpu cpu;
};

/* From one to the next. */
#define PROCESSOR_STRIDE (PAGE_BYTES + sizeof(struct processor))

/** kernel_start - @handover: its physical address. Returns with cpu->current to be resumed. */
void kernel_start(paddr_t handover, uint32_t index);

/* ---- What a port has, and in struct arch_cpu `id`, of boot_handover.cpu_ids ---- */

/** machine_init - what all processors share; of the first one, before processor_init. */
void machine_init(const struct boot_handover *handover);

/** processor_init - of each processor that runs: its registers, so that cpu_self() is @cpu. */
void processor_init(struct cpu *cpu);
