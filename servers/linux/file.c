/*
 * file.c - open files: life, transfers, seeking, resizing. Locks: file.h.
 */
#include "servers/linux/file.h"

#include "lib/base/string.h"
#include "servers/linux/epoll.h"
#include "servers/linux/exec_grant.h"
#include "servers/linux/flock.h"
#include "servers/linux/inotify.h"
#include "servers/linux/record_lock.h"

static uint64_t open_count;

uint64_t file_count_open(void) { return __atomic_load_n(&open_count, __ATOMIC_RELAXED); }

struct file *file_create(struct inode *inode, struct dentry *dentry, uint32_t flags,
                         const struct file_ops *ops, void *private, int *error)
{
    struct file *file = heap_alloc(sizeof(*file));

    *error = -ENOMEM;
    if (!file)
        return NULL;
    file->refs = 1;
    mutex_init(&file->position_mutex, LOCK_POSITION);
    file->flags = flags;
    file->ops = ops;
    file->private = private;
    file->inode = inode_get(inode);
    file->dentry = dentry ? dentry_get(dentry) : NULL;
    *error = ops->open ? ops->open(file) : 0;
    if (*error == 0) {
        __atomic_fetch_add(&open_count, 1, __ATOMIC_RELAXED);
        return file;
    }
    inode_put(inode);
    if (dentry)
        dentry_put(dentry);
    heap_free(file);
    return NULL;
}

void file_destroy(struct file *file)
{
    __atomic_fetch_sub(&open_count, 1, __ATOMIC_RELAXED);
    if (inotify_active())
        inotify_file(file, file_writable(file) ? IN_CLOSE_WRITE : IN_CLOSE_NOWRITE);
    if (__atomic_load_n(&file->epoll_items, __ATOMIC_ACQUIRE))
        epoll_file_gone(file);
    if (file->lock_kind)
        flock_file_gone(file);
    if (UNLIKELY(inode_has_record_locks(file->inode)))
        record_locks_drop(file->inode, file);
    if (file->ops->release)
        file->ops->release(file);
    if (S_ISREG(file->inode->mode) && file_writable(file))
        inode_release_write(file->inode);
    inode_put(file->inode);
    if (file->dentry)
        dentry_put(file->dentry);
    heap_free(file);
}

static long read_somewhere(struct file *file, struct iter *to, uint64_t *position)
{
    const struct file_ops *ops = file->ops;
    uint64_t nowhere = 0;

    if (!file_readable(file))
        return -EBADF;
    if (!ops->read)
        return -EINVAL;
    if (ops->is_stream)
        return ops->read(file, to, &nowhere);
    if (position)
        return ops->read(file, to, position);
    mutex_lock(&file->position_mutex);
    long done = ops->read(file, to, &file->position);
    mutex_unlock(&file->position_mutex);
    return done;
}

long file_read(struct file *file, struct iter *to, uint64_t *position)
{
    struct io_counts *io = &context_current()->io;
    long done = read_somewhere(file, to, position);

    tally_add(&io->read_calls, 1);
    if (done > 0)
        tally_add(&io->read_bytes, (uint64_t)done);
    if (UNLIKELY(inotify_active()) && done > 0)
        inotify_file(file, IN_ACCESS);
    return done;
}

static long write_somewhere(struct file *file, struct iter *from, uint64_t *position)
{
    const struct file_ops *ops = file->ops;
    uint64_t nowhere = 0;

    if (ops->is_stream)
        return ops->write(file, from, &nowhere);
    if (position)
        return ops->write(file, from, position);
    mutex_lock(&file->position_mutex);
    long done = ops->write(file, from, &file->position);
    mutex_unlock(&file->position_mutex);
    return done;
}

long file_write(struct file *file, struct iter *from, uint64_t *position)
{
    struct io_counts *io = &context_current()->io;

    if (!file_writable(file))
        return -EBADF;
    if (!file->ops->write)
        return -EINVAL;
    long done = write_somewhere(file, from, position);
    tally_add(&io->write_calls, 1);
    if (done > 0)
        tally_add(&io->written_bytes, (uint64_t)done);
    if (UNLIKELY(inotify_active()) && done > 0)
        inotify_file(file, IN_MODIFY);
    if (done == -EPIPE && !file->ops->sends_sigpipe)
        signal_send_current(SIGPIPE);
    return done;
}

long file_read_at(struct file *file, void *to, size_t bytes, uint64_t offset)
{
    struct iter iter = iter_of_memory(to, bytes);

    if (!file->ops->read || file->ops->is_stream)
        return -ESPIPE;
    return file->ops->read(file, &iter, &offset);
}

uint64_t file_position(struct file *file)
{
    mutex_lock(&file->position_mutex);
    uint64_t position = file->position;
    mutex_unlock(&file->position_mutex);
    return position;
}

void file_set_position(struct file *file, uint64_t position)
{
    mutex_lock(&file->position_mutex);
    file->position = position;
    mutex_unlock(&file->position_mutex);
}

struct page *file_page(struct file *file, uint64_t index, bool for_write, int *error)
{
    if (!file->ops->page) {
        *error = -ENODEV;
        return NULL;
    }
    return file->ops->page(file, index, for_write, error);
}

unsigned file_pages(struct file *file, uint64_t index, unsigned count, struct page **pages)
{
    return file->ops->pages ? file->ops->pages(file, index, count, pages) : 0;
}

int64_t file_seek_sized(struct file *file, int64_t offset, int whence)
{
    uint64_t size = inode_size(file->inode);
    int64_t base;

    switch (whence) {
    case SEEK_SET:
        base = 0;
        break;
    case SEEK_CUR:
        base = (int64_t)file->position;
        break;
    case SEEK_END:
        base = (int64_t)size;
        break;
    case SEEK_DATA: /* without holes all of it is data, and the end is the only hole */
    case SEEK_HOLE:
        if (offset < 0 || (uint64_t)offset >= size)
            return -ENXIO;
        base = whence == SEEK_HOLE ? (int64_t)size - offset : 0;
        break;
    default:
        return -EINVAL;
    }
    if (__builtin_add_overflow(base, offset, &base))
        return -EOVERFLOW;
    if (base < 0)
        return -EINVAL;
    file->position = (uint64_t)base;
    return base;
}

int file_limit_write(struct iter *from, uint64_t position)
{
    uint64_t limit = process_limit(RLIMIT_FSIZE);

    if (limit > INT64_MAX)
        limit = INT64_MAX;
    else if (position >= limit && from->left > 0)
        signal_send_current(SIGXFSZ);
    if (position >= limit && from->left > 0)
        return -EFBIG;
    iter_trim(from, limit - position);
    return 0;
}

int inode_resize(struct inode *inode, uint64_t size)
{
    uint64_t limit = process_limit(RLIMIT_FSIZE);

    if (S_ISDIR(inode->mode))
        return -EISDIR;
    if (!S_ISREG(inode->mode) || !inode->ops->resize)
        return -EINVAL;
    mutex_lock(&inode->mutex);
    int status = 0;
    if (size > inode->size && size > limit) {
        signal_send_current(SIGXFSZ);
        status = -EFBIG;
    }
    if (status == 0)
        status = inode->ops->resize(inode, size);
    if (status == 0) {
        inode_lose_privileges(inode);
        inode_touch_modified(inode);
    }
    mutex_unlock(&inode->mutex);
    return status;
}

int dirent_put(struct dirent_sink *sink, uint64_t number, uint64_t next_position, uint32_t mode,
               const char *name, unsigned length)
{
    uint64_t space[(DIRENT64_NAME_OFFSET + NAME_MAX + 1) / 8 + 1] = {0};
    struct linux_dirent64 *record = (void *)space;
    uint8_t type = (uint8_t)((mode & S_IFMT) >> 12);
    size_t name_at = sink->is_old ? offsetof(struct linux_dirent64, d_type) : DIRENT64_NAME_OFFSET;
    size_t bytes = (name_at + length + 1 + sink->is_old + 7) & ~(size_t)7;

    if (bytes > sink->left || (sink->written > 0 && !call_may_go_on()))
        return -EINVAL;
    record->d_ino = number;
    record->d_off = (int64_t)next_position;
    record->d_reclen = (uint16_t)bytes;
    memcpy((char *)space + name_at, name, length);
    if (sink->is_old)
        ((uint8_t *)space)[bytes - 1] = type;
    else
        record->d_type = type;
    if (user_write(uaddr(sink->at), space, bytes) < 0)
        return -EFAULT;
    sink->at += bytes;
    sink->left -= bytes;
    sink->written += bytes;
    return 0;
}
