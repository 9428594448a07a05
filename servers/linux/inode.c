/*
 * inode.c - life, permissions, times and write claims of inodes. Locks: vfs.h.
 */
#include "servers/linux/vfs.h"

#include "servers/linux/xattr.h"

struct inode *inode_create(struct mount *mount, uint32_t mode)
{
    struct inode *inode = heap_alloc(sizeof(*inode));

    if (!inode)
        return NULL;
    inode->refs = 1;
    inode->mode = mode;
    inode->nlink = 1;
    inode->mount = mount;
    inode->number = __atomic_add_fetch(&mount->next_number, 1, __ATOMIC_RELAXED);
    inode->uid = context_current()->credentials.fsuid;
    inode->gid = context_current()->credentials.fsgid;
    time_now_real(&inode->btime);
    inode->atime = inode->mtime = inode->ctime = inode->btime;
    return inode;
}

void inode_destroy(struct inode *inode)
{
    if (inode->ops && inode->ops->destroy)
        inode->ops->destroy(inode);
    if (inode->xattrs)
        xattrs_free(inode);
    heap_free(inode->memfd);
    heap_free(inode);
}

static bool in_group(const struct credentials *credentials, uint32_t primary, uint32_t gid)
{
    if (primary == gid)
        return true;
    for (uint32_t i = 0; i < credentials->group_count; i++) {
        if (credentials->groups[i] == gid)
            return true;
    }
    return false;
}

/* Root reads and writes anything, searches any directory, and runs what anyone may run. */
static int permission_of_root(const struct inode *inode, int mask)
{
    if (!(mask & X_OK) || S_ISDIR(inode->mode))
        return 0;
    return inode->mode & (S_IXUSR | S_IXGRP | S_IXOTH) ? 0 : -EACCES;
}

int inode_permission_as(const struct inode *inode, int mask, uint32_t uid, uint32_t gid,
                        const struct credentials *credentials)
{
    unsigned granted = inode->mode;

    if (uid == 0)
        return permission_of_root(inode, mask);
    if (uid == inode->uid)
        granted >>= 6;
    else if (in_group(credentials, gid, inode->gid))
        granted >>= 3;
    return ((unsigned)mask & ~granted & 7) ? -EACCES : 0;
}

int inode_permission(const struct inode *inode, int mask)
{
    const struct credentials *credentials = &context_current()->credentials;
    return inode_permission_as(inode, mask, credentials->fsuid, credentials->fsgid, credentials);
}

bool inode_owned(const struct inode *inode)
{
    uint32_t uid = context_current()->credentials.fsuid;
    return uid == 0 || uid == inode->uid;
}

void inode_touch_modified(struct inode *inode)
{
    time_now_real(&inode->mtime);
    inode->ctime = inode->mtime;
}

void inode_touch_changed(struct inode *inode) { time_now_real(&inode->ctime); }

static bool time_before_or_equal(const struct linux_timespec *a, const struct linux_timespec *b)
{
    return a->tv_sec < b->tv_sec || (a->tv_sec == b->tv_sec && a->tv_nsec <= b->tv_nsec);
}

/* The mount option relatime, without its once-a-day rule (which would read the clock each time). */
void inode_touch_accessed(struct inode *inode)
{
    if (time_before_or_equal(&inode->atime, &inode->mtime) ||
        time_before_or_equal(&inode->atime, &inode->ctime))
        time_now_real(&inode->atime);
}

static int claim(struct inode *inode, int direction)
{
    int32_t seen = __atomic_load_n(&inode->writers, __ATOMIC_RELAXED);

    do {
        if (seen * direction < 0)
            return -ETXTBSY;
    } while (!__atomic_compare_exchange_n(&inode->writers, &seen, seen + direction, false,
                                          __ATOMIC_ACQ_REL, __ATOMIC_RELAXED));
    return 0;
}

int inode_claim_write(struct inode *inode) { return claim(inode, 1); }

void inode_release_write(struct inode *inode)
{
    __atomic_fetch_sub(&inode->writers, 1, __ATOMIC_ACQ_REL);
}

int inode_claim_execute(struct inode *inode) { return claim(inode, -1); }

void inode_release_execute(struct inode *inode)
{
    __atomic_fetch_add(&inode->writers, 1, __ATOMIC_ACQ_REL);
}
