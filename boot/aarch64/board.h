/*
 * board.h - where QEMU's machine `virt` has what the boot stage and the kernel use (QEMU,
 * hw/arm/virt.c, base_memmap). What user level uses it finds in the device tree.
 */
#pragma once

#define BOARD_DEVICES_END 0x40000000ull   /* RAM begins */
#define BOARD_ECAM        0x4010000000ull /* PCI configuration space */
#define BOARD_ECAM_BYTES  0x10000000ull
#define BOARD_GICD        0x08000000ull
#define BOARD_GICC        0x08010000ull /* version 2 */
#define BOARD_GICR        0x080a0000ull /* version 3: of the processors, one behind the other */
#define BOARD_GIC_END     0x09000000ull
#define BOARD_UART        0x09000000ull

/* Of MPIDR_EL1 what names a processor (Arm ARM D17.2.101). */
#define MPIDR_AFFINITY 0xff00ffffff
