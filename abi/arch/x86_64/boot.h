/*
 * boot.h - how the boot stage enters the kernel, x86_64.
 *
 * rdi = physical address of the struct boot_handover, esi = the processor's index; interrupts off;
 * no stack. Code and stack segments are those named here, the others are null, and so is the LDT.
 * CR3 maps the kernel's half as boot_handover.kernel_root does. CR0 (with TS set), CR4 and EFER
 * have every protection that the processor has: they stay as they are. The local APIC is on, in
 * xAPIC mode; its timer is stopped and comes once as VECTOR_TIMER; what else it has to say is
 * VECTOR_SPURIOUS or an NMI. The lines of the I/O APIC are masked and go to the first processor;
 * the old interrupt controllers are silent. XCR0 has the components of vector state that are saved,
 * where there is XSAVE. All this is so on every processor; its boot_handover.cpu_ids is the number
 * of its local APIC, below 255.
 *
 *   PHYSMAP_BASE + physical address  all RAM, never executable
 *   KERNEL_BASE + physical address   the kernel's image
 *   IOAPIC_BASE, LAPIC_BASE          the registers of the interrupt controllers, a page each
 */
#pragma once

#define PHYSMAP_BASE 0xffff800000000000
#define KERNEL_BASE  0xffffffff80000000
#define IOAPIC_BASE  0xffffffff80000000
#define LAPIC_BASE   0xffffffff80001000

#define INTERRUPT_LINES_MAX 24
#define VECTOR_LINES        32 /* line n of the I/O APIC comes as this + n */
#define VECTOR_TIMER        56
#define VECTOR_PROCESSOR    57 /* from another processor */
#define VECTOR_SPURIOUS     63
#define VECTOR_COUNT        64 /* in a trace: a system call */

#define SELECTOR_KERNEL_CODE 0x10
#define SELECTOR_KERNEL_DATA 0x18
