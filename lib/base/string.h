/**
 * string.h - the memory and string functions that compilers expect of a freestanding program.
 *
 * As ISO C 7.24 defines them. A line of C source may compile into a call of memcpy, memmove, memset
 * or memcmp.
 */
#pragma once

#include "lib/base/copy.h"

void *memmove(void *to, const void *from, size_t size);
int memcmp(const void *left, const void *right, size_t size);
size_t strlen(const char *text);
int strcmp(const char *left, const char *right);
int strncmp(const char *left, const char *right, size_t size);
