/*
 * machine.h - numbers that only the boot stage needs of the processor: control bits (Intel SDM
 * volume 3, 2.5) and MSRs (volume 4).
 */
#pragma once

#define CR0_PROTECTED 0x00000001
#define CR0_MONITOR   0x00000002
#define CR0_EMULATE   0x00000004
#define CR0_NUMERIC   0x00000020
#define CR0_WP        0x00010000
#define CR0_ALIGNMENT 0x00040000
#define CR0_PG        0x80000000

#define CR4_PAE        0x00000020
#define CR4_MCE        0x00000040
#define CR4_PGE        0x00000080
#define CR4_OSFXSR     0x00000200
#define CR4_OSXMMEXCPT 0x00000400
#define CR4_UMIP       0x00000800
#define CR4_FSGSBASE   0x00010000
#define CR4_OSXSAVE    0x00040000
#define CR4_SMEP       0x00100000
#define CR4_SMAP       0x00200000

#define GDT_BYTES 32 /* entry.S */

#define MSR_APIC_BASE 0x1b
#define MSR_ARCH_CAPS 0x10a
#define MSR_EFER      0xc0000080

#define APIC_BASE_ADDRESS 0xffffff000
#define APIC_BASE_X2APIC  0x400
#define APIC_BASE_ENABLE  0x800

#define EFER_SYSCALL 0x001
#define EFER_LONG    0x100
#define EFER_NX      0x800
