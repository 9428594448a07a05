/*
 * flock.c - see flock.h.
 *
 * One mutex and one queue for all files: such locks are rare and held long. An inode counts its
 * shared holders or names its exclusive one, never both; file->lock_kind says what a file holds.
 */
#include "servers/linux/flock.h"

static struct mutex flock_mutex = MUTEX_OF(LOCK_FLOCK);
static struct waitqueue flock_queue;

static void release_locked(struct file *file)
{
    if (file->lock_kind == LOCK_EX)
        file->inode->lock_exclusive = NULL;
    else if (file->lock_kind == LOCK_SH)
        file->inode->lock_shared_count--;
    if (file->lock_kind)
        wake_all(&flock_queue);
    file->lock_kind = 0;
}

static bool try_locked(struct file *file, uint8_t kind)
{
    struct inode *inode = file->inode;

    if (inode->lock_exclusive || (kind == LOCK_EX && inode->lock_shared_count > 0))
        return false;
    if (kind == LOCK_EX)
        inode->lock_exclusive = file;
    else
        inode->lock_shared_count++;
    file->lock_kind = kind;
    return true;
}

int flock_file(struct file *file, int operation)
{
    int kind = operation & ~LOCK_NB;
    int status = 0;

    if (kind != LOCK_SH && kind != LOCK_EX && kind != LOCK_UN)
        return -EINVAL;
    mutex_lock(&flock_mutex);
    if (kind != file->lock_kind) /* a conversion gives up the old lock first, as Linux does */
        release_locked(file);
    while (kind != LOCK_UN && file->lock_kind != kind && status == 0) {
        if (try_locked(file, (uint8_t)kind))
            break;
        if (operation & LOCK_NB)
            status = -EAGAIN;
        else if (wait_on(&flock_queue, &flock_mutex, NANOS_NEVER) == -EINTR)
            status = -ERESTARTSYS;
    }
    mutex_unlock(&flock_mutex);
    return status;
}

void flock_file_gone(struct file *file)
{
    mutex_lock(&flock_mutex);
    release_locked(file);
    mutex_unlock(&flock_mutex);
}
