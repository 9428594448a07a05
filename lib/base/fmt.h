/**
 * fmt.h - integer-only text formatting, into a bounded buffer or a sink.
 *
 * Conversions: %s %c %d %i %u %x %p %%, with h, hh, l, ll and z sizes; flags `0` (zero pad) and `-`
 * (left justify); a width and, for %s, a precision (the most characters to take), each a number
 * or `*`. A conversion outside this list is written as it stands and takes no argument.
 *
 * Two implementations, of which a program links one: fmt.c, and fmt_small.c, which has the few
 * conversions of the boot stage's text and only fmt_sink_args().
 */
#pragma once

#include <stdarg.h>

#include "lib/base/types.h"

/** Takes one character; @context is what the caller of the formatter passed. */
typedef void fmt_put_t(void *context, char character);

/** fmt_sink - format through @put. Returns the number of characters put. Keeps no state. */
size_t fmt_sink(fmt_put_t *put, void *context, const char *format, ...) PRINTF(3, 4);
size_t fmt_sink_args(fmt_put_t *put, void *context, const char *format, va_list args) PRINTF(3, 0);

/**
 * fmt_buffer - format into @buffer of @size bytes; what does not fit is cut off.
 *
 * Always terminated by NUL, unless @size is 0. Returns the length of the whole text without the
 * NUL: it was cut off if that is @size or more.
 */
size_t fmt_buffer(char *buffer, size_t size, const char *format, ...) PRINTF(3, 4);
size_t fmt_buffer_args(char *buffer, size_t size, const char *format, va_list args) PRINTF(3, 0);
