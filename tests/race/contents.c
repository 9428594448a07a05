/**
 * contents.c - copies of what guests see: pages of programs and files. Built without
 * ThreadSanitizer.
 *
 * A program may write to a page at any moment, and a read of a file is not atomic against a write
 * (nor is it on Linux): such a race is the programs' own. So mm_copy.c and mm_fault.c copy by these
 * functions here, which tell ThreadSanitizer of the other end of a copy: the server's own memory.
 */
#include <stddef.h>
#include <stdint.h>

#include "servers/linux/memory.h"

void __tsan_read_range(const void *at, size_t bytes);
void __tsan_write_range(void *at, size_t bytes);

void *guest_copy(void *to, const void *from, size_t bytes);
void *guest_clear(void *to, int value, size_t bytes);

/* A page that is neither the heap's nor the boot bundle's; only with a host address that lies in
   granted memory. */
static bool is_contents(const void *at)
{
    const struct memory_region *first = &memory_regions[0],
                               *last = &memory_regions[memory_region_count - 1];

    return (uintptr_t)at >= first->address && (uintptr_t)at < last->address + last->size_bytes &&
           !(page_flags(page_at(at)) & (PAGE_SLAB | PAGE_BIG));
}

void *guest_copy(void *to, const void *from, size_t bytes)
{
    char *out = to;
    const char *in = from;

    if (!is_contents(from))
        __tsan_read_range(from, bytes);
    if (!is_contents(to))
        __tsan_write_range(to, bytes);
    for (size_t i = 0; i < bytes; i++)
        out[i] = in[i];
    return to;
}

void *guest_clear(void *to, int value, size_t bytes)
{
    char *out = to;

    if (!is_contents(to))
        __tsan_write_range(to, bytes);
    for (size_t i = 0; i < bytes; i++)
        out[i] = (char)value;
    return to;
}
