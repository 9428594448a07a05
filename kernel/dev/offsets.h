/*
 * offsets.h - for a port's offsets.c: what its assembly must know of C structures, computed by the
 * compiler. tools/offsets.py finds the marks in the compiler's output.
 */
#pragma once

#include "lib/base/types.h"

#define VALUE(name, value)          __asm__ volatile("\n.ascii \"-> " #name " %c0\"" : : "i"(value))
#define OFFSET(name, object, field) VALUE(name, offsetof(struct object, field))
