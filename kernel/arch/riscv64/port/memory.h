/*
 * memory.h - where things lie in the address space.
 *
 *   0 .. USER_LIMIT      user level, by what the harts offer; the page above it is never mapped
 *   the kernel's half    abi/arch/riscv64/boot.h
 */
#pragma once

#include "abi/arch/riscv64/boot.h"

#define USER_LIMIT         memory_user_limit
#define KERNEL_STACK_BYTES 8192

#ifndef __ASSEMBLER__
#include "lib/base/types.h"

extern uint64_t memory_user_limit;

static inline void *arch_phys_to_virt(paddr_t address) { return (void *)(PHYSMAP_BASE + address); }

/** arch_virt_to_phys - of something that arch_phys_to_virt() has given. */
static inline paddr_t arch_virt_to_phys(const void *at) { return (uintptr_t)at - PHYSMAP_BASE; }

void arch_code_appears(void);
void arch_code_refetch(void);
#endif
