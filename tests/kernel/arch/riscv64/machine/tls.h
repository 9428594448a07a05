/**
 * tls.h - the word at the TLS base, and the stack pointer, riscv64.
 */
#pragma once

#include <stdint.h>

static inline uint64_t tls_word(void)
{
    uint64_t value;
    __asm__ volatile("ld %0, 0(tp)" : "=r"(value));
    return value;
}

static inline uint64_t stack_pointer(void)
{
    uint64_t value;
    __asm__ volatile("mv %0, sp" : "=r"(value));
    return value;
}
