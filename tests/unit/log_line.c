/*
 * log_line.c - what a server under test says to its log becomes a comment of the test's output.
 */
#include <stdarg.h>
#include <stdio.h>

#include "lib/base/fmt.h"
#include "sdk/rt/log.h"

#define LINE_BYTES 256

void log_line(const char *format, ...)
{
    char line[LINE_BYTES];
    va_list args;

    va_start(args, format);
    fmt_buffer_args(line, sizeof(line), format, args);
    va_end(args);
    printf("# %s\n", line);
}
