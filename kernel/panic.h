/*
 * panic.h - text on the polled UART: in debug builds, and last words.
 */
#pragma once

#include "lib/base/fmt.h"

/** kernel_print - formatted text to the polled UART. */
void kernel_print(const char *format, ...) PRINTF(1, 2);

/** kernel_panic - last words, then a reset. */
NORETURN void kernel_panic(const char *format, ...) PRINTF(1, 2);
