/**
 * search.c - the functions of ISO C 7.24 that libfdt takes beside those of lib/base/string.h.
 */
#include "servers/device/libfdt_env.h"

void *memchr(const void *memory, int byte, size_t size)
{
    const uint8_t *bytes = memory;
    for (size_t i = 0; i < size; i++)
        if (bytes[i] == (uint8_t)byte)
            return (void *)(uintptr_t)&bytes[i];
    return NULL;
}

size_t strnlen(const char *text, size_t size)
{
    const char *end = memchr(text, '\0', size);
    return end == NULL ? size : (size_t)(end - text);
}

char *strrchr(const char *text, int character)
{
    const char *found = NULL;
    for (; *text != '\0'; text++)
        if (*text == (char)character)
            found = text;
    return (char *)(uintptr_t)(character == '\0' ? text : found);
}
