/**
 * copy.h - of string.h the two functions that the smallest programs need (x86_64/copy.c).
 */
#pragma once

#include "lib/base/types.h"

void *memcpy(void *restrict to, const void *restrict from, size_t size);
void *memset(void *to, int byte, size_t size);
