/*
 * panic.c - last words.
 */
#include "kernel/panic.h"

#include "kernel/arch.h"
#include "lib/base/check.h"

void kernel_print(const char *text)
{
    for (; *text != '\0'; text++)
        arch_debug_write(*text);
}

void kernel_print_number(uint64_t number, unsigned base)
{
    if (number >= base)
        kernel_print_number(number / base, base);
    arch_debug_write("0123456789abcdef"[number % base]);
}

void kernel_panic(const char *what, const uint64_t *words, unsigned count)
{
    kernel_print("corm: panic: ");
    kernel_print(what);
    for (unsigned i = 0; i < count; i++) {
        kernel_print(" ");
        kernel_print_number(words[i], 16);
    }
    kernel_print("\n");
    arch_reset();
}

void check_failed(const char *file, int line, const char *what)
{
    kernel_print(file);
    kernel_print(":");
    kernel_print_number((unsigned)line, 10);
    kernel_print(": assertion failed\n");
    kernel_panic(what, NULL, 0);
}
