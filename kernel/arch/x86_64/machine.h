/*
 * machine.h - numbers that C and assembly share: selectors, vectors, control bits, MSRs.
 *
 * From the Intel SDM volumes 3 (2.5 control registers) and 4 (MSRs).
 */
#pragma once

/* The user selectors are those that Linux programs know. 0x20 would be 32-bit user code for sysret:
 * it stays empty, so there is no compatibility mode. */
#define SELECTOR_KERNEL_CODE 0x10
#define SELECTOR_KERNEL_DATA 0x18
#define SELECTOR_USER_BASE   0x20
#define SELECTOR_USER_DATA   0x2b
#define SELECTOR_USER_CODE   0x33
#define SELECTOR_TSS         0x40

#define VECTOR_DEBUG         1
#define VECTOR_NMI           2
#define VECTOR_UNDEFINED     6
#define VECTOR_NO_DEVICE     7
#define VECTOR_DOUBLE_FAULT  8
#define VECTOR_PAGE_FAULT    14
#define VECTOR_MACHINE_CHECK 18
#define VECTOR_LINES         32 /* line n of the I/O APIC */
#define VECTOR_TIMER         56
#define VECTOR_SPURIOUS      63
#define VECTOR_COUNT         64

#define IOAPIC_LINES (VECTOR_TIMER - VECTOR_LINES)

/* Every vector's entry stub is this long. */
#define VECTOR_STUB_BYTES 10

#define FLAG_TRAP      0x100
#define FLAG_INTERRUPT 0x200
#define FLAGS_USER     0x202

#define CR0_MONITOR   0x00000002
#define CR0_EMULATE   0x00000004
#define CR0_TS        0x00000008
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

#define MSR_APIC_BASE      0x1b
#define MSR_ARCH_CAPS      0x10a
#define MSR_SYSENTER_CS    0x174
#define MSR_EFER           0xc0000080
#define MSR_STAR           0xc0000081
#define MSR_LSTAR          0xc0000082
#define MSR_FMASK          0xc0000084
#define MSR_FS_BASE        0xc0000100
#define MSR_GS_BASE        0xc0000101
#define MSR_KERNEL_GS_BASE 0xc0000102

#define EFER_SYSCALL 0x001
#define EFER_LONG    0x100
#define EFER_NX      0x800
