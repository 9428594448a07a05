/**
 * code.h - code as data, and what an address is that no page can have, x86_64.
 */
#pragma once

#include "abi/fault.h"
#include "lib/base/types.h"

#define CODE_RETURN_BYTE 0xc3 /* ret */

/** code_return - fill @bytes with returns, for this processor to run. */
static inline void code_return(volatile void *at, uint64_t bytes)
{
    for (uint64_t i = 0; i < bytes; i++)
        *(volatile uint8_t *)((uintptr_t)at + i) = CODE_RETURN_BYTE;
}

/* A general protection fault; and no thread is resumed at one. */
#define NOT_CANONICAL_FAULT         FAULT_TRAP
#define NOT_CANONICAL_WORD(address) 13u
#define PC_IS_CANONICAL             true
