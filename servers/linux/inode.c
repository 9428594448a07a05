/*
 * inode.c - life, permissions, times and write claims of inodes. Locks: vfs.h.
 */
#include "servers/linux/vfs.h"

#include "servers/linux/may.h"
#include "servers/linux/xattr.h"

struct inode *inode_create(struct mount *mount, uint32_t mode)
{
    struct inode *inode = heap_alloc(sizeof(*inode));

    if (!inode)
        return NULL;
    inode->refs = 1;
    mutex_init(&inode->mutex, LOCK_INODE);
    mutex_init(&inode->pages_mutex, LOCK_PAGES);
    inode->mode = mode;
    inode->nlink = 1;
    inode->mount = mount;
    inode->number = __atomic_add_fetch(&mount->next_number, 1, __ATOMIC_RELAXED);
    inode->uid = credentials_current()->fsuid;
    inode->gid = credentials_current()->fsgid;
    time_now_real(&inode->btime);
    inode->times = (struct inode_times){inode->btime, inode->btime, inode->btime};
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

int inode_permission(const struct inode *inode, int mask)
{
    int status = may_access(credentials_current(), inode, mask);

    if (UNLIKELY(status < 0) && inode->ops && inode->ops->allows && inode->ops->allows(inode))
        status = 0;
    return status;
}

bool inode_owned(const struct inode *inode) { return may_own(credentials_current(), inode); }

/* ---- times ------------------------------------------------------------------------------- */

static bool time_before(const struct linux_timespec *a, const struct linux_timespec *b)
{
    return a->tv_sec < b->tv_sec || (a->tv_sec == b->tv_sec && a->tv_nsec < b->tv_nsec);
}

struct inode_times inode_times_read(struct inode *inode)
{
    spin_lock(&inode->times_spin, LOCK_LEAF);
    struct inode_times times = inode->times;
    spin_unlock(&inode->times_spin, LOCK_LEAF);
    return times;
}

void inode_times_write(struct inode *inode, const struct inode_times *times)
{
    bool last = time_before(&times->modified, &times->accessed) &&
                time_before(&times->changed, &times->accessed);

    spin_lock(&inode->times_spin, LOCK_LEAF);
    inode->times = *times;
    __atomic_store_n(&inode->accessed_last, last, __ATOMIC_RELAXED);
    spin_unlock(&inode->times_spin, LOCK_LEAF);
}

void inode_touch_modified(struct inode *inode)
{
    struct linux_timespec now;

    time_now_real(&now);
    spin_lock(&inode->times_spin, LOCK_LEAF);
    inode->times.modified = inode->times.changed = now;
    __atomic_store_n(&inode->accessed_last, false, __ATOMIC_RELAXED);
    spin_unlock(&inode->times_spin, LOCK_LEAF);
}

void inode_touch_changed(struct inode *inode)
{
    struct linux_timespec now;

    time_now_real(&now);
    spin_lock(&inode->times_spin, LOCK_LEAF);
    inode->times.changed = now;
    __atomic_store_n(&inode->accessed_last, false, __ATOMIC_RELAXED);
    spin_unlock(&inode->times_spin, LOCK_LEAF);
}

static NOINLINE void touch_accessed(struct inode *inode)
{
    struct linux_timespec now;

    time_now_real(&now);
    spin_lock(&inode->times_spin, LOCK_LEAF);
    inode->times.accessed = now;
    bool last =
        time_before(&inode->times.modified, &now) && time_before(&inode->times.changed, &now);
    __atomic_store_n(&inode->accessed_last, last, __ATOMIC_RELAXED);
    spin_unlock(&inode->times_spin, LOCK_LEAF);
}

/* The mount option relatime, without its once-a-day rule (which would read the clock each time). */
void inode_touch_accessed(struct inode *inode)
{
    if (!__atomic_load_n(&inode->accessed_last, __ATOMIC_RELAXED))
        touch_accessed(inode);
}

/* ---- claims ------------------------------------------------------------------------------- */

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
