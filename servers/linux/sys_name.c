/*
 * sys_name.c - calls that make, move and remove names.
 */
#include "servers/linux/sys.h"

static long make_at(int dirfd, uint64_t address, uint32_t mode, uint32_t rdev, const char *text)
{
    struct at_path at;
    int status = at_path_read(&at, dirfd, address);

    if (status < 0)
        return status;
    status = vfs_create(at.start, at.path.text, mode, rdev, text);
    at_path_end(&at);
    return status;
}

static long mkdir_at(int dirfd, uint64_t path, uint64_t mode)
{
    return make_at(dirfd, path, S_IFDIR | (mode & (S_ISVTX | 0777)), 0, NULL);
}

SYSCALL(mkdir) { return mkdir_at(AT_FDCWD, args[0], args[1]); }

SYSCALL(mkdirat) { return mkdir_at(arg_int(args[0]), args[1], args[2]); }

static long mknod_at(int dirfd, uint64_t path, uint32_t mode, uint32_t rdev)
{
    switch (mode & S_IFMT) {
    case 0:
        mode |= S_IFREG;
        break;
    case S_IFREG:
    case S_IFIFO:
    case S_IFSOCK:
        break;
    case S_IFCHR:
    case S_IFBLK:
        return make_at(dirfd, path, mode & (S_IFMT | 07777), rdev, NULL);
    case S_IFDIR:
        return -EPERM;
    default:
        return -EINVAL;
    }
    return make_at(dirfd, path, mode & (S_IFMT | 07777), 0, NULL);
}

SYSCALL(mknod) { return mknod_at(AT_FDCWD, args[0], (uint32_t)args[1], (uint32_t)args[2]); }

SYSCALL(mknodat)
{
    return mknod_at(arg_int(args[0]), args[1], (uint32_t)args[2], (uint32_t)args[3]);
}

static long symlink_at(uint64_t target, int dirfd, uint64_t path)
{
    struct user_path text;
    long status = user_path_read(&text, target);

    if (status < 0)
        return status;
    status = text.text[0] == 0 ? -ENOENT : make_at(dirfd, path, S_IFLNK | 0777, 0, text.text);
    user_path_end(&text);
    return status;
}

SYSCALL(symlink) { return symlink_at(args[0], AT_FDCWD, args[1]); }

SYSCALL(symlinkat) { return symlink_at(args[0], arg_int(args[1]), args[2]); }

static long remove_at(int dirfd, uint64_t address, bool directory)
{
    struct at_path at;
    int status = at_path_read(&at, dirfd, address);

    if (status < 0)
        return status;
    status = vfs_remove(at.start, at.path.text, directory);
    at_path_end(&at);
    return status;
}

SYSCALL(unlink) { return remove_at(AT_FDCWD, args[0], false); }

SYSCALL(rmdir) { return remove_at(AT_FDCWD, args[0], true); }

SYSCALL(unlinkat)
{
    if (args[2] & ~(uint64_t)AT_REMOVEDIR)
        return -EINVAL;
    return remove_at(arg_int(args[0]), args[1], args[2] & AT_REMOVEDIR);
}

static long link_at(int old_dirfd, uint64_t old_path, int new_dirfd, uint64_t new_path, int flags)
{
    struct inode *old;
    struct at_path at;
    int follow = flags & AT_SYMLINK_FOLLOW ? 0 : AT_SYMLINK_NOFOLLOW;

    if (flags & ~(AT_SYMLINK_FOLLOW | AT_EMPTY_PATH))
        return -EINVAL;
    if (flags & AT_EMPTY_PATH && !current_has(CAP_DAC_READ_SEARCH))
        return -ENOENT;
    int status = at_inode(old_dirfd, old_path, follow | (flags & AT_EMPTY_PATH), &old);
    if (status < 0)
        return status;
    status = at_path_read(&at, new_dirfd, new_path);
    if (status == 0) {
        status = vfs_link(old, at.start, at.path.text);
        at_path_end(&at);
    }
    inode_put(old);
    return status;
}

SYSCALL(link) { return link_at(AT_FDCWD, args[0], AT_FDCWD, args[1], 0); }

SYSCALL(linkat)
{
    return link_at(arg_int(args[0]), args[1], arg_int(args[2]), args[3], arg_int(args[4]));
}

static long rename_at(int old_dirfd, uint64_t old_path, int new_dirfd, uint64_t new_path,
                      unsigned flags)
{
    struct at_path old, new;
    int status = at_path_read(&old, old_dirfd, old_path);

    if (status < 0)
        return status;
    status = at_path_read(&new, new_dirfd, new_path);
    if (status == 0) {
        status = vfs_rename(old.start, old.path.text, new.start, new.path.text, flags);
        at_path_end(&new);
    }
    at_path_end(&old);
    return status;
}

SYSCALL(rename) { return rename_at(AT_FDCWD, args[0], AT_FDCWD, args[1], 0); }

SYSCALL(renameat) { return rename_at(arg_int(args[0]), args[1], arg_int(args[2]), args[3], 0); }

SYSCALL(renameat2)
{
    return rename_at(arg_int(args[0]), args[1], arg_int(args[2]), args[3], (unsigned)args[4]);
}
