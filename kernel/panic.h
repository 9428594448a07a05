/*
 * panic.h - text on the polled UART: debug builds, and the last words of a boot that fails.
 */
#pragma once

#include "lib/base/fmt.h"

/** kernel_print - formatted text to the polled UART. */
void kernel_print(const char *format, ...) PRINTF(1, 2);

/** kernel_panic - last words, then the machine stops (or resets, if it was up already). */
NORETURN void kernel_panic(const char *format, ...) PRINTF(1, 2);

/** kernel_refuse_boot - what was handed to us cannot be started: say why, then stop for good (no
 * reset loop). */
NORETURN void kernel_refuse_boot(const char *format, ...) PRINTF(1, 2);
