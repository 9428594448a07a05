/*
 * fast.h - the fast path's door, jumped to by a port's entry code. See fast.c.
 */
#pragma once

#include <stdint.h>

/* The last tag that names no slots. In memory, comparing with it is one instruction less. */
extern const uint64_t fast_tag_last;

void fast_entry(void);
