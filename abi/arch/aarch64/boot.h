/*
 * boot.h - how the boot stage enters the kernel, aarch64.
 *
 * x0 = physical address of the struct boot_handover, w1 = the processor's index; EL1 with SP_EL1
 * and all interrupts masked; no stack. TTBR1_EL1 is boot_handover.kernel_root, TTBR0_EL1 the boot
 * stage's own; both of 48 bits with pages of 4 KiB, address-space identifiers of 16 bits taken from
 * TTBR0. MAIR_EL1, TCR_EL1, SCTLR_EL1 and CNTKCTL_EL1 have every protection that the processor has:
 * they stay as they are. CPACR_EL1 traps all vector instructions. The interrupt controller is on;
 * its lines are masked and go to the first processor; of a processor's own interrupts the virtual
 * timer's, which is stopped, and GIC_PROCESSOR are not masked. The firmware is called as
 * boot_handover.port[HANDOVER_FIRMWARE] says. All this is so on every processor; its
 * boot_handover.cpu_ids is MPIDR_EL1, the affinity fields alone.
 *
 *   PHYSMAP_BASE + physical address  all RAM, never executable
 *   KERNEL_BASE + physical address   the kernel's image
 *   GICD_BASE, GICC_BASE, UART_BASE  registers, GIC_BYTES each: distributor, interface of a
 *                                    controller of version 2, the first UART
 */
#pragma once

#define PHYSMAP_BASE 0xffff000000000000
#define KERNEL_BASE  0xffffffff80000000
#define GICD_BASE    0xffffffff00000000
#define GICC_BASE    0xffffffff00010000
#define UART_BASE    0xffffffff00020000
#define GIC_BYTES    0x10000

#define INTERRUPT_LINES_MAX 64

/* MAIR_EL1: 0 is normal memory, write-back; 1 is Device-nGnRE. */
#define MEMORY_ATTRIBUTES 0x04ff

/* Of boot_handover.port. */
#define HANDOVER_FIRMWARE 0

#define FIRMWARE_PSCI_SMC    1 /* PSCI is called by `smc`, not by `hvc` */
#define FIRMWARE_SEMIHOSTING 2 /* the machine ends with a status by semihosting */
