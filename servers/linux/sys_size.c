/*
 * sys_size.c - size, reservation, durability, advice.
 */
#include "servers/linux/inotify.h"
#include "servers/linux/sys.h"

#define ADVICE_MAX 5 /* POSIX_FADV_NOREUSE */

SYSCALL(truncate)
{
    struct dentry *dentry;
    struct inode *inode;

    if ((int64_t)args[1] < 0)
        return -EINVAL;
    long status = at_place(AT_FDCWD, args[0], 0, &dentry, &inode);
    if (status < 0)
        return status;
    if (S_ISDIR(inode->mode))
        status = -EISDIR;
    else if (!S_ISREG(inode->mode))
        status = -EINVAL;
    else
        status = inode_permission(inode, W_OK);
    if (status == 0)
        status = inode_claim_write(inode);
    if (status == 0) {
        status = inode_resize(inode, args[1]);
        inode_release_write(inode);
    }
    at_place_end(dentry, inode, status < 0 ? 0 : IN_MODIFY);
    return status;
}

SYSCALL(ftruncate)
{
    struct file *file = fd_file(arg_int(args[0]));
    long status = -EINVAL;

    if (!file)
        return -EBADF;
    if ((int64_t)args[1] >= 0 && S_ISREG(file->inode->mode) && file_writable(file))
        status = inode_resize(file->inode, args[1]);
    if (status == 0 && inotify_active())
        inotify_file(file, IN_MODIFY);
    file_put(file);
    return status;
}

static long allocate(struct file *file, int mode, int64_t offset, int64_t length)
{
    int64_t end;

    if (offset < 0 || length <= 0)
        return -EINVAL;
    if ((mode & FALLOC_FL_PUNCH_HOLE) && !(mode & FALLOC_FL_KEEP_SIZE))
        return -EOPNOTSUPP;
    if (!file_writable(file))
        return -EBADF;
    if (S_ISFIFO(file->inode->mode))
        return -ESPIPE;
    if (S_ISDIR(file->inode->mode))
        return -EISDIR;
    if (!S_ISREG(file->inode->mode))
        return -ENODEV;
    if (__builtin_add_overflow(offset, length, &end))
        return -EFBIG;
    if (!(mode & FALLOC_FL_KEEP_SIZE) && (uint64_t)end > process_limit(RLIMIT_FSIZE)) {
        signal_send_current(SIGXFSZ);
        return -EFBIG;
    }
    if (!file->ops->allocate)
        return -EOPNOTSUPP;
    return file->ops->allocate(file, mode, (uint64_t)offset, (uint64_t)length);
}

SYSCALL(fallocate)
{
    struct file *file = fd_file(arg_int(args[0]));

    if (!file)
        return -EBADF;
    long status = allocate(file, arg_int(args[1]), (int64_t)args[2], (int64_t)args[3]);
    file_put(file);
    return status;
}

static long sync_file(int fd)
{
    struct file *file = fd_file(fd);

    if (!file)
        return -EBADF;
    long status = file->ops->sync ? file->ops->sync(file) : -EINVAL;
    file_put(file);
    return status;
}

SYSCALL(fsync) { return sync_file(arg_int(args[0])); }

SYSCALL(fdatasync) { return sync_file(arg_int(args[0])); }

/* Everything is in memory, so everything is as durable as it will be. */
SYSCALL(sync)
{
    (void)args;
    return 0;
}

SYSCALL(syncfs)
{
    struct file *file = fd_file(arg_int(args[0]));

    if (!file)
        return -EBADF;
    file_put(file);
    return 0;
}

SYSCALL(sync_file_range)
{
    struct file *file = fd_file(arg_int(args[0]));
    long status = 0;

    if (!file)
        return -EBADF;
    if ((int64_t)args[1] < 0 || (int64_t)args[2] < 0 || args[3] > 7)
        status = -EINVAL;
    else if (!S_ISREG(file->inode->mode) && !S_ISDIR(file->inode->mode))
        status = -ESPIPE;
    file_put(file);
    return status;
}

/* Advice about a cache that is the file itself: checked, then nothing to do. */
SYSCALL(fadvise64)
{
    struct file *file = fd_file(arg_int(args[0]));
    long status = 0;

    if (!file)
        return -EBADF;
    if (S_ISFIFO(file->inode->mode))
        status = -ESPIPE;
    else if (args[3] > ADVICE_MAX || (int64_t)args[2] < 0)
        status = -EINVAL;
    file_put(file);
    return status;
}

SYSCALL(readahead)
{
    struct file *file = fd_file(arg_int(args[0]));

    if (!file)
        return -EBADF;
    long status = !file_readable(file) ? -EBADF : S_ISREG(file->inode->mode) ? 0 : -EINVAL;
    file_put(file);
    return status;
}
