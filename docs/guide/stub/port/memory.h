/*
 * memory.h - where the kernel sees physical memory, and where user level ends.
 */
#pragma once

#include "lib/base/types.h"

#define PHYSICAL_WINDOW    0xffff800000000000ull /* the boot stage's page tables put it there */
#define USER_LIMIT         0x7ffffffff000ull
#define KERNEL_STACK_BYTES 4096

static inline void *arch_phys_to_virt(paddr_t address)
{
    return (void *)(PHYSICAL_WINDOW + address);
}

static inline paddr_t arch_virt_to_phys(const void *at) { return (paddr_t)at - PHYSICAL_WINDOW; }

/* Where fetches do not see stores, and user level has no instruction that reaches all processors.
 */
static inline void arch_code_appears(void) {}
static inline void arch_code_refetch(void) {}
