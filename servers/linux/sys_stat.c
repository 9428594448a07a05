/*
 * sys_stat.c - what a file is: the stat family, access, readlink, statfs.
 */
#include "lib/base/string.h"
#include "servers/linux/dev.h"
#include "servers/linux/sys.h"

#define SECTORS_PER_PAGE (PAGE_BYTES / 512)

static uint64_t blocks_of(const struct inode *inode)
{
    bool has_pages = S_ISREG(inode->mode) && inode->mount->magic == TMPFS_MAGIC;
    return has_pages ? (uint64_t)inode->pages.page_count * SECTORS_PER_PAGE : 0;
}

static void refresh(struct inode *inode)
{
    if (inode->ops && inode->ops->refresh)
        inode->ops->refresh(inode);
}

static long put_stat(struct inode *inode, uint64_t to)
{
    refresh(inode);
    const struct inode_times times = inode_times_read(inode);
    struct linux_stat stat = {
        .st_dev = dev_make(0, inode->mount->device),
        .st_ino = inode->number,
        .st_nlink = inode->nlink,
        .st_mode = inode->mode,
        .st_uid = inode->uid,
        .st_gid = inode->gid,
        .st_rdev = inode->rdev,
        .st_size = (int64_t)inode_size(inode),
        .st_blksize = PAGE_BYTES,
        .st_blocks = (int64_t)blocks_of(inode),
        .st_atime_sec = times.accessed.tv_sec,
        .st_atime_nsec = times.accessed.tv_nsec,
        .st_mtime_sec = times.modified.tv_sec,
        .st_mtime_nsec = times.modified.tv_nsec,
        .st_ctime_sec = times.changed.tv_sec,
        .st_ctime_nsec = times.changed.tv_nsec,
    };
    return user_write(uaddr(to), &stat, sizeof(stat));
}

static long stat_at(int dirfd, uint64_t path, uint64_t to, int flags)
{
    struct inode *inode;

    if (flags & ~(AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT | AT_EMPTY_PATH))
        return -EINVAL;
    int status = at_inode(dirfd, path, flags, &inode);
    if (status < 0)
        return status;
    long result = put_stat(inode, to);
    inode_put(inode);
    return result;
}

SYSCALL(stat) { return stat_at(AT_FDCWD, args[0], args[1], 0); }

SYSCALL(lstat) { return stat_at(AT_FDCWD, args[0], args[1], AT_SYMLINK_NOFOLLOW); }

SYSCALL(newfstatat) { return stat_at(arg_int(args[0]), args[1], args[2], arg_int(args[3])); }

SYSCALL(fstat)
{
    struct file *file = fd_file_or_path(arg_int(args[0]));

    if (!file)
        return -EBADF;
    long result = put_stat(file->inode, args[1]);
    file_put(file);
    return result;
}

static struct linux_statx_timestamp statx_time(const struct linux_timespec *time)
{
    return (struct linux_statx_timestamp){.tv_sec = time->tv_sec,
                                          .tv_nsec = (uint32_t)time->tv_nsec};
}

static long put_statx(struct inode *inode, uint64_t to)
{
    refresh(inode);
    const struct inode_times times = inode_times_read(inode);
    struct linux_statx statx = {
        .stx_mask = STATX_BASIC_STATS | STATX_BTIME,
        .stx_blksize = PAGE_BYTES,
        .stx_nlink = inode->nlink,
        .stx_uid = inode->uid,
        .stx_gid = inode->gid,
        .stx_mode = (uint16_t)inode->mode,
        .stx_ino = inode->number,
        .stx_size = inode_size(inode),
        .stx_blocks = blocks_of(inode),
        .stx_atime = statx_time(&times.accessed),
        .stx_btime = statx_time(&inode->btime),
        .stx_ctime = statx_time(&times.changed),
        .stx_mtime = statx_time(&times.modified),
        .stx_rdev_major = dev_major(inode->rdev),
        .stx_rdev_minor = dev_minor(inode->rdev),
        .stx_dev_minor = inode->mount->device,
        .stx_mnt_id = (uint64_t)inode->mount->id,
    };
    return user_write(uaddr(to), &statx, sizeof(statx));
}

SYSCALL(statx)
{
    int flags = arg_int(args[2]);
    struct inode *inode;

    if ((flags & ~(AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT | AT_EMPTY_PATH | AT_STATX_SYNC_TYPE)) ||
        (args[3] & STATX_RESERVED) || (flags & AT_STATX_SYNC_TYPE) == AT_STATX_SYNC_TYPE)
        return -EINVAL;
    int status = at_inode(arg_int(args[0]), args[1], flags, &inode);
    if (status < 0)
        return status;
    long result = put_statx(inode, args[4]);
    inode_put(inode);
    return result;
}

/* ---- access: judged as the real user ------------------------------------------------- */

static long access_as_judged(int dirfd, uint64_t path, int mode, int flags)
{
    struct inode *inode;
    int status = at_inode(dirfd, path, flags, &inode);

    if (status < 0)
        return status;
    status = mode == F_OK ? 0 : inode_permission(inode, mode);
    inode_put(inode);
    return status;
}

static long access_at(int dirfd, uint64_t path, int mode, int flags)
{
    struct context *context = context_current();
    struct credentials real;

    if ((mode & ~(R_OK | W_OK | X_OK)) ||
        (flags & ~(AT_EACCESS | AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH)))
        return -EINVAL;
    if (flags & AT_EACCESS)
        return access_as_judged(dirfd, path, mode, flags);
    credentials_real(&real, &context->credentials);
    context->acting = &real;
    long result = access_as_judged(dirfd, path, mode, flags);
    context->acting = NULL;
    return result;
}

SYSCALL(access) { return access_at(AT_FDCWD, args[0], arg_int(args[1]), 0); }

SYSCALL(faccessat) { return access_at(arg_int(args[0]), args[1], arg_int(args[2]), 0); }

SYSCALL(faccessat2)
{
    return access_at(arg_int(args[0]), args[1], arg_int(args[2]), arg_int(args[3]));
}

/* ---- readlink ---------------------------------------------------------------------------- */

/* `buffer` is a page; the text is cut to `capacity`, as Linux does, without a 0. */
static long link_text(struct inode *inode, char *buffer, size_t capacity)
{
    struct link_target target = {0};

    if (inode->ops->readlink) {
        long length = inode->ops->readlink(inode, buffer, PAGE_BYTES);
        return length > (long)capacity ? (long)capacity : length;
    }
    int status = inode->ops->follow(inode, &target);
    if (status < 0)
        return status;
    size_t length = strlen(target.text);
    if (length > capacity)
        length = capacity;
    memcpy(buffer, target.text, length);
    heap_free(target.text_heap);
    return (long)length;
}

static long readlink_at(int dirfd, uint64_t path, uint64_t to, int capacity)
{
    struct inode *inode;
    int flags = AT_SYMLINK_NOFOLLOW | (dirfd == AT_FDCWD ? 0 : AT_EMPTY_PATH);

    if (capacity <= 0)
        return -EINVAL;
    long result = at_inode(dirfd, path, flags, &inode);
    if (result < 0)
        return result;
    struct page *page = page_alloc_unzeroed();
    if (!page)
        result = -ENOMEM;
    else if (!S_ISLNK(inode->mode))
        result = -EINVAL;
    else
        result = link_text(inode, page_data(page),
                           (size_t)capacity < PAGE_BYTES ? (size_t)capacity : PAGE_BYTES);
    if (result > 0 && user_write(uaddr(to), page_data(page), (size_t)result) < 0)
        result = -EFAULT;
    if (page)
        page_put(page);
    inode_put(inode);
    return result;
}

SYSCALL(readlink) { return readlink_at(AT_FDCWD, args[0], args[1], arg_int(args[2])); }

SYSCALL(readlinkat) { return readlink_at(arg_int(args[0]), args[1], args[2], arg_int(args[3])); }

/* ---- statfs ------------------------------------------------------------------------------- */

static long put_statfs(const struct mount *mount, uint64_t to)
{
    uint64_t used = __atomic_load_n(&mount->pages_used, __ATOMIC_RELAXED);
    uint64_t free = mount->pages_limit > used ? mount->pages_limit - used : 0;
    struct linux_statfs statfs = {
        .f_type = (int64_t)mount->magic,
        .f_bsize = PAGE_BYTES,
        .f_blocks = mount->pages_limit,
        .f_bfree = free,
        .f_bavail = free,
        .f_files = mount->pages_limit,
        .f_ffree = free,
        .f_fsid = {(int32_t)mount->device, 0},
        .f_namelen = NAME_MAX,
        .f_frsize = PAGE_BYTES,
        .f_flags = ST_VALID | ST_RELATIME | (mount->nosuid ? ST_NOSUID : 0),
    };
    return user_write(uaddr(to), &statfs, sizeof(statfs));
}

SYSCALL(statfs)
{
    struct inode *inode;
    int status = at_inode(AT_FDCWD, args[0], 0, &inode);

    if (status < 0)
        return status;
    long result = put_statfs(inode->mount, args[1]);
    inode_put(inode);
    return result;
}

SYSCALL(fstatfs)
{
    struct file *file = fd_file_or_path(arg_int(args[0]));

    if (!file)
        return -EBADF;
    long result = put_statfs(file->inode->mount, args[1]);
    file_put(file);
    return result;
}

/* No file system here can give a file a name that outlives it. */
SYSCALL(name_to_handle_at)
{
    uint32_t flags = (uint32_t)args[4];
    struct inode *inode;

    if (flags & ~(uint32_t)(AT_EMPTY_PATH | AT_SYMLINK_FOLLOW))
        return -EINVAL;
    int at_flags = (flags & AT_EMPTY_PATH ? AT_EMPTY_PATH : 0) |
                   (flags & AT_SYMLINK_FOLLOW ? 0 : AT_SYMLINK_NOFOLLOW);
    int status = at_inode(arg_int(args[0]), args[1], at_flags, &inode);
    if (status < 0)
        return status;
    inode_put(inode);
    return -EOPNOTSUPP;
}
