/*
 * memory.h - where things lie in the address space.
 *
 *   0 .. USER_LIMIT                  user level
 *   the kernel's half                abi/arch/aarch64/boot.h
 *
 * The upper half of a root has no entries; its last word is what TTBR0_EL1 is to be for it, which
 * the processor takes for an entry that is not valid, its lowest bit being 0. So a Space is
 * switched to without a look at anything but its root.
 */
#pragma once

#include "abi/arch/aarch64/boot.h"

#define USER_LIMIT         0x7ffffffff000
#define KERNEL_STACK_BYTES 8192
#define ROOT_TTBR          4088 /* where in a root */
#define ROOT_ASID_BIT      63   /* set in TTBR0_EL1 for a root with an identifier of its own */

#ifndef __ASSEMBLER__
#include "lib/base/types.h"

static inline void *arch_phys_to_virt(paddr_t address) { return (void *)(PHYSMAP_BASE + address); }

/* Who wrote it has told all processors (IC IVAU). */
static inline void arch_code_appears(void) {}
static inline void arch_code_refetch(void) {}

/** arch_virt_to_phys - of something that arch_phys_to_virt() has given. */
static inline paddr_t arch_virt_to_phys(const void *at) { return (uintptr_t)at - PHYSMAP_BASE; }
#endif
