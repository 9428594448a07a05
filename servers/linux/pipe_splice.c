/*
 * pipe_splice.c - bytes of a pipe on their way to or from a file, or another pipe.
 *
 * A file's write may sleep, and takes locks that come before a pipe's; so it is done without the
 * mutex, while the pipe is marked: `lent` keeps other readers away, `reserved` other writers.
 *
 * Lock: pipe.mutex; two of them by address.
 */
#include "servers/linux/pipe.h"
#include "servers/linux/pipe_ring.h"

static struct pipe *pipe_of(const struct file *file) { return file->private; }

/* 1: there are bytes, and nobody has borrowed them. 0: the end. Caller holds the mutex. */
static long await_bytes(struct pipe *pipe, bool nonblocking)
{
    while (pipe->lent || pipe->head == pipe->tail) {
        if (!pipe->lent && pipe->writers == 0)
            return 0;
        if (nonblocking)
            return -EAGAIN;
        if (wait_on(&pipe->read_queue, &pipe->mutex, NANOS_NEVER) == -EINTR)
            return -ERESTARTSYS;
    }
    return 1;
}

/* How much room there is, or an error. Caller holds the mutex. */
static long await_room(struct pipe *pipe, bool nonblocking)
{
    for (;;) {
        if (pipe->readers == 0)
            return -EPIPE;
        if (!pipe->reserved && pipe_ring_room(pipe) > 0)
            return (long)pipe_ring_room(pipe);
        if (nonblocking)
            return -EAGAIN;
        if (wait_on(&pipe->write_queue, &pipe->mutex, NANOS_NEVER) == -EINTR)
            return -ERESTARTSYS;
    }
}

long pipe_borrow(struct file *from, void *to, size_t bytes, bool nonblocking)
{
    struct pipe *pipe = pipe_of(from);
    struct iter iter = iter_of_memory(to, bytes);

    mutex_lock(&pipe->mutex);
    long status = await_bytes(pipe, nonblocking);
    if (status > 0) {
        status = pipe_ring_peek(pipe, &iter, 0);
        pipe->lent = true;
    }
    mutex_unlock(&pipe->mutex);
    return status;
}

void pipe_give_back(struct file *from, size_t used_bytes)
{
    struct pipe *pipe = pipe_of(from);

    mutex_lock(&pipe->mutex);
    pipe_ring_skip(pipe, used_bytes);
    pipe->lent = false;
    wake_all(&pipe->read_queue);
    wake_all(&pipe->write_queue);
    mutex_unlock(&pipe->mutex);
}

long pipe_reserve(struct file *to, bool nonblocking)
{
    struct pipe *pipe = pipe_of(to);

    mutex_lock(&pipe->mutex);
    long room = await_room(pipe, nonblocking);
    if (room > 0)
        pipe->reserved = true;
    mutex_unlock(&pipe->mutex);
    return room;
}

long pipe_fill_reserved(struct file *to, const void *from, size_t bytes)
{
    struct pipe *pipe = pipe_of(to);
    struct iter iter = iter_of_memory((void *)(uintptr_t)from, bytes);

    mutex_lock(&pipe->mutex);
    long done = pipe_ring_fill(pipe, &iter);
    wake_all(&pipe->read_queue);
    mutex_unlock(&pipe->mutex);
    return done;
}

void pipe_unreserve(struct file *to)
{
    struct pipe *pipe = pipe_of(to);

    mutex_lock(&pipe->mutex);
    pipe->reserved = false;
    wake_all(&pipe->write_queue);
    mutex_unlock(&pipe->mutex);
}

/* ---- memory -----------------------------------------------------------------------------------
 */

long pipe_read_piece(struct file *from, struct iter *to, bool nonblocking)
{
    struct pipe *pipe = pipe_of(from);

    mutex_lock(&pipe->mutex);
    long done = await_bytes(pipe, nonblocking);
    if (done > 0)
        done = pipe_ring_take(pipe, to);
    wake_all(&pipe->write_queue);
    mutex_unlock(&pipe->mutex);
    return done;
}

long pipe_write_piece(struct file *to, struct iter *from, bool nonblocking)
{
    struct pipe *pipe = pipe_of(to);

    mutex_lock(&pipe->mutex);
    long done = await_room(pipe, nonblocking);
    if (done > 0)
        done = pipe_ring_fill(pipe, from);
    wake_all(&pipe->read_queue);
    mutex_unlock(&pipe->mutex);
    return done;
}

/* ---- from pipe to pipe ------------------------------------------------------------------------
 */

static void lock_two(struct pipe *a, struct pipe *b)
{
    mutex_lock(a < b ? &a->mutex : &b->mutex);
    mutex_lock(a < b ? &b->mutex : &a->mutex);
}

/* Caller holds both. */
static long copy_locked(struct pipe *from, struct pipe *to, size_t count)
{
    size_t done = 0, bytes;

    while (done < count) {
        char *piece = pipe_ring_look(from, done, &bytes);
        if (!piece)
            break;
        struct iter iter = iter_of_memory(piece, bytes < count - done ? bytes : count - done);
        long part = pipe_ring_fill(to, &iter);
        if (part < 0 && done == 0)
            return part;
        if (part <= 0)
            break;
        done += (size_t)part;
    }
    return (long)done;
}

/* -EAGAIN: what was there a moment ago is not any more. */
static long transfer_now(struct pipe *from, struct pipe *to, size_t count, bool keep)
{
    long done = -EAGAIN;

    lock_two(from, to);
    if (!from->lent && from->head != from->tail && !to->reserved && to->readers > 0 &&
        pipe_ring_room(to) > 0) {
        done = copy_locked(from, to, count);
        if (done > 0 && !keep) {
            pipe_ring_skip(from, (size_t)done);
            wake_all(&from->write_queue);
        }
        wake_all(&to->read_queue);
    }
    mutex_unlock(&from->mutex);
    mutex_unlock(&to->mutex);
    return done;
}

long pipe_transfer(struct file *from_file, struct file *to_file, size_t count, bool nonblocking,
                   bool keep)
{
    struct pipe *from = pipe_of(from_file), *to = pipe_of(to_file);
    long done;

    if (from == to)
        return -EINVAL;
    do {
        mutex_lock(&from->mutex);
        done = await_bytes(from, nonblocking);
        mutex_unlock(&from->mutex);
        if (done <= 0)
            return done;
        mutex_lock(&to->mutex);
        done = await_room(to, nonblocking);
        mutex_unlock(&to->mutex);
        if (done < 0)
            return done;
        done = transfer_now(from, to, count, keep);
    } while (done == -EAGAIN);
    return done;
}
