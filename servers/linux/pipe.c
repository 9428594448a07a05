/*
 * pipe.c - pipes and FIFOs as files, over the ring of pipe_ring.h.
 *
 * Lock: pipe.mutex, held across the one user copy of a transfer. A write of at most PIPE_BUF bytes
 * is all in the pipe or none of it, never mixed with another.
 */
#include "servers/linux/pipe.h"

#include "lib/base/log2.h"
#include "servers/linux/pipe_ring.h"
#include "servers/linux/poll.h"

static const struct file_ops read_end_ops, write_end_ops, both_ends_ops;

static const struct inode_ops pipe_inode_ops = {.destroy = fifo_destroy};

struct mount pipe_mount = {.type = "pipefs", .source = "none", .magic = PIPEFS_MAGIC};

void pipe_init(void) { mount_register(&pipe_mount); }

static struct pipe *pipe_of(const struct file *file) { return file->private; }

/* ---- read ------------------------------------------------------------------------------- */

/* Moves what is there now. -EAGAIN: nothing, but there are writers. */
static long read_some(struct pipe *pipe, struct iter *to)
{
    if (UNLIKELY(pipe->lent))
        return -EAGAIN;
    if (pipe->head != pipe->tail) {
        bool was_tight = pipe_ring_room(pipe) < PIPE_BUF;
        long done = pipe_ring_take(pipe, to);
        if (done > 0 && was_tight)
            wake_all(&pipe->write_queue);
        return done;
    }
    return pipe->writers == 0 ? 0 : -EAGAIN;
}

static long pipe_read(struct file *file, struct iter *to, uint64_t *position)
{
    struct pipe *pipe = pipe_of(file);
    long done;

    (void)position;
    if (to->left == 0)
        return 0;
    mutex_lock(&pipe->mutex);
    for (;;) {
        done = read_some(pipe, to);
        if (done != -EAGAIN || file_nonblocking(file))
            break;
        if (wait_on(&pipe->read_queue, &pipe->mutex, NANOS_NEVER) == -EINTR) {
            done = -ERESTARTSYS;
            break;
        }
    }
    mutex_unlock(&pipe->mutex);
    return done;
}

/* ---- write ------------------------------------------------------------------------------ */

/* A small write needs all its room at once; a large one takes what there is. */
static long write_some(struct pipe *pipe, struct iter *from, size_t whole)
{
    if (pipe->readers == 0)
        return -EPIPE;
    size_t needed = whole <= PIPE_BUF ? from->left : 1;
    if (pipe_ring_room(pipe) < needed || UNLIKELY(pipe->reserved))
        return -EAGAIN;
    long done = pipe_ring_fill(pipe, from);
    if (done > 0)
        wake_all(&pipe->read_queue);
    return done;
}

static long write_until_done(struct file *file, struct pipe *pipe, struct iter *from)
{
    size_t whole = from->left;
    long done = 0;

    for (;;) {
        long part = write_some(pipe, from, whole);
        if (part > 0)
            done += part;
        if (from->left == 0)
            return done;
        if (part == -EPIPE && done > 0)
            signal_send_current(SIGPIPE); /* the caller sends it for a failed write only */
        if (part < 0 && (part != -EAGAIN || file_nonblocking(file)))
            return done > 0 ? done : part;
        if (part < 0 && wait_on(&pipe->write_queue, &pipe->mutex, NANOS_NEVER) == -EINTR)
            return done > 0 ? done : -ERESTARTSYS;
    }
}

static long pipe_write(struct file *file, struct iter *from, uint64_t *position)
{
    struct pipe *pipe = pipe_of(file);

    (void)position;
    if (from->left == 0)
        return 0;
    mutex_lock(&pipe->mutex);
    long done = write_until_done(file, pipe, from);
    mutex_unlock(&pipe->mutex);
    return done;
}

/* ---- poll, ioctl, size ------------------------------------------------------------------- */

static uint32_t pipe_poll(struct file *file, struct poll_table *table)
{
    struct pipe *pipe = pipe_of(file);
    uint32_t ready = 0;

    mutex_lock(&pipe->mutex);
    if (file_readable(file)) {
        poll_add(table, &pipe->read_queue);
        if (pipe->head != pipe->tail)
            ready |= POLLIN | POLLRDNORM;
        if (pipe->writers == 0 && pipe->writer_opens != file->position)
            ready |= POLLHUP;
    }
    if (file_writable(file)) {
        poll_add(table, &pipe->write_queue);
        if (pipe_ring_room(pipe) >= PIPE_BUF)
            ready |= POLLOUT | POLLWRNORM;
        if (pipe->readers == 0)
            ready |= POLLERR;
    }
    mutex_unlock(&pipe->mutex);
    return ready;
}

static long pipe_ioctl(struct file *file, uint32_t command, uint64_t argument)
{
    struct pipe *pipe = pipe_of(file);

    if (command != FIONREAD)
        return -ENOTTY;
    mutex_lock(&pipe->mutex);
    int32_t used = (int32_t)pipe_ring_used(pipe);
    mutex_unlock(&pipe->mutex);
    return user_write(uaddr(argument), &used, sizeof(used));
}

bool file_is_pipe(const struct file *file)
{
    return file->ops == &read_end_ops || file->ops == &write_end_ops || file->ops == &both_ends_ops;
}

long pipe_size(struct file *file) { return (long)pipe_of(file)->page_count * (long)PAGE_BYTES; }

long pipe_set_size(struct file *file, uint64_t bytes)
{
    struct pipe *pipe = pipe_of(file);
    uint64_t pages = (bytes + PAGE_BYTES - 1) / PAGE_BYTES;

    if (bytes > INT32_MAX || bytes == 0)
        return -EINVAL;
    if (pages > PIPE_PAGES_MAX)
        return -EPERM;
    mutex_lock(&pipe->mutex);
    long status = pipe_ring_resize(pipe, 1u << bits_log2_ceil(pages));
    if (status > 0)
        wake_all(&pipe->write_queue);
    mutex_unlock(&pipe->mutex);
    return status;
}

/* ---- open and release -------------------------------------------------------------------- */

static void release_end(struct pipe *pipe, bool reads, bool writes)
{
    mutex_lock(&pipe->mutex);
    pipe->readers -= reads;
    pipe->writers -= writes;
    if (pipe->readers == 0 && pipe->writers == 0)
        pipe_ring_skip(pipe, pipe_ring_used(pipe)); /* a FIFO that nobody has open forgets */
    wake_all(&pipe->read_queue);
    wake_all(&pipe->write_queue);
    mutex_unlock(&pipe->mutex);
    pipe_ring_put(pipe);
}

static void pipe_release(struct file *file)
{
    release_end(pipe_of(file), file_readable(file), file_writable(file));
}

int pipe_create(uint32_t flags, struct file *ends[2])
{
    struct pipe *pipe = pipe_ring_create();
    int error = -ENOMEM;

    if (!pipe)
        return -ENOMEM;
    struct inode *inode = inode_create(&pipe_mount, S_IFIFO | 0600);
    if (!inode) {
        pipe_ring_put(pipe);
        return -ENOMEM;
    }
    /* Like a FIFO's inode it keeps the pipe, so that /proc/PID/fd/N can be opened again. */
    inode->ops = &pipe_inode_ops;
    inode->file_ops = &fifo_file_ops;
    inode->pipe = pipe;
    pipe->refs = 3;
    pipe->readers = pipe->writers = 1;
    pipe->reader_opens = pipe->writer_opens = 1;
    ends[0] = file_create(inode, NULL, O_RDONLY | flags, &read_end_ops, pipe, &error);
    ends[1] =
        ends[0] ? file_create(inode, NULL, O_WRONLY | flags, &write_end_ops, pipe, &error) : NULL;
    if (!ends[1])
        release_end(pipe, false, true);
    if (!ends[0])
        release_end(pipe, true, false);
    else if (!ends[1])
        file_put(ends[0]);
    inode_put(inode);
    return ends[1] ? 0 : error;
}

/* The pipe behind a FIFO inode lives as long as the inode. */
static struct pipe *fifo_pipe(struct inode *inode)
{
    mutex_lock(&inode->mutex);
    if (!inode->pipe) {
        inode->pipe = pipe_ring_create();
    }
    struct pipe *pipe = inode->pipe;
    mutex_unlock(&inode->mutex);
    return pipe;
}

/* Waits until the other side has been opened since now. Caller holds the mutex. */
static int wait_for_peer(struct pipe *pipe, struct waitqueue *queue, const uint32_t *opens,
                         const uint32_t *present)
{
    uint32_t seen = *opens;

    while (*present == 0 && *opens == seen) {
        if (wait_on(queue, &pipe->mutex, NANOS_NEVER) == -EINTR)
            return -ERESTARTSYS;
    }
    return 0;
}

/* A pipe without a name had both sides from the start: opening it again waits for nobody. */
static bool is_named(const struct file *file) { return file->inode->ops != &pipe_inode_ops; }

static int open_locked(struct file *file, struct pipe *pipe)
{
    bool reads = file_readable(file), writes = file_writable(file), named = is_named(file);

    if (named && writes && !reads && pipe->readers == 0 && file_nonblocking(file))
        return -ENXIO;
    /* A FIFO that no writer has opened yet is not at its end: poll compares this count. */
    file->position = named && pipe->writers == 0 ? pipe->writer_opens : UINT64_MAX;
    pipe->readers += reads;
    pipe->writers += writes;
    pipe->reader_opens += reads;
    pipe->writer_opens += writes;
    __atomic_fetch_add(&pipe->refs, 1, __ATOMIC_RELAXED);
    wake_all(&pipe->read_queue);
    wake_all(&pipe->write_queue);
    if (!named || (reads && writes))
        return 0;
    if (reads && !file_nonblocking(file))
        return wait_for_peer(pipe, &pipe->read_queue, &pipe->writer_opens, &pipe->writers);
    if (writes)
        return wait_for_peer(pipe, &pipe->write_queue, &pipe->reader_opens, &pipe->readers);
    return 0;
}

static int fifo_open(struct file *file)
{
    struct pipe *pipe = fifo_pipe(file->inode);

    if (!pipe)
        return -ENOMEM;
    file->private = pipe;
    file->ops = file_readable(file) ? (file_writable(file) ? &both_ends_ops : &read_end_ops)
                                    : &write_end_ops;
    mutex_lock(&pipe->mutex);
    int status = open_locked(file, pipe);
    mutex_unlock(&pipe->mutex);
    if (status == -ERESTARTSYS)
        pipe_release(file);
    return status;
}

void fifo_destroy(struct inode *inode)
{
    if (inode->pipe)
        pipe_ring_put(inode->pipe);
}

/* ---- for the server's own threads ---------------------------------------------------------- */

long pipe_read_now(struct file *file, void *to, size_t bytes)
{
    struct pipe *pipe = pipe_of(file);
    struct iter iter = iter_of_memory(to, bytes);

    mutex_lock(&pipe->mutex);
    long done = read_some(pipe, &iter);
    mutex_unlock(&pipe->mutex);
    return done;
}

long pipe_write_now(struct file *file, const void *from, size_t bytes)
{
    struct pipe *pipe = pipe_of(file);
    struct iter iter = iter_of_memory((void *)(uintptr_t)from, bytes);

    mutex_lock(&pipe->mutex);
    long done = pipe->readers == 0 ? -EPIPE : -EAGAIN;
    if (pipe->readers > 0 && pipe_ring_room(pipe) > 0 && !pipe->reserved) {
        done = pipe_ring_fill(pipe, &iter);
        wake_all(&pipe->read_queue);
    }
    mutex_unlock(&pipe->mutex);
    return done;
}

struct waitqueue *pipe_read_queue(struct file *file) { return &pipe_of(file)->read_queue; }

struct waitqueue *pipe_write_queue(struct file *file) { return &pipe_of(file)->write_queue; }

static const struct file_ops read_end_ops = {
    .read = pipe_read,
    .poll = pipe_poll,
    .ioctl = pipe_ioctl,
    .release = pipe_release,
    .is_stream = true,
};

static const struct file_ops write_end_ops = {
    .write = pipe_write,
    .poll = pipe_poll,
    .ioctl = pipe_ioctl,
    .release = pipe_release,
    .is_stream = true,
    .splices_to = true,
};

static const struct file_ops both_ends_ops = {
    .read = pipe_read,
    .write = pipe_write,
    .poll = pipe_poll,
    .ioctl = pipe_ioctl,
    .release = pipe_release,
    .is_stream = true,
    .splices_to = true,
};

const struct file_ops fifo_file_ops = {.open = fifo_open, .is_stream = true};
