/*
 * hardware.h - numbers of the processor that both the boot stage and the kernel need ("RISC-V
 * Privileged Architecture", version 20211203, and the SBI specification 1.0).
 */
#pragma once

/* sstatus (4.1.1). FS says whether the floating-point registers may be used. */
#define SSTATUS_SIE  0x2
#define SSTATUS_SPIE 0x20
#define SSTATUS_SPP  0x100 /* the trap came from supervisor mode */
#define SSTATUS_FS   0x6000
#define SSTATUS_SUM  0x40000 /* the kernel may reach user memory: never */
#define SSTATUS_MXR  0x80000
#define SSTATUS_UBE  0x40  /* user level is big-endian */
#define SSTATUS_VS   0x600 /* vector registers: closed for good */

/* sie and sip (4.1.3) */
#define INTERRUPT_SOFTWARE 1 /* of another processor */
#define INTERRUPT_TIMER    5
#define INTERRUPT_EXTERNAL 9

/* scause of exceptions (4.1.8) */
#define CAUSE_ILLEGAL    2
#define CAUSE_ECALL_USER 8
#define CAUSE_PAGE_FETCH 12
#define CAUSE_PAGE_LOAD  13
#define CAUSE_PAGE_STORE 15

/* satp (4.1.11): the mode above, then the address-space identifier, then the root's page number */
#define SATP_MODE_SHIFT 60
#define SATP_SV39       8
#define SATP_SV48       9

/* stimecmp, of the extension Sstc: not known to Debian 12's assembler */
#define CSR_STIMECMP 0x14d

/* Page-table entries (4.3.1, 4.4): the page number is PTE_SHIFT bits below where the address is. */
#define PTE_VALID    0x001ull
#define PTE_READ     0x002ull
#define PTE_WRITE    0x004ull
#define PTE_EXECUTE  0x008ull
#define PTE_USER     0x010ull
#define PTE_GLOBAL   0x020ull
#define PTE_ACCESSED 0x040ull
#define PTE_DIRTY    0x080ull
#define PTE_SHIFT    2
#define PTE_NUMBER   0x003ffffffffffc00ull

/* The platform's interrupt controller (RISC-V PLIC specification 1.0): registers of 32 bits, by
 * their offset; a context is a mode of a hart. */
#define PLIC_PRIORITY(line)     (4ull * (line))
#define PLIC_ENABLE(context)    (0x2000ull + 0x80ull * (context))
#define PLIC_THRESHOLD(context) (0x200000ull + 0x1000ull * (context))
#define PLIC_CLAIM(context)     (0x200004ull + 0x1000ull * (context))
#define PLIC_BYTES              0x600000ull

/* Calls of the firmware: a7 says which extension, a6 which function of it. */
#define SBI_PUTCHAR_OLD 1
#define SBI_TIMER       0x54494d45
#define SBI_INTERRUPT   0x735049 /* of other harts; its only function */
#define SBI_HART        0x48534d
#define SBI_HART_START  0
#define SBI_RESET       0x53525354
#define SBI_RESET_OFF   0
#define SBI_RESET_COLD  1
