/*
 * iter.c - see iter.h.
 */
#include "servers/linux/iter.h"

#include "lib/base/string.h"

enum direction { PUT, TAKE, CLEAR };

static int move_piece(struct iter *iter, enum direction direction, void *memory, size_t bytes)
{
    if (iter->is_user) {
        if (direction == PUT)
            return user_write(uaddr(iter->at), memory, bytes);
        if (direction == TAKE)
            return user_read(memory, uaddr(iter->at), bytes);
        return user_clear(uaddr(iter->at), bytes);
    }
    if (direction == PUT)
        memcpy((void *)(uintptr_t)iter->at, memory, bytes);
    else if (direction == TAKE)
        memcpy(memory, (const void *)(uintptr_t)iter->at, bytes);
    else
        memset((void *)(uintptr_t)iter->at, 0, bytes);
    return 0;
}

static void next_piece(struct iter *iter)
{
    while (iter->piece == 0 && iter->more_count > 0) {
        iter->at = iter->more->iov_base;
        iter->piece = iter->more->iov_len < iter->left ? iter->more->iov_len : iter->left;
        iter->more++;
        iter->more_count--;
    }
}

static long move(struct iter *iter, enum direction direction, void *memory, size_t bytes)
{
    size_t done = 0;

    if (bytes > iter->left)
        bytes = iter->left;
    while (done < bytes) {
        size_t part = bytes - done < iter->piece ? bytes - done : iter->piece;
        if (move_piece(iter, direction, (char *)memory + done, part) < 0)
            return done > 0 ? (long)done : -EFAULT;
        iter->at += part;
        iter->piece -= part;
        iter->left -= part;
        done += part;
        if (iter->piece == 0)
            next_piece(iter);
    }
    return (long)done;
}

/* Within the current piece, of a guest, and not to its end if more follow: nearly every transfer.
 */
static inline bool fits_piece(const struct iter *iter, size_t bytes)
{
    return iter->is_user && bytes < iter->piece + (iter->more_count == 0);
}

static inline long advance(struct iter *iter, size_t bytes)
{
    iter->at += bytes;
    iter->piece -= bytes;
    iter->left -= bytes;
    return (long)bytes;
}

long iter_put(struct iter *iter, const void *from, size_t bytes)
{
    if (bytes > iter->left)
        bytes = iter->left;
    if (LIKELY(fits_piece(iter, bytes)))
        return user_write(uaddr(iter->at), from, bytes) < 0 ? -EFAULT : advance(iter, bytes);
    return move(iter, PUT, (void *)(uintptr_t)from, bytes);
}

long iter_take(struct iter *iter, void *to, size_t bytes)
{
    if (bytes > iter->left)
        bytes = iter->left;
    if (LIKELY(fits_piece(iter, bytes)))
        return user_read(to, uaddr(iter->at), bytes) < 0 ? -EFAULT : advance(iter, bytes);
    return move(iter, TAKE, to, bytes);
}

long iter_clear(struct iter *iter, size_t bytes)
{
    static char none;
    return move(iter, CLEAR, &none, bytes);
}

struct iter iter_of_vector(const struct linux_iovec *vector, unsigned count, size_t total)
{
    struct iter iter = {.left = total, .is_user = true, .more_count = count, .more = vector};
    next_piece(&iter);
    return iter;
}

void iter_trim(struct iter *iter, size_t bytes)
{
    if (iter->left > bytes)
        iter->left = bytes;
    if (iter->piece > iter->left)
        iter->piece = iter->left;
}

void iter_skip(struct iter *iter, size_t bytes)
{
    if (bytes > iter->left)
        bytes = iter->left;
    while (bytes > 0) {
        size_t part = bytes < iter->piece ? bytes : iter->piece;
        advance(iter, part);
        bytes -= part;
        if (iter->piece == 0)
            next_piece(iter);
    }
}

static int vector_sum(struct iovec_copy *copy, uint64_t count)
{
    copy->total = 0;
    for (uint64_t i = 0; i < count; i++) {
        uint64_t bytes = copy->vector[i].iov_len;
        if (bytes > INT64_MAX)
            return -EINVAL;
        if (bytes > RW_MAX - copy->total)
            bytes = RW_MAX - copy->total;
        copy->vector[i].iov_len = bytes;
        copy->total += bytes;
    }
    return 0;
}

int iovec_read(struct iovec_copy *copy, uaddr_t from, uint64_t count)
{
    int status;

    copy->vector = copy->inline_vector;
    if (count > UIO_MAXIOV)
        return -EINVAL;
    if (count > ARRAY_LENGTH(copy->inline_vector)) {
        copy->vector = heap_alloc(count * sizeof(struct linux_iovec));
        if (!copy->vector)
            return -ENOMEM;
    }
    status = user_read(copy->vector, from, count * sizeof(struct linux_iovec));
    if (status == 0)
        status = vector_sum(copy, count);
    if (status < 0)
        iovec_free(copy);
    return status;
}

void iovec_free(struct iovec_copy *copy)
{
    if (copy->vector != copy->inline_vector)
        heap_free(copy->vector);
    copy->vector = copy->inline_vector;
}
