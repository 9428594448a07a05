/**
 * heap.c - the heap of base.h over malloc, which can be told to run out, and counts.
 */
#include "tests/unit/linux_core/heap.h"

#include <stdlib.h>

#include "servers/linux/base.h"

size_t heap_objects;
size_t heap_left = SIZE_MAX;

void *heap_alloc(size_t bytes)
{
    if (heap_left == 0)
        return NULL;
    heap_left--;
    heap_objects++;
    return calloc(1, bytes);
}

void heap_free(void *object)
{
    heap_objects -= object != NULL;
    free(object);
}
