/*
 * sys_xattr.c - the calls of extended attributes.
 *
 * user.* on regular files and directories, trusted.* and security.* for the administrator, on tmpfs
 * (/dev and the root file system are); every other name space or file system says EOPNOTSUPP.
 */
#include "lib/base/string.h"
#include "servers/linux/exec_grant.h"
#include "servers/linux/sys.h"
#include "servers/linux/xattr.h"

enum intent { READS, WRITES };

/* Any of the three ways to name a file; counted. */
static int inode_of(uint64_t what, int flags, bool is_descriptor, struct inode **inode)
{
    if (!is_descriptor)
        return at_inode(AT_FDCWD, what, flags, inode);
    struct file *file = fd_file(arg_int(what));
    if (!file)
        return -EBADF;
    *inode = inode_get(file->inode);
    file_put(file);
    return 0;
}

static int read_name(char name[XATTR_NAME_MAX + 1], uint64_t address)
{
    long length = user_read_string(name, uaddr(address), XATTR_NAME_MAX + 1);

    if (length == -ENAMETOOLONG || length == 0)
        return -ERANGE;
    return length < 0 ? (int)length : 0;
}

static bool has_prefix(const char *name, const char *prefix)
{
    size_t length = strlen(prefix);
    return strlen(name) > length && memcmp(name, prefix, length) == 0;
}

static int check_user(const struct inode *inode, enum intent intent)
{
    if (!S_ISREG(inode->mode) && !S_ISDIR(inode->mode))
        return intent == WRITES ? -EPERM : -ENODATA;
    if (intent == WRITES && S_ISDIR(inode->mode) && (inode->mode & S_ISVTX) && !inode_owned(inode))
        return -EPERM;
    return inode_permission(inode, intent == WRITES ? W_OK : R_OK);
}

static bool is_capabilities(const char *name) { return strcmp(name, FILE_CAPABILITIES) == 0; }

static int check(const struct inode *inode, const char *name, enum intent intent)
{
    if (inode->mount->magic != TMPFS_MAGIC)
        return -EOPNOTSUPP;
    if (has_prefix(name, "user."))
        return check_user(inode, intent);
    if (has_prefix(name, "trusted."))
        return current_has(CAP_SYS_ADMIN) ? 0 : intent == WRITES ? -EPERM : -ENODATA;
    if (has_prefix(name, "security."))
        return intent == READS || current_has(is_capabilities(name) ? CAP_SETFCAP : CAP_SYS_ADMIN)
                   ? 0
                   : -EPERM;
    return -EOPNOTSUPP;
}

static long set_from(struct inode *inode, const char *name, const uint64_t args[6])
{
    size_t bytes = args[3];
    void *data = heap_alloc(bytes);

    if (!data)
        return -ENOMEM;
    int status = user_read(data, uaddr(args[2]), bytes);
    if (status == 0 && is_capabilities(name) && !file_capabilities_valid(data, bytes))
        status = -EINVAL;
    if (status == 0)
        status = check(inode, name, WRITES);
    if (status == 0)
        status = xattr_set(inode, name, data, bytes, arg_int(args[4]));
    heap_free(data);
    return status;
}

static long set_attribute(const uint64_t args[6], int flags, bool is_descriptor)
{
    char name[XATTR_NAME_MAX + 1];
    struct inode *inode;

    if ((uint32_t)args[4] > 2)
        return -EINVAL;
    long status = read_name(name, args[1]);
    if (status == 0 && args[3] > XATTR_SIZE_MAX)
        status = -E2BIG;
    if (status == 0)
        status = inode_of(args[0], flags, is_descriptor, &inode);
    if (status < 0)
        return status;
    status = set_from(inode, name, args);
    inode_put(inode);
    return status;
}

/* What `read` gives, through a buffer of the server, to the guest. */
typedef long read_t(struct inode *inode, const char *name, char *to, size_t room);

static long read_through(struct inode *inode, const char *name, uint64_t to, size_t room,
                         read_t *read)
{
    if (room == 0)
        return read(inode, name, NULL, 0);
    if (room > XATTR_SIZE_MAX)
        room = XATTR_SIZE_MAX;
    char *buffer = heap_alloc(room);
    if (!buffer)
        return -ENOMEM;
    long bytes = read(inode, name, buffer, room);
    if (bytes > 0 && user_write(uaddr(to), buffer, (size_t)bytes) < 0)
        bytes = -EFAULT;
    heap_free(buffer);
    return bytes;
}

static long read_value(struct inode *inode, const char *name, char *to, size_t room)
{
    return xattr_get(inode, name, to, room);
}

static long read_names(struct inode *inode, const char *name, char *to, size_t room)
{
    (void)name;
    return xattr_list(inode, to, room, current_has(CAP_SYS_ADMIN));
}

/* The name of an attribute, and who has it, counted. */
static long name_and_inode(const uint64_t args[6], int flags, bool is_descriptor,
                           char name[XATTR_NAME_MAX + 1], struct inode **inode)
{
    long status = read_name(name, args[1]);
    return status < 0 ? status : inode_of(args[0], flags, is_descriptor, inode);
}

static long get_attribute(const uint64_t args[6], int flags, bool is_descriptor)
{
    char name[XATTR_NAME_MAX + 1];
    struct inode *inode;
    long status = name_and_inode(args, flags, is_descriptor, name, &inode);

    if (status < 0)
        return status;
    status = check(inode, name, READS);
    if (status == 0)
        status = read_through(inode, name, args[2], args[3], read_value);
    inode_put(inode);
    return status;
}

static long list_attributes(const uint64_t args[6], int flags, bool is_descriptor)
{
    struct inode *inode;
    long status = inode_of(args[0], flags, is_descriptor, &inode);

    if (status < 0)
        return status;
    status = read_through(inode, NULL, args[1], args[2], read_names);
    inode_put(inode);
    return status;
}

static long remove_attribute(const uint64_t args[6], int flags, bool is_descriptor)
{
    char name[XATTR_NAME_MAX + 1];
    struct inode *inode;
    long status = name_and_inode(args, flags, is_descriptor, name, &inode);

    if (status < 0)
        return status;
    status = check(inode, name, WRITES);
    if (status == 0)
        status = xattr_remove(inode, name);
    inode_put(inode);
    return status;
}

#define XATTR_CALLS(name, function)                                                                \
    SYSCALL(name) { return function(args, 0, false); }                                             \
    SYSCALL(l##name) { return function(args, AT_SYMLINK_NOFOLLOW, false); }                        \
    SYSCALL(f##name) { return function(args, 0, true); }

XATTR_CALLS(setxattr, set_attribute)
XATTR_CALLS(getxattr, get_attribute)
XATTR_CALLS(listxattr, list_attributes)
XATTR_CALLS(removexattr, remove_attribute)
