/**
 * test_fmt_small.c - the small formatter, which the build compiles as fmt_sink_args_small.
 */
#define fmt_sink_args fmt_sink_args_small
#include "lib/base/fmt.h"

#include <string.h>

#include "tests/unit/unit.h"

static char text[128];
static size_t used;

static void put(void *context, char character)
{
    (void)context;
    if (used < sizeof text - 1)
        text[used++] = character;
}

PRINTF(1, 2) static size_t format(const char *what, ...)
{
    va_list args;
    memset(text, 0, sizeof text);
    used = 0;
    va_start(args, what);
    size_t count = fmt_sink_args(put, NULL, what, args);
    va_end(args);
    return count;
}

TEST("the small formatter writes text and numbers, and says how much")
{
    CHECK_EQUAL(format("%s:%d: assertion failed: %s", "a.c", 12, ""), 26);
    CHECK_TEXT(text, "a.c:12: assertion failed: ");
    format("%u %x %lu %lx", 4294967295u, 0xabcdefu, 18446744073709551615ul, 0xffffffff80000000ul);
    CHECK_TEXT(text, "4294967295 abcdef 18446744073709551615 ffffffff80000000");
    format("%d%lx", 0, 0ul);
    CHECK_TEXT(text, "00");
}
