/*
 * rest.h - a processor of several that has nobody to run leaves the core as by a jump.
 */
#pragma once

#include <setjmp.h>

#include "lib/base/types.h"

extern jmp_buf host_resting;

/** HOST_UNTIL_REST - do what enters the core; false if the processor has nobody to run then. */
#define HOST_UNTIL_REST(entry) (setjmp(host_resting) == 0 ? ((entry), true) : false)

/** host_rest - the lock is released; whoever entered the core goes on. */
NORETURN void host_rest(void);
