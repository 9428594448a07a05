/**
 * tls.h - the word at the TLS base, and the stack pointer, aarch64.
 */
#pragma once

#include <stdint.h>

static inline uint64_t tls_word(void)
{
    const uint64_t *base;
    __asm__ volatile("mrs %0, tpidr_el0" : "=r"(base));
    return *base;
}

static inline uint64_t stack_pointer(void)
{
    uint64_t value;
    __asm__ volatile("mov %0, sp" : "=r"(value));
    return value;
}
