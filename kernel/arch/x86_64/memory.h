/*
 * memory.h - the kernel's own address space.
 */
#ifndef X86_64_MEMORY_H
#define X86_64_MEMORY_H

#include "kernel/arch.h"

/** memory_init - final page tables: RAM of @boot, the image with its rights, nothing else. Tables
 * that this needs are taken from RAM and recorded in @boot. */
void memory_init(struct boot_description *boot);

/* Windows of 2 MiB into device registers, at DEVICE_BASE. */
enum memory_window { WINDOW_IOAPIC = 0, WINDOW_LAPIC = 1 };

/** memory_device - map the registers at @address, uncached, through @window. */
volatile uint32_t *memory_device(enum memory_window window, paddr_t address);

#endif
