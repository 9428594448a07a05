/*
 * no_debug.c - in place of debug.c in a release kernel, which has nothing of it.
 */
#include "kernel/debug.h"

const uint32_t debug_feature = 0;

void debug_call(struct thread *thread, UNUSED uint32_t op) { thread->result = BAD_HANDLE; }
