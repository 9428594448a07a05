/**
 * code.h - code as data, and what an address is that no page can have, aarch64.
 */
#pragma once

#include "abi/fault.h"
#include "lib/base/types.h"

#define CODE_RETURN_BYTE 0xc0 /* the first of ret */

/** code_return - fill @bytes, a multiple of 4, with returns, for this processor to run. */
static inline void code_return(volatile void *at, uint64_t bytes)
{
    for (uint64_t i = 0; i < bytes; i += 4) {
        volatile uint32_t *place = (volatile uint32_t *)((uintptr_t)at + i);
        *place = 0xd65f03c0;
        __asm__ volatile("dc cvau, %0" : : "r"(place) : "memory");
    }
    __asm__ volatile("dsb ish\n\tic ivau, %0\n\tdsb ish\n\tisb" : : "r"(at) : "memory");
}

/* An address of nobody's half is a page fault like any other, and a pc like any other. */
#define NOT_CANONICAL_FAULT         FAULT_PAGE
#define NOT_CANONICAL_WORD(address) (address)
#define PC_IS_CANONICAL             false
