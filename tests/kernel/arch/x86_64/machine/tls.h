/**
 * tls.h - the word at the TLS base, and the stack pointer, x86_64.
 */
#pragma once

#include <stdint.h>

static inline uint64_t tls_word(void)
{
    uint64_t value;
    __asm__ volatile("movq %%fs:0, %0" : "=r"(value));
    return value;
}

static inline uint64_t stack_pointer(void)
{
    uint64_t value;
    __asm__ volatile("mov %%rsp, %0" : "=r"(value));
    return value;
}
