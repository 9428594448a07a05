/*
 * text.c - see text.h.
 */
#include "servers/linux/text.h"

#include "lib/base/fmt.h"
#include "lib/base/string.h"

#define CAPACITY_FIRST 1024

static bool reserve(struct text *text, size_t more)
{
    size_t capacity = text->capacity ? text->capacity : CAPACITY_FIRST;

    if (text->failed)
        return false;
    while (capacity - text->length < more)
        capacity *= 2;
    if (capacity == text->capacity)
        return true;
    char *bytes = heap_alloc(capacity);
    if (!bytes) {
        text->failed = true;
        return false;
    }
    if (text->length > 0)
        memcpy(bytes, text->bytes, text->length);
    heap_free(text->bytes);
    text->bytes = bytes;
    text->capacity = capacity;
    return true;
}

static void put(void *context, char character)
{
    struct text *text = context;

    if (text->length < text->capacity || reserve(text, 1))
        text->bytes[text->length++] = character;
}

void text_format(struct text *text, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    fmt_sink_args(put, text, format, args);
    va_end(args);
}

void text_append(struct text *text, const char *bytes, size_t count)
{
    if (count > 0 && reserve(text, count)) {
        memcpy(text->bytes + text->length, bytes, count);
        text->length += count;
    }
}

void text_free(struct text *text)
{
    heap_free(text->bytes);
    *text = (struct text){0};
}
