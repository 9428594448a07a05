/**
 * self.h - who runs, and how it starts over, aarch64.
 */
#pragma once

#include "lib/base/types.h"

/** self_tls - the word at the current thread's TLS base, which set_tls has set. */
static inline void *self_tls(void)
{
    void **base;
    __asm__("mrs %0, tpidr_el0" : "=r"(base));
    return *base;
}

/** self_start_over - forget the stack and continue in @main, at @top, a multiple of 16. */
NORETURN static inline void self_start_over(uintptr_t top, void (*main)(void))
{
    __asm__ volatile("mov sp, %0\n\tmov x29, xzr\n\tblr %1\n\tudf #0"
                     :
                     : "r"(top), "r"(main)
                     : "memory");
    __builtin_unreachable();
}
