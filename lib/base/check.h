/**
 * check.h - assertions: what a programmer promised, not what a peer sent.
 *
 * ASSERT is always on. INVARIANT is for costly checks: it exists where CORM_DEBUG is defined
 * (debug and host builds) and elsewhere only keeps its expression compiling. Anything that a peer,
 * user, disk or device can cause is a returned status and never one of these.
 */
#pragma once

#include "lib/base/types.h"

/**
 * check_failed - report a broken promise and stop. Every program supplies its own.
 * @file: source file of the check
 * @line: line of the check
 * @what: the expression that was false
 */
NORETURN COLD void check_failed(const char *file, int line, const char *what);

#define ASSERT(condition)                                                                          \
    (LIKELY(condition) ? (void)0 : check_failed(__FILE__, __LINE__, #condition))

#ifdef CORM_DEBUG
#define INVARIANT(condition) ASSERT(condition)
#else
#define INVARIANT(condition) ((void)sizeof(!(condition)))
#endif
