/*
 * sys_attr.c - mode, owner and times. Lock: inode.mutex around each change.
 */
#include "servers/linux/exec_grant.h"
#include "servers/linux/inotify.h"
#include "servers/linux/may.h"
#include "servers/linux/sys.h"
#include "servers/linux/xattr.h"

#define NS_PER_SECOND INT64_C(1000000000)
#define US_PER_SECOND INT64_C(1000000)

/* ---- mode ------------------------------------------------------------------------------- */

/* The end of a call on a descriptor: tells who watches, puts the file. */
static long attributes_changed(struct file *file, long status)
{
    if (status == 0 && inotify_active())
        inotify_file(file, IN_ATTRIB);
    file_put(file);
    return status;
}

static long set_mode(struct inode *inode, uint32_t mode)
{
    const struct credentials *who = credentials_current();
    int status = -EPERM;

    mutex_lock(&inode->mutex);
    if (may_own(who, inode)) {
        inode->mode = (inode->mode & S_IFMT) | mode_to_set(who, inode, mode);
        inode_touch_changed(inode);
        status = 0;
    }
    mutex_unlock(&inode->mutex);
    return status;
}

static long chmod_at(int dirfd, uint64_t path, uint64_t mode)
{
    struct dentry *dentry;
    struct inode *inode;
    long status = at_place(dirfd, path, 0, &dentry, &inode);

    if (status < 0)
        return status;
    status = set_mode(inode, (uint32_t)mode);
    at_place_end(dentry, inode, status < 0 ? 0 : IN_ATTRIB);
    return status;
}

SYSCALL(chmod) { return chmod_at(AT_FDCWD, args[0], args[1]); }

SYSCALL(fchmodat) { return chmod_at(arg_int(args[0]), args[1], args[2]); }

SYSCALL(fchmod)
{
    struct file *file = fd_file(arg_int(args[0]));

    if (!file)
        return -EBADF;
    long status = set_mode(file->inode, (uint32_t)args[1]);
    return attributes_changed(file, status);
}

/* ---- owner -------------------------------------------------------------------------------- */

static long set_owner(struct inode *inode, uint32_t uid, uint32_t gid)
{
    uint32_t mode;

    mutex_lock(&inode->mutex);
    int status = may_set_owner(credentials_current(), inode, uid, gid, &mode);
    if (status == 0) {
        inode->mode = mode;
        if (uid != ID_UNCHANGED)
            inode->uid = uid;
        if (gid != ID_UNCHANGED)
            inode->gid = gid;
        if (inode->xattrs && !S_ISDIR(mode))
            xattr_drop_locked(inode, FILE_CAPABILITIES);
        inode_touch_changed(inode);
    }
    mutex_unlock(&inode->mutex);
    return status;
}

static long chown_at(int dirfd, uint64_t path, uint64_t uid, uint64_t gid, int flags)
{
    struct dentry *dentry;
    struct inode *inode;

    if (flags & ~(AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH))
        return -EINVAL;
    long status = at_place(dirfd, path, flags, &dentry, &inode);
    if (status < 0)
        return status;
    status = set_owner(inode, (uint32_t)uid, (uint32_t)gid);
    at_place_end(dentry, inode, status < 0 ? 0 : IN_ATTRIB);
    return status;
}

SYSCALL(chown) { return chown_at(AT_FDCWD, args[0], args[1], args[2], 0); }

SYSCALL(lchown) { return chown_at(AT_FDCWD, args[0], args[1], args[2], AT_SYMLINK_NOFOLLOW); }

SYSCALL(fchownat)
{
    return chown_at(arg_int(args[0]), args[1], args[2], args[3], arg_int(args[4]));
}

SYSCALL(fchown)
{
    struct file *file = fd_file(arg_int(args[0]));

    if (!file)
        return -EBADF;
    long status = set_owner(file->inode, (uint32_t)args[1], (uint32_t)args[2]);
    return attributes_changed(file, status);
}

/* ---- times -------------------------------------------------------------------------------- */

static bool time_valid(const struct linux_timespec *time)
{
    return time->tv_nsec == UTIME_NOW || time->tv_nsec == UTIME_OMIT ||
           (time->tv_nsec >= 0 && time->tv_nsec < NS_PER_SECOND);
}

static int check_times(const struct inode *inode, const struct linux_timespec times[2])
{
    if (inode_owned(inode))
        return 0;
    if (times[0].tv_nsec == UTIME_NOW && times[1].tv_nsec == UTIME_NOW)
        return inode_permission(inode, W_OK);
    return -EPERM;
}

static long set_times(struct inode *inode, const struct linux_timespec times[2])
{
    struct linux_timespec now;
    int status = check_times(inode, times);

    if (status < 0)
        return status;
    time_now_real(&now);
    mutex_lock(&inode->mutex);
    struct inode_times set = inode_times_read(inode);
    if (times[0].tv_nsec != UTIME_OMIT)
        set.accessed = times[0].tv_nsec == UTIME_NOW ? now : times[0];
    if (times[1].tv_nsec != UTIME_OMIT)
        set.modified = times[1].tv_nsec == UTIME_NOW ? now : times[1];
    set.changed = now;
    inode_times_write(inode, &set);
    mutex_unlock(&inode->mutex);
    return 0;
}

/* A path of 0 means the descriptor itself (futimens). */
static long set_times_at(int dirfd, uint64_t path, const struct linux_timespec times[2], int flags)
{
    struct dentry *dentry;
    struct inode *inode;
    long status;

    if (times[0].tv_nsec == UTIME_OMIT && times[1].tv_nsec == UTIME_OMIT)
        return 0;
    if (path == 0 && dirfd != AT_FDCWD) {
        struct file *file = fd_file(dirfd);
        if (!file)
            return -EBADF;
        return attributes_changed(file, flags ? -EINVAL : set_times(file->inode, times));
    }
    status = at_place(dirfd, path, flags, &dentry, &inode);
    if (status < 0)
        return status;
    status = set_times(inode, times);
    at_place_end(dentry, inode, status < 0 ? 0 : IN_ATTRIB);
    return status;
}

SYSCALL(utimensat)
{
    struct linux_timespec times[2] = {{.tv_nsec = UTIME_NOW}, {.tv_nsec = UTIME_NOW}};
    int flags = arg_int(args[3]);

    if (args[2] && user_read(times, uaddr(args[2]), sizeof(times)) < 0)
        return -EFAULT;
    if (!time_valid(&times[0]) || !time_valid(&times[1]) ||
        (flags & ~(AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH)))
        return -EINVAL;
    return set_times_at(arg_int(args[0]), args[1], times, flags);
}

/* utimes and futimesat: microseconds. */
static long set_timevals(int dirfd, uint64_t path, uint64_t address)
{
    struct linux_timespec times[2] = {{.tv_nsec = UTIME_NOW}, {.tv_nsec = UTIME_NOW}};
    struct linux_timeval given[2];

    if (address) {
        if (user_read(given, uaddr(address), sizeof(given)) < 0)
            return -EFAULT;
        for (int i = 0; i < 2; i++) {
            if (given[i].tv_usec < 0 || given[i].tv_usec >= US_PER_SECOND)
                return -EINVAL;
            times[i].tv_sec = given[i].tv_sec;
            times[i].tv_nsec = given[i].tv_usec * (NS_PER_SECOND / US_PER_SECOND);
        }
    }
    return set_times_at(dirfd, path, times, 0);
}

SYSCALL(utimes) { return set_timevals(AT_FDCWD, args[0], args[1]); }

SYSCALL(futimesat) { return set_timevals(arg_int(args[0]), args[1], args[2]); }

SYSCALL(utime)
{
    struct linux_timespec times[2] = {{.tv_nsec = UTIME_NOW}, {.tv_nsec = UTIME_NOW}};
    int64_t seconds[2];

    if (args[1]) {
        if (user_read(seconds, uaddr(args[1]), sizeof(seconds)) < 0)
            return -EFAULT;
        times[0] = (struct linux_timespec){.tv_sec = seconds[0]};
        times[1] = (struct linux_timespec){.tv_sec = seconds[1]};
    }
    return set_times_at(AT_FDCWD, args[0], times, 0);
}
