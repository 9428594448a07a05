/*
 * memory.h - the host port's physical memory is an array of the process; see host.h.
 */
#pragma once

#include "lib/base/types.h"

#define USER_LIMIT         0x7ffffffff000ull
#define KERNEL_STACK_BYTES 8192

/** arch_phys_to_virt - checked: an address outside the fake RAM is the core's error. */
void *arch_phys_to_virt(paddr_t address);
paddr_t arch_virt_to_phys(const void *at);

void arch_code_appears(void); /* counts in host_code_appeared */
void arch_code_refetch(void);
