/**
 * copy.h - of string.h the two functions that the smallest programs need (copy.c, x86_64/copy.c).
 */
#pragma once

#include "lib/base/types.h"

void *memcpy(void *restrict to, const void *restrict from, size_t size);
void *memset(void *to, int byte, size_t size);

/**
 * copy_up - copy upwards: right for ranges that do not overlap, and for @target below @source. In
 * copy.c, but not in x86_64/copy.c.
 */
void copy_up(unsigned char *target, const unsigned char *source, size_t size);
