/*
 * sys_dir.c - working directory, root, umask, reading directories.
 */
#include <stdatomic.h>

#include "servers/linux/inotify.h"
#include "servers/linux/sys.h"

SYSCALL(getcwd)
{
    struct page *page = page_alloc_unzeroed();

    if (!page)
        return -ENOMEM;
    struct dentry *cwd = fs_cwd();
    long length = cwd->gone ? -ENOENT : dentry_path(cwd, page_data(page), PAGE_BYTES);
    dentry_put(cwd);
    if (length >= 0 && (uint64_t)length + 1 > args[1])
        length = -ERANGE;
    if (length >= 0) {
        length++;
        if (user_write(uaddr(args[0]), page_data(page), (size_t)length) < 0)
            length = -EFAULT;
    }
    page_put(page);
    return length;
}

static long enter_directory(struct dentry *dentry)
{
    if (!S_ISDIR(dentry->inode->mode))
        return -ENOTDIR;
    int status = inode_permission(dentry->inode, X_OK);
    if (status == 0)
        fs_set_cwd(dentry);
    return status;
}

SYSCALL(chdir)
{
    struct dentry *dentry;
    long status = at_dentry(AT_FDCWD, args[0], 0, &dentry);

    if (status < 0)
        return status;
    status = enter_directory(dentry);
    dentry_put(dentry);
    return status;
}

SYSCALL(fchdir)
{
    struct file *file = fd_file_or_path(arg_int(args[0]));

    if (!file)
        return -EBADF;
    long status = file->dentry ? enter_directory(file->dentry) : -ENOTDIR;
    file_put(file);
    return status;
}

SYSCALL(chroot)
{
    struct dentry *dentry;
    long status = at_dentry(AT_FDCWD, args[0], 0, &dentry);

    if (status < 0)
        return status;
    status = S_ISDIR(dentry->inode->mode) ? inode_permission(dentry->inode, X_OK) : -ENOTDIR;
    if (status == 0 && !current_has(CAP_SYS_CHROOT))
        status = -EPERM;
    if (status == 0)
        fs_set_root(dentry);
    dentry_put(dentry);
    return status;
}

SYSCALL(umask)
{
    struct fs_context *fs = context_current()->fs;
    return atomic_exchange(&fs->umask, (uint32_t)args[0] & 0777);
}

static long read_directory(struct file *file, struct dirent_sink *sink)
{
    if (!file_readable(file))
        return -EBADF;
    if (!file->ops->getdents)
        return -ENOTDIR;
    if (file->dentry->gone)
        return -ENOENT;
    mutex_lock(&file->position_mutex);
    int status = file->ops->getdents(file, sink);
    mutex_unlock(&file->position_mutex);
    if (inotify_active())
        inotify_file(file, IN_ACCESS);
    return sink->written > 0 ? (long)sink->written : status;
}

static long list(const uint64_t args[6], bool is_old)
{
    struct file *file = fd_file(arg_int(args[0]));
    struct dirent_sink sink = {.is_old = is_old, .at = args[1], .left = (uint32_t)args[2]};

    if (!file)
        return -EBADF;
    long result = read_directory(file, &sink);
    file_put(file);
    return result;
}

SYSCALL(getdents64) { return list(args, false); }

SYSCALL(getdents) { return list(args, true); }
