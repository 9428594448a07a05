/*
 * memory.h - where things lie in the address space.
 *
 *   0 .. USER_LIMIT                  user level; the page above it is never mapped, so that the
 *                                    instruction after a `syscall` is always at a canonical address
 *   the kernel's half                abi/arch/x86_64/boot.h
 */
#pragma once

#include "abi/arch/x86_64/boot.h"

#define USER_LIMIT         0x7ffffffff000
#define KERNEL_STACK_BYTES 8192

#ifndef __ASSEMBLER__
#include "lib/base/types.h"

static inline void *arch_phys_to_virt(paddr_t address) { return (void *)(PHYSMAP_BASE + address); }

/* Fetches see stores. */
static inline void arch_code_appears(void) {}
static inline void arch_code_refetch(void) {}

/** arch_virt_to_phys - of something that arch_phys_to_virt() has given. */
static inline paddr_t arch_virt_to_phys(const void *at) { return (uintptr_t)at - PHYSMAP_BASE; }
#endif
