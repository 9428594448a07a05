/**
 * heap.h - what tests see of the heap.
 */
#pragma once

#include <stddef.h>

extern size_t heap_objects; /* that exist */
extern size_t heap_left;    /* allocations until it fails */
