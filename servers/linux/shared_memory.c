/*
 * shared_memory.c - unnamed files of a tmpfs that is mounted nowhere; see shared_memory.h.
 */
#include "servers/linux/shared_memory.h"

#include "servers/linux/tmpfs.h"

#define SHARE_SHIFT 1 /* at most half of all pages */

static struct mount mount = {
    .type = "tmpfs", .source = "shm", .magic = TMPFS_MAGIC, .nosuid = true};

void shared_memory_init(void)
{
    struct page_totals totals;
    page_totals_read(&totals);
    mount.pages_limit = totals.total >> SHARE_SHIFT;
    mount_register(&mount);
}

struct shared_memory_pages shared_memory_pages(void)
{
    return (struct shared_memory_pages){
        .used = __atomic_load_n(&mount.pages_used, __ATOMIC_RELAXED), .limit = mount.pages_limit};
}

struct inode *shared_memory_inode(uint32_t mode) { return tmpfs_unnamed(&mount, mode); }

struct file *shared_memory_create(uint64_t bytes, int *error)
{
    *error = -ENOMEM;
    if (bytes >> PAGE_SHIFT > mount.pages_limit)
        return NULL;
    struct inode *inode = shared_memory_inode(S_IFREG | 0600);
    if (!inode)
        return NULL;
    inode->size = bytes;
    inode->writers = 1; /* nobody else knows it; the file's end releases it */
    struct file *file = file_create(inode, NULL, O_RDWR, inode->file_ops, NULL, error);
    inode_put(inode);
    return file;
}
