/*
 * sys_copy.c - from file to file inside the server: sendfile, copy_file_range.
 *
 * Files with pages are written out of their pages, without a copy in between; the rest goes through
 * one page.
 */
#include "servers/linux/sys.h"

static long put(struct file *out, struct iter *iter, uint64_t *to)
{
    return out->ops->splices_to ? file_write(out, iter, to) : -EINVAL;
}

/* Up to a page from `in` at *from into `out`. 0 at the end of `in`. */
static long copy_from_page(struct file *in, uint64_t from, struct file *out, uint64_t *to,
                           size_t bytes)
{
    uint64_t size = inode_size(in->inode);
    size_t offset = from % PAGE_BYTES;
    int error;

    if (from >= size)
        return 0;
    if (bytes > PAGE_BYTES - offset)
        bytes = PAGE_BYTES - offset;
    if (bytes > size - from)
        bytes = size - from;
    struct page *page = file_page(in, from >> PAGE_SHIFT, false, &error);
    if (!page)
        return error == -EFAULT ? 0 : error; /* truncated meanwhile */
    struct iter iter = iter_of_memory((char *)page_data(page) + offset, bytes);
    long done = put(out, &iter, to);
    page_put(page);
    return done;
}

static long copy_through_page(struct file *in, uint64_t from, struct file *out, uint64_t *to,
                              size_t bytes)
{
    struct page *page = page_alloc_unzeroed();

    if (!page)
        return -ENOMEM;
    struct iter reader = iter_of_memory(page_data(page), bytes < PAGE_BYTES ? bytes : PAGE_BYTES);
    long done = file_read(in, &reader, &from);
    if (done > 0) {
        struct iter writer = iter_of_memory(page_data(page), (size_t)done);
        done = put(out, &writer, to);
    }
    page_put(page);
    return done;
}

/* `to` NULL = out's own position. Advances *from. */
static long copy(struct file *in, uint64_t *from, struct file *out, uint64_t *to, size_t count)
{
    bool in_pages = in->ops->page && S_ISREG(in->inode->mode);
    long total = 0;

    while (count > 0) {
        size_t bytes = count < PAGE_BYTES ? count : PAGE_BYTES;
        long done = in_pages ? copy_from_page(in, *from, out, to, bytes)
                             : copy_through_page(in, *from, out, to, bytes);
        if (done <= 0)
            return total > 0 ? total : done;
        *from += (uint64_t)done;
        total += done;
        count -= (size_t)done;
        if (!call_may_go_on())
            break;
    }
    return total;
}

/* `from`: where in `in`, or NULL for its own position. Whether `out` takes bytes at all is found
   out with the first of them, as on Linux. */
static int check_files(const struct file *out, const struct file *in, const uint64_t *from)
{
    if (!in || !file_readable(in))
        return -EBADF;
    if (from && in->ops->is_stream)
        return -ESPIPE;
    if (from && (int64_t)*from < 0)
        return -EINVAL;
    if (!out || !file_writable(out))
        return -EBADF;
    return in->ops->is_stream || !in->ops->splices_from || (out->flags & O_APPEND) ? -EINVAL : 0;
}

static long send(struct file *out, struct file *in, uint64_t *from, size_t count)
{
    int status = check_files(out, in, from);

    if (status < 0)
        return status;
    if (from)
        return copy(in, from, out, NULL, count);
    uint64_t position = file_position(in);
    long done = copy(in, &position, out, NULL, count);
    if (done > 0)
        file_set_position(in, position);
    return done;
}

SYSCALL(sendfile)
{
    const size_t count = args[3] < RW_MAX ? args[3] : RW_MAX;
    uint64_t from;

    if (args[2] && user_read(&from, uaddr(args[2]), sizeof(from)) < 0)
        return -EFAULT;
    struct file *out = fd_file(arg_int(args[0]));
    struct file *in = fd_file(arg_int(args[1]));
    long done = send(out, in, args[2] ? &from : NULL, count);
    if (args[2] && user_write(uaddr(args[2]), &from, sizeof(from)) < 0)
        done = -EFAULT;
    if (out)
        file_put(out);
    if (in)
        file_put(in);
    return done;
}

struct copy_range {
    struct file *in;
    struct file *out;
    uint64_t from;
    uint64_t to;
    size_t count;
};

static int check_range(const struct copy_range *range)
{
    const struct inode *in = range->in->inode, *out = range->out->inode;

    if (S_ISDIR(in->mode) || S_ISDIR(out->mode))
        return -EISDIR;
    if (!S_ISREG(in->mode) || !S_ISREG(out->mode))
        return -EINVAL;
    if (!file_readable(range->in) || !file_writable(range->out) || (range->out->flags & O_APPEND))
        return -EBADF;
    if (!range->in->ops->splices_from || !range->out->ops->splices_to)
        return -EINVAL;
    if ((int64_t)range->from < 0 || (int64_t)range->to < 0)
        return -EINVAL;
    if (in == out && range->from < range->to + range->count &&
        range->to < range->from + range->count)
        return -EINVAL;
    return 0;
}

static long copy_range(struct copy_range *range, uint64_t from_address, uint64_t to_address)
{
    range->from = file_position(range->in);
    range->to = file_position(range->out);
    if (from_address && user_read(&range->from, uaddr(from_address), sizeof(range->from)) < 0)
        return -EFAULT;
    if (to_address && user_read(&range->to, uaddr(to_address), sizeof(range->to)) < 0)
        return -EFAULT;
    int status = check_range(range);
    if (status < 0)
        return status;
    long done = copy(range->in, &range->from, range->out, &range->to, range->count);
    if (done <= 0)
        return done;
    if (!from_address)
        file_set_position(range->in, range->from);
    else if (user_write(uaddr(from_address), &range->from, sizeof(range->from)) < 0)
        return -EFAULT;
    if (!to_address)
        file_set_position(range->out, range->to);
    else if (user_write(uaddr(to_address), &range->to, sizeof(range->to)) < 0)
        return -EFAULT;
    return done;
}

SYSCALL(copy_file_range)
{
    struct copy_range range = {
        .in = fd_file(arg_int(args[0])),
        .out = fd_file(arg_int(args[2])),
        .count = args[4] < RW_MAX ? args[4] : RW_MAX,
    };
    long done = -EBADF;

    if (range.in && range.out)
        done = args[5] ? -EINVAL : copy_range(&range, args[1], args[3]);
    if (range.in)
        file_put(range.in);
    if (range.out)
        file_put(range.out);
    return done;
}
