/**
 * fmt.c - the formatter of fmt.h.
 */
#include "lib/base/fmt.h"

#define DIGITS_MAX 20 /* of a 64-bit number in base 10 */

/** Where output goes, and how much has gone. */
struct output {
    fmt_put_t *put;
    void *context;
    size_t count;
};

/** One conversion, as parsed: everything between `%` and the letter. */
struct spec {
    size_t width;
    size_t precision; /* SIZE_MAX if none was given */
    int longs;        /* 0 int, 1 long or size_t, 2 long long, -1 short, -2 char */
    bool left;
    bool zero;
};

static void output_char(struct output *out, char character)
{
    out->put(out->context, character);
    out->count++;
}

static void output_padding(struct output *out, char character, size_t width, size_t length)
{
    for (size_t column = length; column < width; column++)
        output_char(out, character);
}

static void output_text(struct output *out, const struct spec *spec, const char *text)
{
    size_t length = 0;
    if (text == NULL)
        text = "(null)";
    while (length < spec->precision && text[length] != '\0')
        length++;
    if (!spec->left)
        output_padding(out, ' ', spec->width, length);
    for (size_t at = 0; at < length; at++)
        output_char(out, text[at]);
    if (spec->left)
        output_padding(out, ' ', spec->width, length);
}

/** Write @value in @base behind @prefix ("", "-" or "0x"). */
static void output_number(struct output *out, const struct spec *spec, uint64_t value,
                          unsigned base, const char *prefix)
{
    char digits[DIGITS_MAX];
    size_t count = 0;
    size_t length = prefix[0] == '\0' ? 0 : prefix[1] == '\0' ? 1 : 2;
    do {
        digits[count++] = "0123456789abcdef"[value % base];
        value /= base;
    } while (value != 0);
    length += count;
    if (!spec->left && !spec->zero)
        output_padding(out, ' ', spec->width, length);
    for (const char *at = prefix; *at != '\0'; at++)
        output_char(out, *at);
    if (!spec->left && spec->zero)
        output_padding(out, '0', spec->width, length);
    while (count > 0)
        output_char(out, digits[--count]);
    if (spec->left)
        output_padding(out, ' ', spec->width, length);
}

static void output_signed(struct output *out, const struct spec *spec, int64_t value)
{
    uint64_t magnitude = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
    output_number(out, spec, magnitude, 10, value < 0 ? "-" : "");
}

/** Parse a number or `*` at @format into *@value; returns what follows it. */
static const char *parse_number(const char *format, va_list *args, size_t *value)
{
    size_t number = 0;
    if (*format == '*') {
        int argument = va_arg(*args, int);
        *value = argument < 0 ? 0 : (size_t)argument;
        return format + 1;
    }
    for (; *format >= '0' && *format <= '9'; format++)
        number = number * 10 + (size_t)(*format - '0');
    *value = number;
    return format;
}

/** Parse flags, width, precision and size at @format; returns the conversion letter's place. */
static const char *parse_spec(const char *format, va_list *args, struct spec *spec)
{
    *spec = (struct spec){.precision = SIZE_MAX};
    for (; *format == '-' || *format == '0'; format++) {
        spec->left |= *format == '-';
        spec->zero |= *format == '0';
    }
    format = parse_number(format, args, &spec->width);
    if (*format == '.')
        format = parse_number(format + 1, args, &spec->precision);
    for (; *format == 'l' || *format == 'z' || *format == 'h'; format++)
        spec->longs += *format == 'h' ? -1 : 1;
    return format;
}

static int64_t take_signed(const struct spec *spec, va_list *args)
{
    if (spec->longs > 1)
        return va_arg(*args, long long);
    if (spec->longs == 1)
        return va_arg(*args, long);
    int value = va_arg(*args, int);
    return spec->longs == 0 ? value : spec->longs == -1 ? (short)value : (signed char)value;
}

static uint64_t take_unsigned(const struct spec *spec, va_list *args)
{
    if (spec->longs > 1)
        return va_arg(*args, unsigned long long);
    if (spec->longs == 1)
        return va_arg(*args, unsigned long);
    unsigned value = va_arg(*args, unsigned);
    return spec->longs == 0    ? value
           : spec->longs == -1 ? (unsigned short)value
                               : (unsigned char)value;
}

/** Write the conversion @letter; false, and nothing taken or written, if it is not one. */
static bool output_conversion(struct output *out, struct spec *spec, char letter, va_list *args)
{
    switch (letter) {
    case 's':
        output_text(out, spec, va_arg(*args, const char *));
        return true;
    case 'c':
        output_text(out, spec, (const char[]){(char)va_arg(*args, int), '\0'});
        return true;
    case 'd':
    case 'i':
        output_signed(out, spec, take_signed(spec, args));
        return true;
    case 'u':
        output_number(out, spec, take_unsigned(spec, args), 10, "");
        return true;
    case 'x':
        output_number(out, spec, take_unsigned(spec, args), 16, "");
        return true;
    case 'p':
        output_number(out, spec, (uintptr_t)va_arg(*args, void *), 16, "0x");
        return true;
    default:
        return false;
    }
}

size_t fmt_sink_args(fmt_put_t *put, void *context, const char *format, va_list caller_args)
{
    struct output out = {.put = put, .context = context};
    va_list args;
    va_copy(args, caller_args);
    while (*format != '\0') {
        struct spec spec;
        const char *letter;
        if (*format != '%') {
            output_char(&out, *format++);
            continue;
        }
        letter = parse_spec(format + 1, &args, &spec);
        if (output_conversion(&out, &spec, *letter, &args)) {
            format = letter + 1;
        } else {
            output_char(&out, '%');
            format += format[1] == '%' ? 2 : 1;
        }
    }
    va_end(args);
    return out.count;
}

size_t fmt_sink(fmt_put_t *put, void *context, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    size_t length = fmt_sink_args(put, context, format, args);
    va_end(args);
    return length;
}

/** A sink that fills a buffer and drops what does not fit. */
struct bounded {
    char *buffer;
    size_t size;
    size_t used;
};

static void bounded_put(void *context, char character)
{
    struct bounded *bounded = context;
    if (bounded->used + 1 < bounded->size)
        bounded->buffer[bounded->used++] = character;
}

size_t fmt_buffer_args(char *buffer, size_t size, const char *format, va_list args)
{
    struct bounded bounded = {.buffer = buffer, .size = size};
    size_t length = fmt_sink_args(bounded_put, &bounded, format, args);
    if (size > 0)
        buffer[bounded.used] = '\0';
    return length;
}

size_t fmt_buffer(char *buffer, size_t size, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    size_t length = fmt_buffer_args(buffer, size, format, args);
    va_end(args);
    return length;
}
