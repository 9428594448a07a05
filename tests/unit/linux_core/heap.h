/**
 * heap.h - what tests see of the heap.
 */
#ifndef TESTS_UNIT_LINUX_CORE_HEAP_H
#define TESTS_UNIT_LINUX_CORE_HEAP_H

#include <stddef.h>

extern size_t heap_objects; /* that exist */
extern size_t heap_left;    /* allocations until it fails */

#endif
