/**
 * types.h - the scalar types, attributes and macros that all of Corm shares.
 *
 * Freestanding C11. Widths are <stdint.h>'s; typedefs exist only for scalars that mean something.
 * Compiler extensions appear here behind a name and nowhere else.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** A physical address. */
typedef uint64_t paddr_t;

/** Nanoseconds: a duration, or a point on the monotonic clock that starts at boot. */
typedef uint64_t nanos_t;

/** The deadline that never comes. */
#define NANOS_NEVER  UINT64_MAX
#define NANOS_PER_US UINT64_C(1000)
#define NANOS_PER_MS UINT64_C(1000000)
#define NANOS_PER_S  UINT64_C(1000000000)

#define MUST_USE         __attribute__((warn_unused_result))
#define NORETURN         __attribute__((noreturn))
#define NOINLINE         __attribute__((noinline))
#define ALWAYS_INLINE    inline __attribute__((always_inline))
#define COLD             __attribute__((cold))
#define UNUSED           __attribute__((unused))
#define PACKED           __attribute__((packed))
#define ALIGNED(bytes)   __attribute__((aligned(bytes)))
#define PRINTF(fmt, arg) __attribute__((format(printf, fmt, arg)))

#define LIKELY(condition)   __builtin_expect(!!(condition), 1)
#define UNLIKELY(condition) __builtin_expect(!!(condition), 0)

#define STATIC_ASSERT(condition, what) _Static_assert(condition, what)

#define ARRAY_LENGTH(array) (sizeof(array) / sizeof((array)[0]))

/** The object of type @type whose member @member lies at @pointer. */
#define container_of(pointer, type, member)                                                        \
    ((type *)(void *)((char *)(pointer)-offsetof(type, member)))
