/*
 * sys_splice.c - splice, tee, vmsplice: through a pipe without a copy by the program. The server
 * copies, so what a program does later to memory that it gave to vmsplice is not seen.
 */
#include "servers/linux/pipe.h"
#include "servers/linux/sys.h"

#define SPLICE_F_NONBLOCK 2u
#define SPLICE_F_ALL      15u

struct splice {
    struct file *in;
    struct file *out;
    uint64_t *from; /* where in `in`; NULL: its own position */
    uint64_t *to;
    size_t count;
    bool nonblocking;
};

/* All that is in the pipe now, a page at a time; waits only for the first of it. */
static long pipe_to_file(struct splice *splice, void *buffer)
{
    long total = 0;

    while (splice->count > 0) {
        size_t bytes = splice->count < PAGE_BYTES ? splice->count : PAGE_BYTES;
        long there = pipe_borrow(splice->in, buffer, bytes, splice->nonblocking || total > 0);
        if (there <= 0)
            return total > 0 ? total : there;
        struct iter iter = iter_of_memory(buffer, (size_t)there);
        long done = file_write(splice->out, &iter, splice->to);
        pipe_give_back(splice->in, done > 0 ? (size_t)done : 0);
        if (done <= 0)
            return total > 0 ? total : done;
        total += done;
        splice->count -= (size_t)done;
        if (done < there)
            break;
    }
    return total;
}

/* As much of a regular file as there is room for; of other files what one read gives. */
static long fill_from_file(struct splice *splice, uint64_t *from, void *buffer)
{
    bool regular = S_ISREG(splice->in->inode->mode);
    long total = 0;

    while (splice->count > 0) {
        size_t bytes = splice->count < PAGE_BYTES ? splice->count : PAGE_BYTES;
        struct iter iter = iter_of_memory(buffer, bytes);
        long done = file_read(splice->in, &iter, from);
        if (done > 0)
            done = pipe_fill_reserved(splice->out, buffer, (size_t)done);
        if (done <= 0)
            return total > 0 ? total : done;
        total += done;
        splice->count -= (size_t)done;
        if (!regular)
            break;
    }
    return total;
}

static long file_to_pipe(struct splice *splice, void *buffer)
{
    struct file *in = splice->in;
    long room = pipe_reserve(splice->out, splice->nonblocking);

    if (room < 0)
        return room;
    if (splice->count > (size_t)room)
        splice->count = (size_t)room;
    long done;
    if (splice->from || in->ops->is_stream) {
        done = fill_from_file(splice, splice->from, buffer);
    } else {
        uint64_t from = file_position(in);
        done = fill_from_file(splice, &from, buffer);
        if (done > 0)
            file_set_position(in, from);
    }
    pipe_unreserve(splice->out);
    return done;
}

static long with_buffer(struct splice *splice, long (*move)(struct splice *splice, void *buffer))
{
    struct page *page = page_alloc_unzeroed();

    if (!page)
        return -ENOMEM;
    long done = move(splice, page_data(page));
    page_put(page);
    return done;
}

static long do_splice(struct splice *splice)
{
    struct file *in = splice->in, *out = splice->out;
    bool in_pipe = file_is_pipe(in), out_pipe = file_is_pipe(out);

    if (!file_readable(in) || !file_writable(out))
        return -EBADF;
    if (in_pipe && out_pipe) {
        bool nonblocking = splice->nonblocking || file_nonblocking(in) || file_nonblocking(out);
        return pipe_transfer(in, out, splice->count, nonblocking, false);
    }
    if (in_pipe) {
        if ((splice->to && out->ops->is_stream) || (splice->to && out->flags & O_APPEND) ||
            !out->ops->splices_to)
            return -EINVAL;
        splice->nonblocking |= file_nonblocking(in);
        return with_buffer(splice, pipe_to_file);
    }
    if (!out_pipe || (splice->from && in->ops->is_stream) || !in->ops->splices_from)
        return -EINVAL;
    splice->nonblocking |= file_nonblocking(out);
    return with_buffer(splice, file_to_pipe);
}

/* 0, or why not: a pipe has no positions. */
static int read_position(const struct file *file, uint64_t address, uint64_t *position)
{
    if (address == 0)
        return 0;
    if (file_is_pipe(file))
        return -ESPIPE;
    if (user_read(position, uaddr(address), sizeof(*position)) < 0)
        return -EFAULT;
    return (int64_t)*position < 0 ? -EINVAL : 0;
}

static long splice_files(struct splice *splice, uint64_t from_address, uint64_t to_address)
{
    uint64_t from, to;
    int status = read_position(splice->in, from_address, &from);

    if (status == 0)
        status = read_position(splice->out, to_address, &to);
    if (status < 0)
        return status;
    splice->from = from_address ? &from : NULL;
    splice->to = to_address ? &to : NULL;
    long done = do_splice(splice);
    if (done == -EPIPE && file_is_pipe(splice->out))
        signal_send_current(SIGPIPE);
    if (done < 0)
        return done;
    if (from_address && user_write(uaddr(from_address), &from, sizeof(from)) < 0)
        return -EFAULT;
    if (to_address && user_write(uaddr(to_address), &to, sizeof(to)) < 0)
        return -EFAULT;
    return done;
}

static void put_both(struct file *a, struct file *b)
{
    if (a)
        file_put(a);
    if (b)
        file_put(b);
}

SYSCALL(splice)
{
    struct splice splice = {.count = args[4] < RW_MAX ? args[4] : RW_MAX,
                            .nonblocking = args[5] & SPLICE_F_NONBLOCK};
    long done = -EBADF;

    if (args[4] == 0)
        return 0;
    if ((uint32_t)args[5] & ~SPLICE_F_ALL)
        return -EINVAL;
    splice.in = fd_file(arg_int(args[0]));
    splice.out = fd_file(arg_int(args[2]));
    if (splice.in && splice.out)
        done = splice_files(&splice, args[1], args[3]);
    put_both(splice.in, splice.out);
    return done;
}

static long do_tee(struct file *in, struct file *out, size_t count, uint32_t flags)
{
    if (!file_readable(in) || !file_writable(out))
        return -EBADF;
    if (!file_is_pipe(in) || !file_is_pipe(out))
        return -EINVAL;
    bool nonblocking = flags & SPLICE_F_NONBLOCK || file_nonblocking(in) || file_nonblocking(out);
    long done = pipe_transfer(in, out, count, nonblocking, true);
    if (done == -EPIPE)
        signal_send_current(SIGPIPE);
    return done;
}

SYSCALL(tee)
{
    long done = -EBADF;

    if ((uint32_t)args[3] & ~SPLICE_F_ALL)
        return -EINVAL;
    if (args[2] == 0)
        return 0;
    struct file *in = fd_file(arg_int(args[0]));
    struct file *out = fd_file(arg_int(args[1]));
    if (in && out)
        done = do_tee(in, out, args[2] < RW_MAX ? args[2] : RW_MAX, (uint32_t)args[3]);
    put_both(in, out);
    return done;
}

/* Into a pipe as far as there is room, or out of it. */
static long splice_memory(struct file *pipe, struct iter *iter, bool nonblocking)
{
    if (iter->left == 0)
        return 0;
    return file_readable(pipe) ? pipe_read_piece(pipe, iter, nonblocking)
                               : pipe_write_piece(pipe, iter, nonblocking);
}

SYSCALL(vmsplice)
{
    struct iovec_copy copy;
    uint32_t flags = (uint32_t)args[3];

    if (flags & ~SPLICE_F_ALL)
        return -EINVAL;
    struct file *pipe = fd_file(arg_int(args[0]));
    if (!pipe)
        return -EBADF;
    long done = file_is_pipe(pipe) ? iovec_read(&copy, uaddr(args[1]), args[2]) : -EBADF;
    if (done == 0) {
        struct iter iter = iter_of_vector(copy.vector, (unsigned)args[2], copy.total);
        done = splice_memory(pipe, &iter, flags & SPLICE_F_NONBLOCK || file_nonblocking(pipe));
        iovec_free(&copy);
        if (done == -EPIPE)
            signal_send_current(SIGPIPE);
    }
    file_put(pipe);
    return done;
}
