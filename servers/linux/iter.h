/*
 * iter.h - where a read puts its bytes and a write takes them from: one or more pieces of user or
 * server memory, consumed front to back, so that every transfer is one copy.
 *
 * Invariant: `left` is the sum of the current piece and of the pieces behind it.
 */
#pragma once

#include "servers/linux/base.h"

struct iter {
    uint64_t at;         /* of the current piece: guest address, or server address */
    size_t piece;        /* bytes left of the current piece */
    size_t left;         /* bytes left altogether */
    bool is_user;        /* `at` and the vector's bases are guest addresses */
    unsigned more_count; /* pieces behind the current one */
    const struct linux_iovec *more;
};

static inline struct iter iter_of_user(uint64_t address, size_t bytes)
{
    return (struct iter){.at = address, .piece = bytes, .left = bytes, .is_user = true};
}

static inline struct iter iter_of_memory(void *memory, size_t bytes)
{
    return (struct iter){.at = (uintptr_t)memory, .piece = bytes, .left = bytes};
}

/* The vector (server memory, checked by iovec_read) must outlive the iter. */
struct iter iter_of_vector(const struct linux_iovec *vector, unsigned count, size_t total);

/* Forgets all but the first `bytes` bytes. */
void iter_trim(struct iter *iter, size_t bytes);

/* Goes past min(bytes, left) bytes without touching them. */
void iter_skip(struct iter *iter, size_t bytes);

/*
 * Each moves min(bytes, left) and advances by what it moved. Returns the bytes moved, or -EFAULT
 * if the memory was bad (then the iter has advanced past the good pieces only).
 */
MUST_USE long iter_put(struct iter *iter, const void *from, size_t bytes); /* fill the reader */
MUST_USE long iter_take(struct iter *iter, void *to, size_t bytes);        /* drain the writer */
MUST_USE long iter_clear(struct iter *iter, size_t bytes);                 /* put zeros */

/* An iovec array copied from the guest; small ones need no heap. */
struct iovec_copy {
    struct linux_iovec inline_vector[8];
    struct linux_iovec *vector;
    size_t total; /* of all lengths, capped at RW_MAX as Linux does */
};

/* 0, -EINVAL (count, a length or the sum out of range), -EFAULT or -ENOMEM; then free it. */
MUST_USE int iovec_read(struct iovec_copy *copy, uaddr_t from, uint64_t count);
void iovec_free(struct iovec_copy *copy);
