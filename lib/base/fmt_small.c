/**
 * fmt_small.c - of fmt.h only %s, %d, %u and %x, the last two also with `l`, without flags, width
 * and precision: for where space counts. A %d must not be negative.
 */
#include "lib/base/fmt.h"

#define DIGITS_MAX 20 /* of a 64-bit number in base 10 */

static size_t put_text(fmt_put_t *put, void *context, const char *text)
{
    size_t length = 0;
    for (; text[length] != '\0'; length++)
        put(context, text[length]);
    return length;
}

static size_t put_number(fmt_put_t *put, void *context, uint64_t value, unsigned base)
{
    char digits[DIGITS_MAX + 1] = {0};
    char *at = &digits[DIGITS_MAX];
    do {
        *--at = "0123456789abcdef"[value % base];
        value /= base;
    } while (value != 0);
    return put_text(put, context, at);
}

size_t fmt_sink_args(fmt_put_t *put, void *context, const char *format, va_list args)
{
    size_t count = 0;
    for (; *format != '\0'; format++) {
        if (*format != '%') {
            put(context, *format);
            count++;
            continue;
        }
        bool is_long = *++format == 'l';
        format += is_long;
        if (*format == 's')
            count += put_text(put, context, va_arg(args, const char *));
        else
            count += put_number(put, context,
                                is_long ? va_arg(args, unsigned long) : va_arg(args, unsigned),
                                *format == 'x' ? 16 : 10);
    }
    return count;
}
