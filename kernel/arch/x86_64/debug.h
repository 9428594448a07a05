/*
 * debug.h - the polled UART's set-up and how the machine ends under test.
 */
#ifndef X86_64_DEBUG_H
#define X86_64_DEBUG_H

#include "lib/base/types.h"

/** debug_init - make the first UART speak: 115200 baud, 8N1. */
void debug_init(void);

/** debug_test_exit - from now on arch_halt ends the emulator (its isa-debug-exit device). */
void debug_test_exit(bool test);

#endif
