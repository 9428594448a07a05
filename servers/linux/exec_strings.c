/*
 * exec_strings.c - gathering arguments and environment; see exec_strings.h.
 */
#include "servers/linux/exec_strings.h"

#include "lib/base/string.h"

/* Room at the end: where it is and how much is there; NULL when the limit or memory is reached. */
static char *room(struct exec_strings *strings, size_t *bytes, int *error)
{
    size_t index = strings->bytes / PAGE_BYTES;
    size_t offset = strings->bytes % PAGE_BYTES;

    *error = -E2BIG;
    if (index >= STRINGS_PAGES_MAX - 1)
        return NULL;
    if (!strings->pages[index])
        strings->pages[index] = page_alloc();
    *error = -ENOMEM;
    if (!strings->pages[index])
        return NULL;
    *bytes = PAGE_BYTES - offset;
    return (char *)page_data(strings->pages[index]) + offset;
}

int strings_add(struct exec_strings *strings, const char *text)
{
    size_t left = strlen(text) + 1;
    int error;

    if (left > STRING_MAX)
        return -E2BIG;
    while (left > 0) {
        size_t bytes;
        char *to = room(strings, &bytes, &error);
        if (!to)
            return error;
        if (bytes > left)
            bytes = left;
        memcpy(to, text, bytes);
        strings->bytes += bytes;
        text += bytes;
        left -= bytes;
    }
    return 0;
}

int strings_add_user(struct exec_strings *strings, uint64_t address)
{
    size_t copied = 0;
    int error;

    for (;;) {
        size_t bytes;
        char *to = room(strings, &bytes, &error);
        if (!to)
            return error;
        long length = user_read_string(to, uaddr(address + copied), bytes);
        if (length >= 0) {
            strings->bytes += (size_t)length + 1;
            return 0;
        }
        if (length != -ENAMETOOLONG)
            return (int)length;
        strings->bytes += bytes;
        copied += bytes;
        if (copied >= STRING_MAX)
            return -E2BIG;
    }
}

int strings_add_array(struct exec_strings *strings, uint64_t address, unsigned skip,
                      unsigned *count)
{
    for (unsigned i = 0; address != 0; i++) {
        uint64_t pointer;
        if (user_read(&pointer, uaddr(address + i * sizeof(pointer)), sizeof(pointer)) < 0)
            return -EFAULT;
        if (pointer == 0)
            break;
        if (i < skip)
            continue;
        int error = strings_add_user(strings, pointer);
        if (error < 0)
            return error;
        ++*count;
    }
    return 0;
}

size_t strings_length(const struct exec_strings *strings, size_t offset)
{
    size_t at = offset;
    for (;; at++) {
        ASSERT(at < strings->bytes);
        const char *data = page_data(strings->pages[at / PAGE_BYTES]);
        if (data[at % PAGE_BYTES] == 0)
            return at + 1 - offset;
    }
}

void strings_free(struct exec_strings *strings)
{
    for (size_t i = 0; i <= strings->bytes / PAGE_BYTES; i++)
        if (strings->pages[i])
            page_put(strings->pages[i]);
    heap_free(strings);
}
