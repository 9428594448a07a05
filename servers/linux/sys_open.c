/*
 * sys_open.c - open, close, pipes: calls that make and end descriptors.
 */
#include "servers/linux/eventfd.h"
#include "servers/linux/pipe.h"
#include "servers/linux/sys.h"

#define TMPFILE_BIT (O_TMPFILE & ~O_DIRECTORY)

static long open_at(int dirfd, uint64_t address, uint32_t flags, uint32_t mode, unsigned walk_flags)
{
    struct at_path at;
    int error;

    bool unnamed = (flags & TMPFILE_BIT) && !(flags & O_PATH);

    if (unnamed &&
        ((flags & O_TMPFILE) != O_TMPFILE || (flags & O_CREAT) || (flags & O_ACCMODE) == O_RDONLY))
        return -EINVAL;
    if ((flags & O_CREAT) && (flags & O_DIRECTORY) && !(flags & O_PATH))
        return -EINVAL;
    error = walk_flags & WALK_IN_ROOT ? at_path_read_below(&at, dirfd, address)
                                      : at_path_read(&at, dirfd, address);
    if (error < 0)
        return error;
    flags |= O_LARGEFILE;
    struct file *file =
        unnamed ? vfs_open_unnamed(at.start, at.path.text, flags, mode, walk_flags, &error)
                : vfs_open(at.start, at.path.text, flags, mode, walk_flags, &error);
    at_path_end(&at);
    if (!file)
        return error;
    return fd_install_or_put(file, flags & O_CLOEXEC);
}

SYSCALL(open) { return open_at(AT_FDCWD, args[0], (uint32_t)args[1], (uint32_t)args[2], 0); }

SYSCALL(openat)
{
    return open_at(arg_int(args[0]), args[1], (uint32_t)args[2], (uint32_t)args[3], 0);
}

SYSCALL(creat)
{
    return open_at(AT_FDCWD, args[0], O_CREAT | O_WRONLY | O_TRUNC, (uint32_t)args[1], 0);
}

/* ---- openat2 ----------------------------------------------------------------------------------
 */

struct linux_open_how {
    uint64_t flags;
    uint64_t mode;
    uint64_t resolve;
};

#define FLAGS_KNOWN                                                                                \
    (O_ACCMODE | O_CREAT | O_EXCL | O_NOCTTY | O_TRUNC | O_APPEND | O_NONBLOCK | O_SYNC | FASYNC | \
     O_DIRECT | O_LARGEFILE | O_DIRECTORY | O_NOFOLLOW | O_NOATIME | O_CLOEXEC | O_PATH |          \
     O_TMPFILE)
#define FLAGS_WITH_PATH (O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
#define MODE_BITS       07777u

/* Unlike open(2) it refuses what it does not know, or what would have no effect. */
static int check_how(const struct linux_open_how *how)
{
    const bool creates = how->flags & (O_CREAT | TMPFILE_BIT);

    if ((how->flags & ~(uint64_t)FLAGS_KNOWN) || how->resolve >= 2 * RESOLVE_CACHED ||
        (how->mode & ~(uint64_t)(creates ? MODE_BITS : 0)))
        return -EINVAL;
    if ((how->resolve & RESOLVE_BENEATH) && (how->resolve & RESOLVE_IN_ROOT))
        return -EINVAL;
    if ((how->flags & O_PATH) && (how->flags & ~(uint64_t)FLAGS_WITH_PATH))
        return -EINVAL;
    if ((how->resolve & RESOLVE_CACHED) && (how->flags & (O_TRUNC | O_CREAT | TMPFILE_BIT)))
        return -EAGAIN;
    return 0;
}

/* RESOLVE_CACHED asks for no waiting: all names are in memory here. */
static unsigned walk_flags_of(uint64_t resolve)
{
    static const struct {
        uint64_t resolve;
        unsigned walk;
    } of[] = {{RESOLVE_NO_XDEV, WALK_NO_MOUNTS},
              {RESOLVE_NO_MAGICLINKS, WALK_NO_JUMPS},
              {RESOLVE_NO_SYMLINKS, WALK_NO_LINKS},
              {RESOLVE_BENEATH, WALK_BENEATH},
              {RESOLVE_IN_ROOT, WALK_IN_ROOT}};
    unsigned walk = 0;

    for (unsigned i = 0; i < ARRAY_LENGTH(of); i++)
        walk |= resolve & of[i].resolve ? of[i].walk : 0;
    return walk;
}

SYSCALL(openat2)
{
    struct linux_open_how how;

    if (args[3] < sizeof(how))
        return -EINVAL;
    if (args[3] > PAGE_BYTES)
        return -E2BIG;
    int error = user_read_versioned(&how, sizeof(how), args[2], args[3]);
    if (error == 0)
        error = check_how(&how);
    if (error < 0)
        return error;
    return open_at(arg_int(args[0]), args[1], (uint32_t)how.flags, (uint32_t)how.mode,
                   walk_flags_of(how.resolve));
}

SYSCALL(close)
{
    struct file *file = fd_take(arg_int(args[0]));

    if (!file)
        return -EBADF;
    file_put(file);
    return 0;
}

/* CLOSE_RANGE_UNSHARE: a table of our own first. */
static int unshare_files(void)
{
    struct context *context = context_current();

    if (__atomic_load_n(&context->files->refs, __ATOMIC_ACQUIRE) == 1)
        return 0;
    struct fd_table *own = fd_table_clone(context->files);
    if (!own)
        return -ENOMEM;
    fd_table_put(context->files);
    context->files = own;
    return 0;
}

SYSCALL(close_range)
{
    uint32_t first = (uint32_t)args[0], last = (uint32_t)args[1], flags = (uint32_t)args[2];
    int status = 0;

    if (first > last || (flags & ~(uint32_t)(CLOSE_RANGE_UNSHARE | CLOSE_RANGE_CLOEXEC)))
        return -EINVAL;
    if (flags & CLOSE_RANGE_UNSHARE)
        status = unshare_files();
    if (status < 0 || first > INT32_MAX)
        return status;
    struct fd_table *table = context_current()->files;
    for (int fd = fd_table_next(table, (int)first); fd >= 0 && (uint32_t)fd <= last;
         fd = fd_table_next(table, fd + 1)) {
        if (flags & CLOSE_RANGE_CLOEXEC) {
            fd_table_mark(table, fd, true);
            continue;
        }
        struct file *file = fd_take(fd);
        if (file)
            file_put(file);
        call_must_go_on();
    }
    return 0;
}

static long install_pipe(struct file *ends[2], uaddr_t to, bool close_on_exec)
{
    int32_t fds[2];

    fds[0] = fd_install(ends[0], 0, close_on_exec);
    if (fds[0] < 0)
        goto put_both;
    fds[1] = fd_install(ends[1], 0, close_on_exec);
    if (fds[1] < 0) {
        file_put(fd_take(fds[0]));
        file_put(ends[1]);
        return fds[1];
    }
    if (user_write(to, fds, sizeof(fds)) == 0)
        return 0;
    file_put(fd_take(fds[0]));
    file_put(fd_take(fds[1]));
    return -EFAULT;
put_both:
    file_put(ends[0]);
    file_put(ends[1]);
    return fds[0];
}

static long new_pipe(uint64_t to, uint32_t flags)
{
    struct file *ends[2];

    if (flags & ~(uint32_t)(O_CLOEXEC | O_NONBLOCK))
        return -EINVAL;
    int status = pipe_create(flags & O_NONBLOCK, ends);
    return status < 0 ? status : install_pipe(ends, uaddr(to), flags & O_CLOEXEC);
}

SYSCALL(pipe) { return new_pipe(args[0], 0); }

SYSCALL(pipe2) { return new_pipe(args[0], (uint32_t)args[1]); }

static long new_eventfd(uint32_t initial, uint32_t flags)
{
    int error;

    if (flags & ~(uint32_t)(EFD_SEMAPHORE | O_CLOEXEC | O_NONBLOCK))
        return -EINVAL;
    struct file *file = eventfd_create(initial, flags & EFD_SEMAPHORE, flags & O_NONBLOCK, &error);
    return file ? fd_install_or_put(file, flags & O_CLOEXEC) : error;
}

SYSCALL(eventfd) { return new_eventfd((uint32_t)args[0], 0); }

SYSCALL(eventfd2) { return new_eventfd((uint32_t)args[0], (uint32_t)args[1]); }
