/*
 * panic.h - text on the polled UART: last words, and what debug builds say.
 */
#pragma once

#include "lib/base/types.h"

void kernel_print(const char *text);

/** kernel_print_number - in base @base, of 2 to 16. */
void kernel_print_number(uint64_t number, unsigned base);

/** kernel_panic - last words, @what with @count words in hexadecimal, then a reset. */
NORETURN void kernel_panic(const char *what, const uint64_t *words, unsigned count);
