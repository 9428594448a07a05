/*
 * memory.h - physical memory is typed (tests/eva/assumptions.txt): the preparation gives each file
 * of the core its own of the three kinds.
 */
#pragma once

#include "lib/base/types.h"

#define USER_LIMIT         0x7ffffffff000ull
#define KERNEL_STACK_BYTES 8192

/** eva_node - a page-table node or root, with any contents. */
void *eva_node(paddr_t address);

/** eva_raw - memory that is given out or taken back, and nobody looks into. */
void *eva_raw(paddr_t address);

/** eva_frame - a page that user level shares: any contents at any time. */
void *eva_frame(paddr_t address);

/* Not defined: a file of the core that nobody has told which kind it means. */
void *arch_phys_to_virt(paddr_t address);
paddr_t arch_virt_to_phys(const void *at);

void arch_code_appears(void);
void arch_code_refetch(void);
