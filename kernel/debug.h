/*
 * debug.h - what only debug kernels and the host build have: debug.c; in a release kernel there is
 * no_debug.c in its place.
 */
#pragma once

#include "abi/bootinfo.h"
#include "kernel/thread.h"

/* BOOTINFO_FEATURE_DEBUG, or 0. */
extern const uint32_t debug_feature;

/** debug_call - the system call @op on slot 0, which no release kernel has; sets the result. */
void debug_call(struct thread *thread, uint32_t op);

/** debug_check - of debug builds (tests/invariants): panic if the kernel's state is not valid. */
void debug_check(void);

/** arch_debug_provoke - of a port, for debug builds: do what must fault; 0: read user memory in the
 * kernel. */
void arch_debug_provoke(uint64_t which);
