/**
 * self.h - who runs, and how it starts over: POSIX threads have neither a TLS base to set nor a
 * stack to step back on.
 */
#pragma once

#include "lib/base/types.h"

extern __thread void *kernel_tls_base;

/** self_tls - the word at the current thread's TLS base. */
static inline void *self_tls(void) { return *(void **)kernel_tls_base; }

/** self_start_over - forget the stack and continue in @main. */
NORETURN void self_start_over(uintptr_t top, void (*main)(void));
