/*
 * memory.h - where things lie in the address space.
 *
 *   0 .. USER_LIMIT                  user level; the page above it is never mapped, so that the
 *                                    instruction after a `syscall` is always at a canonical address
 *   PHYSMAP_BASE + physical address  all RAM
 *   KERNEL_BASE + physical address   the kernel's image (within the first 2 MiB)
 *   DEVICE_BASE ..                   two 2 MiB pages of registers: I/O APIC and local APIC
 */
#pragma once

#define USER_LIMIT   0x7ffffffff000
#define PHYSMAP_BASE 0xffff800000000000
#define KERNEL_BASE  0xffffffff80000000
#define DEVICE_BASE  0xffffffff80200000

#define KERNEL_STACK_BYTES 8192

#ifndef __ASSEMBLER__
#include "lib/base/types.h"

static inline void *arch_phys_to_virt(paddr_t address) { return (void *)(PHYSMAP_BASE + address); }

/** The physical address of something in the kernel's image. */
static inline paddr_t image_phys(const void *object) { return (uintptr_t)object - KERNEL_BASE; }
#endif
