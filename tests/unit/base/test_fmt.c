/**
 * test_fmt.c - the formatter, against written-out texts and against the host's printf.
 */
#include "lib/base/fmt.h"

#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "tests/unit/unit.h"

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"

/** fmt_buffer() for formats that the compiler would rightly warn of. */
static size_t format_unchecked(char *buffer, size_t size, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    size_t length = fmt_buffer_args(buffer, size, format, args);
    va_end(args);
    return length;
}

#pragma GCC diagnostic pop

#define CHECK_FORMAT(expected, ...)                                                                \
    do {                                                                                           \
        char text[128];                                                                            \
        size_t length = format_unchecked(text, sizeof text, __VA_ARGS__);                          \
        CHECK_TEXT(text, expected);                                                                \
        CHECK_EQUAL(length, strlen(expected));                                                     \
    } while (0)

TEST("text without conversions is copied")
{
    CHECK_FORMAT("", "%s", "");
    CHECK_FORMAT("hello, world", "hello, world");
    CHECK_FORMAT("100%", "100%%");
}

TEST("strings and characters are padded and cut to width and precision")
{
    CHECK_FORMAT("[abc]", "[%s]", "abc");
    CHECK_FORMAT("[  abc]", "[%5s]", "abc");
    CHECK_FORMAT("[abc  ]", "[%-5s]", "abc");
    CHECK_FORMAT("[abc]", "[%2s]", "abc");
    CHECK_FORMAT("[ab]", "[%.2s]", "abc");
    CHECK_FORMAT("[   ab]", "[%*.*s]", 5, 2, "abc");
    CHECK_FORMAT("[x]", "[%c]", 'x');
    CHECK_FORMAT("[  x]", "[%3c]", 'x');
    CHECK_FORMAT("[(null)]", "[%s]", (char *)NULL);
}

TEST("a precision keeps an unterminated string from being read past its end")
{
    char name[4] = {'a', 'b', 'c', 'd'};
    CHECK_FORMAT("abcd", "%.*s", (int)sizeof name, name);
}

TEST("signed numbers reach both ends of every size")
{
    CHECK_FORMAT("0", "%d", 0);
    CHECK_FORMAT("-2147483648", "%d", INT_MIN);
    CHECK_FORMAT("2147483647", "%i", INT_MAX);
    CHECK_FORMAT("-9223372036854775808", "%ld", LONG_MIN);
    CHECK_FORMAT("9223372036854775807", "%lld", LLONG_MAX);
    CHECK_FORMAT("-1", "%hd", 0xffff);
    CHECK_FORMAT("-1", "%hhd", 0xff);
    CHECK_FORMAT("-42", "%zd", (size_t)-42);
}

TEST("unsigned and hexadecimal numbers reach both ends of every size")
{
    CHECK_FORMAT("0 0", "%u %x", 0u, 0u);
    CHECK_FORMAT("4294967295", "%u", UINT_MAX);
    CHECK_FORMAT("ffffffff", "%x", UINT_MAX);
    CHECK_FORMAT("18446744073709551615", "%lu", ULONG_MAX);
    CHECK_FORMAT("ffffffffffffffff", "%lx", ULONG_MAX);
    CHECK_FORMAT("18446744073709551615", "%zu", SIZE_MAX);
    CHECK_FORMAT("65535", "%hu", 0xffff);
    CHECK_FORMAT("ff", "%hhx", 0x1ff);
}

TEST("numbers are padded with blanks or zeros, and the sign comes before the zeros")
{
    CHECK_FORMAT("[   42]", "[%5d]", 42);
    CHECK_FORMAT("[42   ]", "[%-5d]", 42);
    CHECK_FORMAT("[00042]", "[%05d]", 42);
    CHECK_FORMAT("[-0042]", "[%05d]", -42);
    CHECK_FORMAT("[  -42]", "[%5d]", -42);
    CHECK_FORMAT("[42   ]", "[%-05d]", 42);
    CHECK_FORMAT("[0000002a]", "[%08x]", 42u);
    CHECK_FORMAT("[000000000000002a]", "[%0*lx]", 16, 42ul);
}

TEST("pointers are hexadecimal behind 0x")
{
    CHECK_FORMAT("0x0", "%p", (void *)0);
    CHECK_FORMAT("0xffff800000001000", "%p", (void *)(uintptr_t)UINT64_C(0xffff800000001000));
    CHECK_FORMAT("[  0x1f]", "[%6p]", (void *)0x1f);
}

TEST("an unknown conversion is written as it stands and takes no argument")
{
    CHECK_FORMAT("%q 7", "%q %d", 7);
    CHECK_FORMAT("%-5 7", "%-5 %d", 7);
    CHECK_FORMAT("ends in %", "ends in %");
    CHECK_FORMAT("%12", "%12");
}

TEST("a buffer that is too small holds the beginning, terminated; the length is the whole one")
{
    char text[8] = "zzzzzzz";
    CHECK_EQUAL(fmt_buffer(text, 4, "abc%d", 123456), 9);
    CHECK_TEXT(text, "abc");
    CHECK(text[4] == 'z');
    CHECK_EQUAL(fmt_buffer(text, 1, "abc"), 3);
    CHECK_TEXT(text, "");
    text[0] = 'z';
    CHECK_EQUAL(fmt_buffer(text, 0, "abc"), 3);
    CHECK(text[0] == 'z');
    CHECK_EQUAL(fmt_buffer(NULL, 0, "%100s", ""), 100);
}

TEST("a text that just fits is whole, and one character more is cut")
{
    char text[4];
    CHECK_EQUAL(fmt_buffer(text, sizeof text, "abc"), 3);
    CHECK_TEXT(text, "abc");
    CHECK_EQUAL(fmt_buffer(text, sizeof text, "abcd"), 4);
    CHECK_TEXT(text, "abc");
}

static void count_put(void *context, char character)
{
    size_t *counts = context;
    counts[(unsigned char)character]++;
}

TEST("a sink gets every character once")
{
    size_t counts[256] = {0};
    CHECK_EQUAL(fmt_sink(count_put, counts, "aab%s", "ba"), 5);
    CHECK_EQUAL(counts['a'], 3);
    CHECK_EQUAL(counts['b'], 2);
}

#define CHECK_AGREES(format)                                                                       \
    do {                                                                                           \
        char agree_ours[64], agree_theirs[64];                                                     \
        int agree_length = snprintf(agree_theirs, sizeof agree_theirs, format, width, value);      \
        CHECK_EQUAL(fmt_buffer(agree_ours, sizeof agree_ours, format, width, value),               \
                    agree_length);                                                                 \
        CHECK_TEXT(agree_ours, agree_theirs);                                                      \
    } while (0)

TEST("random numbers, widths and flags agree with the host's printf")
{
    for (int round = 0; round < 3000; round++) {
        int width = (int)unit_random_below(24);
        long value = (long)(unit_random() >> unit_random_below(64));
        CHECK_AGREES("%*ld|");
        CHECK_AGREES("%-*ld|");
        CHECK_AGREES("%0*ld|");
        CHECK_AGREES("%*lu|");
        CHECK_AGREES("%0*lu|");
        CHECK_AGREES("%*lx|");
        CHECK_AGREES("%-*lx|");
        CHECK_AGREES("%0*lx|");
    }
}
