/*
 * hardware.h - numbers of the processor that both the boot stage and the kernel need.
 */
#pragma once

/* Control registers (Intel SDM volume 3, 2.5). */
#define CR0_TS 0x00000008

/* An instruction of the vector registers while CR0.TS is set (Intel SDM volume 3, 6.15). */
#define VECTOR_NO_DEVICE 7

/* Page-table entries (Intel SDM volume 3, 4.5 "4-level paging"). */
#define PTE_PRESENT    0x001ull
#define PTE_WRITE      0x002ull
#define PTE_USER       0x004ull
#define PTE_UNCACHED   0x018ull
#define PTE_ACCESSED   0x020ull
#define PTE_DIRTY      0x040ull
#define PTE_LARGE      0x080ull
#define PTE_NO_EXECUTE (1ull << 63)
#define PTE_ADDRESS    0x000ffffffffff000ull

#ifndef __ASSEMBLER__
#include "lib/base/types.h"

/* A gate of the interrupt table (Intel SDM volume 3, 6.14.1), and how the processor is told where
 * such a table is. */
#define GATE_KERNEL 0x8e00ull /* present, interrupt gate */

struct gate {
    uint64_t low, high;
};

struct table_pointer {
    uint16_t limit;
    uint64_t base;
} PACKED;

static inline void gate_set(struct gate *gate, uint64_t entry, uint64_t selector, uint64_t flags)
{
    gate->low = (entry & 0xffff) | selector << 16 | flags << 32 | (entry & 0xffff0000) << 32;
    gate->high = entry >> 32;
}

/* Registers of the local APIC, as indices of 32-bit words (Intel SDM volume 3, 11.4.1). */
enum lapic_register {
    LAPIC_EOI = 0xb0 / 4,
    LAPIC_COMMAND = 0x300 / 4,        /* sends an interrupt, ... */
    LAPIC_COMMAND_TARGET = 0x310 / 4, /* to the local APIC whose identity is in the top byte */
    LAPIC_TIMER_START = 0x380 / 4,    /* counts down once and then interrupts; 0 stops it */
};

/* Of the I/O APIC (82093AA data sheet, 3.0): the register numbered in word 0 is at IOAPIC_DATA. */
#define IOAPIC_DATA        4
#define IOAPIC_REDIRECTION 0x10 /* two for each line */
#define IOAPIC_MASKED      0x10000u
#endif
