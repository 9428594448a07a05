/*
 * panic.c - last words.
 */
#include "kernel/panic.h"

#include "kernel/arch.h"
#include "lib/base/check.h"

static void put(void *context, char character)
{
    (void)context;
    arch_debug_write(character);
}

void kernel_print(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    fmt_sink_args(put, NULL, format, args);
    va_end(args);
}

void kernel_panic(const char *format, ...)
{
    va_list args;
    kernel_print("corm: panic: ");
    va_start(args, format);
    fmt_sink_args(put, NULL, format, args);
    va_end(args);
    kernel_print("\n");
    arch_halt(true);
}

void check_failed(const char *file, int line, const char *what)
{
    kernel_panic("%s:%d: assertion failed: %s", file, line, what);
}
