/*
 * sys_rw.c - read, write and their vector and positioned forms.
 */
#include "servers/linux/sys.h"

#define RWF_KNOWN (RWF_HIPRI | RWF_DSYNC | RWF_SYNC | RWF_APPEND)

typedef long transfer_t(struct file *file, struct iter *iter, uint64_t *position);

static size_t trim(uint64_t count) { return count < RW_MAX ? count : RW_MAX; }

SYSCALL(read)
{
    struct fd_use use = fd_use(arg_int(args[0]));
    struct iter to = iter_of_user(args[1], trim(args[2]));

    if (!use.file)
        return -EBADF;
    long done = file_read(use.file, &to, NULL);
    fd_done(use);
    return done;
}

SYSCALL(write)
{
    struct fd_use use = fd_use(arg_int(args[0]));
    struct iter from = iter_of_user(args[1], trim(args[2]));

    if (!use.file)
        return -EBADF;
    long done = file_write(use.file, &from, NULL);
    fd_done(use);
    return done;
}

/* At a position of its own, in any file that has positions. */
static long positioned(int fd, struct iter *iter, uint64_t position, transfer_t *transfer)
{
    if ((int64_t)position < 0)
        return -EINVAL;
    struct fd_use use = fd_use(fd);
    if (!use.file)
        return -EBADF;
    long done = use.file->ops->is_stream ? -ESPIPE : transfer(use.file, iter, &position);
    fd_done(use);
    return done;
}

SYSCALL(pread64)
{
    struct iter to = iter_of_user(args[1], trim(args[2]));
    return positioned(arg_int(args[0]), &to, args[3], file_read);
}

SYSCALL(pwrite64)
{
    struct iter from = iter_of_user(args[1], trim(args[2]));
    return positioned(arg_int(args[0]), &from, args[3], file_write);
}

/* The file's own position if `position` is -1 (preadv2's convention). */
static long vectored(const uint64_t args[6], uint64_t position, transfer_t *transfer)
{
    struct iovec_copy copy;
    struct fd_use use = fd_use(arg_int(args[0]));

    if (!use.file)
        return -EBADF;
    long done = iovec_read(&copy, uaddr(args[1]), args[2]);
    if (done == 0) {
        struct iter iter = iter_of_vector(copy.vector, (unsigned)args[2], copy.total);
        if (position == UINT64_MAX)
            done = transfer(use.file, &iter, NULL);
        else if (use.file->ops->is_stream)
            done = -ESPIPE;
        else
            done = transfer(use.file, &iter, &position);
        iovec_free(&copy);
    }
    fd_done(use);
    return done;
}

SYSCALL(readv) { return vectored(args, UINT64_MAX, file_read); }

SYSCALL(writev) { return vectored(args, UINT64_MAX, file_write); }

SYSCALL(preadv) { return (int64_t)args[3] < 0 ? -EINVAL : vectored(args, args[3], file_read); }

SYSCALL(pwritev) { return (int64_t)args[3] < 0 ? -EINVAL : vectored(args, args[3], file_write); }

static long check_v2(const uint64_t args[6])
{
    if ((int64_t)args[3] < -1)
        return -EINVAL;
    /* Everything is in memory: the flags about devices hold already. */
    return args[5] & ~(uint64_t)RWF_KNOWN ? -EOPNOTSUPP : 0;
}

SYSCALL(preadv2)
{
    long status = check_v2(args);
    return status < 0 ? status : vectored(args, args[3], file_read);
}

/* At the end, wherever the position is; which follows if it is the file's own. */
static long append(struct file *file, struct iter *from, uint64_t *position)
{
    uint64_t at = FILE_POSITION_END;
    long done = file_write(file, from, &at);

    if (done > 0 && !position && !file->ops->is_stream)
        file_set_position(file, at);
    return done;
}

SYSCALL(pwritev2)
{
    long status = check_v2(args);
    if (status < 0)
        return status;
    return vectored(args, args[3], args[5] & RWF_APPEND ? append : file_write);
}

SYSCALL(lseek)
{
    struct fd_use use = fd_use(arg_int(args[0]));
    struct file *file = use.file;

    if (!file)
        return -EBADF;
    int64_t position = -ESPIPE;
    if (file->ops->seek) {
        mutex_lock(&file->position_mutex);
        position = file->ops->seek(file, (int64_t)args[1], arg_int(args[2]));
        mutex_unlock(&file->position_mutex);
    }
    fd_done(use);
    return position;
}
