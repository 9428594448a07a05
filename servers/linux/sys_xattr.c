/*
 * sys_xattr.c - extended attributes: there are none, and the calls say so the way a Linux file
 * system without them does (which ls and cp expect), after the path or descriptor was checked.
 */
#include "servers/linux/sys.h"

static long none_at(uint64_t path, int flags)
{
    struct inode *inode;
    int status = at_inode(AT_FDCWD, path, flags, &inode);

    if (status < 0)
        return status;
    inode_put(inode);
    return -EOPNOTSUPP;
}

static long none_of(int fd)
{
    struct file *file = fd_file(fd);

    if (!file)
        return -EBADF;
    file_put(file);
    return -EOPNOTSUPP;
}

#define XATTR_CALLS(name)                                                                          \
    SYSCALL(name) { return none_at(args[0], 0); }                                                  \
    SYSCALL(l##name) { return none_at(args[0], AT_SYMLINK_NOFOLLOW); }                             \
    SYSCALL(f##name) { return none_of(arg_int(args[0])); }

XATTR_CALLS(setxattr)
XATTR_CALLS(getxattr)
XATTR_CALLS(listxattr)
XATTR_CALLS(removexattr)
