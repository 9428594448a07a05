/**
 * code.h - code as data, and what an address is that no page can have, riscv64.
 */
#pragma once

#include "abi/fault.h"
#include "lib/base/types.h"

#define CODE_RETURN_BYTE 0x82 /* the first of c.jr ra */

/** code_return - fill @bytes, a multiple of 2, with returns, for this processor to run. */
static inline void code_return(volatile void *at, uint64_t bytes)
{
    for (uint64_t i = 0; i < bytes; i += 2)
        *(volatile uint16_t *)((uintptr_t)at + i) = 0x8082;
    __asm__ volatile("fence.i" : : : "memory");
}

/* An address that is not canonical is a page fault like any other, and a pc like any other. */
#define NOT_CANONICAL_FAULT         FAULT_PAGE
#define NOT_CANONICAL_WORD(address) (address)
#define PC_IS_CANONICAL             false
