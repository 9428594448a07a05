/**
 * self.h - who runs, and how it starts over, riscv64.
 */
#pragma once

#include "lib/base/types.h"

/** self_tls - the word at the current thread's TLS base, which set_tls has set. */
static inline void *self_tls(void)
{
    void *word;
    __asm__("ld %0, 0(tp)" : "=r"(word));
    return word;
}

/** self_start_over - forget the stack and continue in @main, at @top, a multiple of 16. */
NORETURN static inline void self_start_over(uintptr_t top, void (*main)(void))
{
    __asm__ volatile("mv sp, %0\n\tjalr %1\n\tunimp" : : "r"(top), "r"(main) : "memory");
    __builtin_unreachable();
}
