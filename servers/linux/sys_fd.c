/*
 * sys_fd.c - calls on descriptors themselves: dup, fcntl, ioctl, flock.
 */
#include "servers/linux/flock.h"
#include "servers/linux/memfd.h"
#include "servers/linux/pipe.h"
#include "servers/linux/record_lock.h"
#include "servers/linux/sys.h"

SYSCALL(dup)
{
    struct file *file = fd_file_or_path(arg_int(args[0]));
    return file ? fd_install_or_put(file, false) : -EBADF;
}

static long replace(int old, int fd, bool close_on_exec)
{
    struct file *file = fd_file_or_path(old);

    if (!file)
        return -EBADF;
    int status = fd_replace(file, fd, close_on_exec);
    if (status < 0)
        file_put(file);
    return status;
}

SYSCALL(dup2)
{
    int old = arg_int(args[0]), fd = arg_int(args[1]);

    if (old != fd)
        return replace(old, fd, false);
    struct file *file = fd_file_or_path(old);
    if (!file)
        return -EBADF;
    file_put(file);
    return fd;
}

SYSCALL(dup3)
{
    if (arg_int(args[0]) == arg_int(args[1]) || (args[2] & ~(uint64_t)O_CLOEXEC))
        return -EINVAL;
    return replace(arg_int(args[0]), arg_int(args[1]), args[2] & O_CLOEXEC);
}

static long set_flags(struct file *file, uint32_t wanted)
{
    if ((wanted & O_NOATIME) && !inode_owned(file->inode))
        return -EPERM;
    file->flags = (file->flags & ~(uint32_t)FILE_FLAGS_SETTABLE) | (wanted & FILE_FLAGS_SETTABLE);
    return 0;
}

static long set_pipe_size(struct file *file, uint64_t bytes)
{
    return file_is_pipe(file) ? pipe_set_size(file, bytes) : -EBADF;
}

/* On any descriptor, O_PATH too. -ENOTTY: another command. */
static long descriptor_command(int fd, struct file *file, int command, uint64_t argument)
{
    struct fd_table *table = context_current()->files;
    long result;

    switch (command) {
    case F_DUPFD:
    case F_DUPFD_CLOEXEC:
        result = fd_install(file_get(file), arg_int(argument), command == F_DUPFD_CLOEXEC);
        if (result < 0)
            file_put(file);
        return result;
    case F_GETFD:
        return fd_table_closes_on_exec(table, fd) ? FD_CLOEXEC : 0;
    case F_SETFD:
        fd_table_mark(table, fd, argument & FD_CLOEXEC);
        return 0;
    case F_GETFL:
        return file->flags;
    default:
        return -ENOTTY;
    }
}

static long file_command(struct file *file, int command, uint64_t argument)
{
    switch (command) {
    case F_SETFL:
        return set_flags(file, (uint32_t)argument);
    case F_GETPIPE_SZ:
        return file_is_pipe(file) ? pipe_size(file) : -EBADF;
    case F_SETPIPE_SZ:
        return set_pipe_size(file, argument);
    case F_ADD_SEALS:
        return memfd_add_seals(file, argument);
    case F_GET_SEALS:
        return memfd_seals(file);
    case F_GETLK:
    case F_SETLK:
    case F_SETLKW:
    case F_OFD_GETLK:
    case F_OFD_SETLK:
    case F_OFD_SETLKW:
        return record_lock_command(file, command, argument);
    default:
        return -EINVAL;
    }
}

/* Who closes a descriptor drops the process's locks on the file, those that there are: one that
   comes while the descriptor goes must go as well. */
static void drop_locks_if_closed(int fd, struct file *file)
{
    struct file *now = fd_file_or_path(fd);

    if (now != file)
        record_locks_drop(file->inode, context_current()->files);
    if (now)
        file_put(now);
}

SYSCALL(fcntl)
{
    int fd = arg_int(args[0]), command = arg_int(args[1]);
    struct file *file = fd_file_or_path(fd);

    if (!file)
        return -EBADF;
    long result = descriptor_command(fd, file, command, args[2]);
    if (result == -ENOTTY)
        result = file->flags & O_PATH ? -EBADF : file_command(file, command, args[2]);
    if (result == 0 && (command == F_SETLK || command == F_SETLKW))
        drop_locks_if_closed(fd, file);
    file_put(file);
    return result;
}

static long set_nonblocking(struct file *file, uint64_t argument)
{
    int32_t on;

    if (user_read(&on, uaddr(argument), sizeof(on)) < 0)
        return -EFAULT;
    if (on)
        file->flags |= O_NONBLOCK;
    else
        file->flags &= ~(uint32_t)O_NONBLOCK;
    return 0;
}

/* FIONREAD of a regular file: what lies behind the position. */
static long bytes_behind(struct file *file, uint64_t argument)
{
    uint64_t size = inode_size(file->inode), position = file_position(file);
    int32_t left = size > position ? (int32_t)(size - position) : 0;
    return user_write(uaddr(argument), &left, sizeof(left));
}

SYSCALL(ioctl)
{
    struct file *file = fd_file(arg_int(args[0]));
    uint32_t command = (uint32_t)args[1];
    long result = 0;

    if (!file)
        return -EBADF;
    if (command == FIOCLEX || command == FIONCLEX)
        fd_table_mark(context_current()->files, arg_int(args[0]), command == FIOCLEX);
    else if (command == FIONBIO)
        result = set_nonblocking(file, args[2]);
    else if (command == FIONREAD && S_ISREG(file->inode->mode))
        result = bytes_behind(file, args[2]);
    else
        result = file->ops->ioctl ? file->ops->ioctl(file, command, args[2]) : -ENOTTY;
    file_put(file);
    return result;
}

SYSCALL(flock)
{
    struct file *file = fd_file(arg_int(args[0]));

    if (!file)
        return -EBADF;
    long result = flock_file(file, arg_int(args[1]));
    file_put(file);
    return result;
}
