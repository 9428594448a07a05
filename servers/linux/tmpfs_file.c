/*
 * tmpfs_file.c - contents of regular files in memory.
 *
 * A writer holds inode.mutex for the whole call (writes do not mix, O_APPEND is atomic); readers
 * hold nothing but a reference to the page they copy from.
 */
#include "servers/linux/tmpfs_page.h"

#include "lib/base/string.h"
#include "servers/linux/exec_grant.h"
#include "servers/linux/memfd.h"
#include "servers/linux/page_tree.h"

#define SIZE_MAX_BYTES INT64_MAX

/* ---- read ------------------------------------------------------------------------------ */

static long read_piece(struct inode *inode, struct iter *to, uint64_t position, size_t bytes)
{
    struct page *page = tmpfs_page_find(inode, position >> PAGE_SHIFT);

    if (!page)
        return iter_clear(to, bytes);
    long done = iter_put(to, (char *)page_data(page) + position % PAGE_BYTES, bytes);
    page_put(page);
    return done;
}

static long tmpfs_read(struct file *file, struct iter *to, uint64_t *position)
{
    struct inode *inode = file->inode;
    uint64_t at = *position;
    long done = 0;

    while (to->left > 0) {
        uint64_t size = inode_size(inode);
        if (at >= size)
            break;
        size_t bytes = PAGE_BYTES - at % PAGE_BYTES;
        if (bytes > size - at)
            bytes = size - at;
        if (bytes > to->left)
            bytes = to->left;
        long part = read_piece(inode, to, at, bytes);
        if (part < 0) {
            done = done > 0 ? done : part;
            break;
        }
        at += (uint64_t)part;
        done += part;
        if (to->left > 0 && !call_must_go_on())
            break;
    }
    *position = at;
    if (!(file->flags & O_NOATIME))
        inode_touch_accessed(inode);
    return done;
}

/* ---- write ----------------------------------------------------------------------------- */

/* Writes into a page that nobody else can see yet, then puts it into the file. */
static long write_fresh(struct inode *inode, struct iter *from, uint64_t position, size_t bytes)
{
    struct page *fresh = tmpfs_page_new(inode, bytes < PAGE_BYTES);
    size_t offset = position % PAGE_BYTES;
    bool inserted;

    if (!fresh)
        return -ENOSPC;
    long done = iter_take(from, (char *)page_data(fresh) + offset, bytes);
    if (done < 0) {
        tmpfs_page_cancel(inode, fresh);
        return done;
    }
    if ((size_t)done < bytes)
        memset((char *)page_data(fresh) + offset + done, 0, bytes - (size_t)done);
    page_get(fresh);
    struct page *there = tmpfs_page_insert(inode, position >> PAGE_SHIFT, fresh, &inserted);
    if (there && !inserted)
        memcpy((char *)page_data(there) + offset, (char *)page_data(fresh) + offset, (size_t)done);
    page_put(fresh);
    if (!there)
        return -ENOSPC;
    page_put(there);
    return done;
}

static long write_piece(struct inode *inode, struct iter *from, uint64_t position, size_t bytes)
{
    struct page *page = tmpfs_page_find(inode, position >> PAGE_SHIFT);

    if (!page)
        return write_fresh(inode, from, position, bytes);
    if (page->flags & PAGE_BOOT) {
        page_put(page);
        page = tmpfs_page_for_write(inode, position >> PAGE_SHIFT);
        if (!page)
            return -ENOSPC;
    }
    long done = iter_take(from, (char *)page_data(page) + position % PAGE_BYTES, bytes);
    page_put(page);
    return done;
}

/* What a shared mapping may have written behind the end must read as zeros when the file grows. */
static void clear_tail(struct inode *inode)
{
    uint64_t offset = inode->size % PAGE_BYTES;

    if (offset == 0 || __atomic_load_n(&inode->mapping_count, __ATOMIC_RELAXED) == 0)
        return;
    struct page *page = tmpfs_page_find(inode, inode->size >> PAGE_SHIFT);
    if (!page)
        return;
    if (!(page->flags & PAGE_BOOT))
        memset((char *)page_data(page) + offset, 0, PAGE_BYTES - offset);
    page_put(page);
}

/* There is something to write. */
static long write_all(struct inode *inode, struct iter *from, uint64_t *position)
{
    long done = 0;

    do {
        size_t bytes = PAGE_BYTES - *position % PAGE_BYTES;
        if (bytes > from->left)
            bytes = from->left;
        long part = write_piece(inode, from, *position, bytes);
        if (part < 0)
            return done > 0 ? done : part;
        *position += (uint64_t)part;
        done += part;
        if (*position > inode->size)
            __atomic_store_n(&inode->size, *position, __ATOMIC_RELAXED);
        if ((size_t)part < bytes)
            break;
    } while (from->left > 0 && call_must_go_on());
    return done;
}

static long tmpfs_write(struct file *file, struct iter *from, uint64_t *position)
{
    struct inode *inode = file->inode;

    mutex_lock(&inode->mutex);
    if ((file->flags & O_APPEND) || *position == FILE_POSITION_END)
        *position = inode->size;
    long done = file_limit_write(from, *position);
    if (done == 0 && UNLIKELY(inode->memfd != NULL) && from->left > 0)
        done = memfd_check_write(inode, *position + from->left);
    if (done == 0 && from->left > 0) {
        if (*position > inode->size)
            clear_tail(inode);
        inode_lose_privileges(inode);
        done = write_all(inode, from, position);
        inode_touch_modified(inode);
    }
    mutex_unlock(&inode->mutex);
    return done;
}

/* ---- size and holes -------------------------------------------------------------------- */

/* Zeros a range inside one page, if there is a page. */
static int clear_within(struct inode *inode, uint64_t position, size_t bytes)
{
    struct page *page = tmpfs_page_find(inode, position >> PAGE_SHIFT);

    if (!page)
        return 0;
    page_put(page);
    page = tmpfs_page_for_write(inode, position >> PAGE_SHIFT);
    if (!page)
        return -ENOSPC;
    memset((char *)page_data(page) + position % PAGE_BYTES, 0, bytes);
    page_put(page);
    return 0;
}

int tmpfs_resize(struct inode *inode, uint64_t size)
{
    if (size > SIZE_MAX_BYTES)
        return -EFBIG;
    int sealed = memfd_check_resize(inode, size);
    if (sealed < 0)
        return sealed;
    if (size >= inode->size) {
        clear_tail(inode);
        __atomic_store_n(&inode->size, size, __ATOMIC_RELAXED);
        return 0;
    }
    if (size % PAGE_BYTES) {
        int status = clear_within(inode, size, PAGE_BYTES - size % PAGE_BYTES);
        if (status < 0)
            return status;
    }
    __atomic_store_n(&inode->size, size, __ATOMIC_RELAXED);
    uint64_t first = (size + PAGE_BYTES - 1) >> PAGE_SHIFT;
    tmpfs_page_drop(inode, first, UINT64_MAX);
    tmpfs_page_unmap(inode, first, UINT64_MAX - first, true);
    return 0;
}

static int punch_hole(struct inode *inode, uint64_t offset, uint64_t end)
{
    uint64_t first = (offset + PAGE_BYTES - 1) >> PAGE_SHIFT;
    uint64_t behind = end >> PAGE_SHIFT;

    if (offset >> PAGE_SHIFT == end >> PAGE_SHIFT)
        return clear_within(inode, offset, end - offset);
    if (offset % PAGE_BYTES) {
        int status = clear_within(inode, offset, PAGE_BYTES - offset % PAGE_BYTES);
        if (status < 0)
            return status;
    }
    if (first < behind) {
        tmpfs_page_drop(inode, first, behind - 1);
        tmpfs_page_unmap(inode, first, behind - first, true);
    }
    return end % PAGE_BYTES ? clear_within(inode, end - end % PAGE_BYTES, end % PAGE_BYTES) : 0;
}

static int fill_holes(struct inode *inode, uint64_t offset, uint64_t end)
{
    uint64_t last = (end - 1) >> PAGE_SHIFT;
    uint64_t used = __atomic_load_n(&inode->mount->pages_used, __ATOMIC_RELAXED);
    uint64_t room = used < inode->mount->pages_limit ? inode->mount->pages_limit - used : 0;

    if (last - (offset >> PAGE_SHIFT) + 1 > room + inode->pages.page_count)
        return -ENOSPC;
    for (uint64_t index = offset >> PAGE_SHIFT; index <= last; index++) {
        struct page *page = tmpfs_page_for_write(inode, index);
        if (!page)
            return -ENOSPC;
        page_put(page);
        if (!call_must_go_on())
            return -EINTR;
    }
    return 0;
}

/* A range of zeros: pages stay, or come, but nothing is in them. */
static int zero_range(struct inode *inode, uint64_t offset, uint64_t end)
{
    int status = punch_hole(inode, offset, end);
    return status < 0 ? status : fill_holes(inode, offset, end);
}

static int allocate_locked(struct inode *inode, int mode, uint64_t offset, uint64_t end)
{
    bool changes = mode & (FALLOC_FL_PUNCH_HOLE | FALLOC_FL_ZERO_RANGE);
    bool keeps_size = (mode & FALLOC_FL_KEEP_SIZE) || end <= inode->size;
    int status = changes ? memfd_check_write(inode, 0) : 0;

    if (status == 0 && !keeps_size)
        status = memfd_check_resize(inode, end);
    if (status < 0)
        return status;
    if (mode & FALLOC_FL_PUNCH_HOLE)
        return punch_hole(inode, offset, end);
    status = mode & FALLOC_FL_ZERO_RANGE ? zero_range(inode, offset, end)
                                         : fill_holes(inode, offset, end);
    if (status == 0 && !keeps_size)
        __atomic_store_n(&inode->size, end, __ATOMIC_RELAXED);
    return status;
}

static int tmpfs_allocate(struct file *file, int mode, uint64_t offset, uint64_t length)
{
    struct inode *inode = file->inode;
    uint64_t end = offset + length;

    if (mode & ~(FALLOC_FL_KEEP_SIZE | FALLOC_FL_PUNCH_HOLE | FALLOC_FL_ZERO_RANGE))
        return -EOPNOTSUPP;
    if (end > SIZE_MAX_BYTES)
        return -EFBIG;
    mutex_lock(&inode->mutex);
    int status = allocate_locked(inode, mode, offset, end);
    if (status == 0)
        inode_touch_modified(inode);
    mutex_unlock(&inode->mutex);
    return status;
}

/* SEEK_DATA, SEEK_HOLE. Caller holds pages_mutex. */
static int64_t seek_contents(struct inode *inode, uint64_t offset, int whence)
{
    const uint64_t index = offset >> PAGE_SHIFT, size = inode_size(inode);
    uint64_t found;

    if (offset >= size)
        return -ENXIO;
    if (whence == SEEK_DATA) {
        if (!page_tree_next(&inode->pages, index, &found) || found << PAGE_SHIFT >= size)
            return -ENXIO;
    } else {
        found = index;
        while (page_tree_find(&inode->pages, found) && call_must_go_on())
            found++;
        if (found << PAGE_SHIFT > size)
            return (int64_t)size;
    }
    return (int64_t)(found == index ? offset : found << PAGE_SHIFT);
}

static int64_t tmpfs_seek(struct file *file, int64_t offset, int whence)
{
    if (whence != SEEK_DATA && whence != SEEK_HOLE)
        return file_seek_sized(file, offset, whence);
    if (offset < 0)
        return -ENXIO;
    mutex_lock(&file->inode->pages_mutex);
    int64_t found = seek_contents(file->inode, (uint64_t)offset, whence);
    mutex_unlock(&file->inode->pages_mutex);
    if (found >= 0)
        file->position = (uint64_t)found;
    return found;
}

/* ---- mappings -------------------------------------------------------------------------- */

static struct page *tmpfs_page(struct file *file, uint64_t index, bool for_write, int *error)
{
    struct inode *inode = file->inode;
    uint64_t size = inode_size(inode);

    *error = -EFAULT;
    if (index >= (size + PAGE_BYTES - 1) >> PAGE_SHIFT)
        return NULL;
    struct page *page = for_write ? NULL : tmpfs_page_find(inode, index);
    if (!page)
        page = tmpfs_page_for_write(inode, index);
    *error = page ? 0 : -ENOSPC;
    return page;
}

static unsigned tmpfs_pages(struct file *file, uint64_t index, unsigned count, struct page **pages)
{
    uint64_t size = inode_size(file->inode);
    uint64_t end = (size + PAGE_BYTES - 1) >> PAGE_SHIFT;

    if (index >= end)
        return 0;
    return tmpfs_page_find_run(file->inode, index, count < end - index ? count : end - index,
                               pages);
}

static int tmpfs_sync(struct file *file)
{
    (void)file;
    return 0; /* memory is all there is */
}

const struct file_ops tmpfs_file_ops = {
    .read = tmpfs_read,
    .write = tmpfs_write,
    .seek = tmpfs_seek,
    .page = tmpfs_page,
    .pages = tmpfs_pages,
    .allocate = tmpfs_allocate,
    .sync = tmpfs_sync,
    .splices_from = true,
    .splices_to = true,
};
