/*
 * panic.c - in place of kernel/panic.c: the last words of the core fail the test that runs, and
 * check_failed() is the test framework's.
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

/* The text is in host_text afterwards, for a test that expects it. */
NORETURN static void stop(const char *format, va_list args)
{
    static char text[512];
    fmt_buffer_args(text, sizeof text, format, args);
    kernel_print("%s\n", text);
    check_failed(__FILE__, __LINE__, text);
}

void kernel_panic(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    stop(format, args);
}

void kernel_refuse_boot(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    stop(format, args);
}
