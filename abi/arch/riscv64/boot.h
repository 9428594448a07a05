/*
 * boot.h - how the boot stage enters the kernel, riscv64.
 *
 * Supervisor mode, interrupts off, a0 = physical address of the struct boot_handover, a1 = the
 * processor's index; nothing else in registers means anything. satp has boot_handover.kernel_root,
 * which maps nothing but the kernel's half. sstatus keeps the kernel from user memory and the
 * floating-point registers from everybody; sie lets in what other processors send, the timer, and
 * the interrupt controller, whose lines are all of priority 0 and enabled for the first processor
 * only. All else is so on every processor; its boot_handover.cpu_ids is the number of its hart.
 *
 * The kernel's half is the uppermost 256 GiB, with Sv39 and with Sv48:
 *
 *   PHYSMAP_BASE + physical address  all RAM, and the interrupt controller; never executable
 *   KERNEL_BASE + physical address   the kernel's image
 */
#pragma once

#define PHYSMAP_BASE  0xffffffc000000000
#define PHYSMAP_LIMIT 0x3000000000 /* physical addresses from here on have no place */
#define KERNEL_BASE   0xffffffff00000000

#define INTERRUPT_LINES_MAX 64
#define VECTOR_LINES        32 /* in a trace: interrupts are this + their number in scause */
#define VECTOR_COUNT        64 /* in a trace: a system call */

/* What each word of boot_handover.port is. */
#define HANDOVER_PLIC         0 /* physical address of the interrupt controller */
#define HANDOVER_PLIC_CONTEXT 1 /* of this processor in supervisor mode */
#define HANDOVER_SSTC         2 /* not 0: the processor has a supervisor timer of its own */
#define HANDOVER_SATP_MODE    3 /* SATP_SV39 or SATP_SV48 */
#define HANDOVER_TEST         4 /* QEMU's register that ends the machine; 0: none */

/* Port 0 is the machine's power (0: off, all was well; 1: off, something failed; 2: reset), of any
 * width; port 1 is the firmware's console. */
#define COUNT_PORTS 4
