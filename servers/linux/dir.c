/*
 * dir.c - see dir.h.
 */
#include "servers/linux/dir.h"

#include "lib/base/string.h"
#include "servers/linux/file.h"

#define BUCKETS_FIRST 8

void dir_init(struct directory *directory)
{
    list_init(&directory->entries);
    directory->next_cookie = DIR_COOKIE_FIRST;
}

void dir_free(struct directory *directory) { heap_free(directory->buckets); }

uint32_t dir_hash(const char *name, unsigned length)
{
    uint32_t hash = 0x811c9dc5u; /* FNV-1a */

    for (unsigned i = 0; i < length; i++)
        hash = (hash ^ (uint8_t)name[i]) * 0x01000193u;
    return hash ^ hash >> 15;
}

struct dentry *dir_find(struct directory *directory, const char *name, unsigned length)
{
    if (directory->bucket_count == 0)
        return NULL;
    uint32_t hash = dir_hash(name, length);
    struct dentry *dentry = directory->buckets[hash & (directory->bucket_count - 1)];
    while (dentry && (dentry->hash != hash || dentry->length != length ||
                      memcmp(dentry->name, name, length) != 0))
        dentry = dentry->hash_next;
    return dentry;
}

static void bucket_push(struct dentry **buckets, uint32_t count, struct dentry *dentry)
{
    struct dentry **bucket = &buckets[dentry->hash & (count - 1)];
    dentry->hash_next = *bucket;
    *bucket = dentry;
}

int dir_reserve(struct directory *directory)
{
    uint32_t count = directory->bucket_count ? directory->bucket_count * 2 : BUCKETS_FIRST;

    if (directory->entry_count < directory->bucket_count)
        return 0;
    struct dentry **buckets = heap_alloc(count * sizeof(*buckets));
    if (!buckets) /* a longer chain is slower, not wrong */
        return directory->bucket_count ? 0 : -ENOMEM;
    for (uint32_t i = 0; i < directory->bucket_count; i++) {
        struct dentry *next;
        for (struct dentry *dentry = directory->buckets[i]; dentry; dentry = next) {
            next = dentry->hash_next;
            bucket_push(buckets, count, dentry);
        }
    }
    heap_free(directory->buckets);
    directory->buckets = buckets;
    directory->bucket_count = count;
    return 0;
}

void dir_insert(struct directory *directory, struct dentry *dentry)
{
    dentry->hash = dir_hash(dentry->name, dentry->length);
    dentry->gone = false;
    dentry->node.cookie = directory->next_cookie++;
    bucket_push(directory->buckets, directory->bucket_count, dentry);
    list_push_back(&directory->entries, &dentry->node.link);
    directory->entry_count++;
    dentry_get(dentry);
}

void dir_remove(struct directory *directory, struct dentry *dentry)
{
    struct dentry **link = &directory->buckets[dentry->hash & (directory->bucket_count - 1)];

    while (*link != dentry)
        link = &(*link)->hash_next;
    *link = dentry->hash_next;
    list_remove(&dentry->node.link);
    directory->entry_count--;
    dentry->gone = true;
    dentry_put(dentry);
}

/* ---- reading ------------------------------------------------------------------------- */

/* Who reads: where the next entry is, and the end of this pass (entries that appear later are not
   seen until the next rewind, or a program that renames as it reads would never end). */
struct reader {
    struct dir_node cursor; /* cursor.cookie = the position for which it stands */
    uint64_t end_cookie;
};

static int dir_open(struct file *file)
{
    struct reader *reader = heap_alloc(sizeof(*reader));

    if (!reader)
        return -ENOMEM;
    reader->cursor.is_cursor = true;
    file->private = reader;
    return 0;
}

static void dir_release(struct file *file)
{
    struct reader *reader = file->private;

    mutex_lock(&file->inode->mutex);
    if (list_linked(&reader->cursor.link))
        list_remove(&reader->cursor.link);
    mutex_unlock(&file->inode->mutex);
    heap_free(reader);
}

static int64_t dir_seek(struct file *file, int64_t offset, int whence)
{
    if (whence == SEEK_CUR)
        offset += (int64_t)file->position;
    else if (whence != SEEK_SET)
        return -EINVAL;
    if (offset < 0)
        return -EINVAL;
    file->position = (uint64_t)offset;
    return offset;
}

/* The first node to look at for `position`. */
static struct list *reader_start(struct directory *directory, struct reader *reader,
                                 uint64_t position)
{
    if (list_linked(&reader->cursor.link)) {
        struct list *next = reader->cursor.link.next;
        list_remove(&reader->cursor.link);
        if (reader->cursor.cookie == position)
            return next;
    }
    struct list *link = directory->entries.next;
    while (link != &directory->entries &&
           list_entry(link, struct dir_node, link)->cookie < position)
        link = link->next;
    return link;
}

static int put_entries(struct file *file, struct directory *directory, struct dirent_sink *sink)
{
    struct reader *reader = file->private;
    struct list *link = reader_start(directory, reader, file->position);
    int status = 0;

    for (; link != &directory->entries; link = link->next) {
        struct dir_node *node = list_entry(link, struct dir_node, link);
        if (node->is_cursor)
            continue;
        if (node->cookie >= reader->end_cookie)
            break;
        struct dentry *child = container_of(node, struct dentry, node);
        struct inode *inode = child->mounted ? child->mounted->inode : child->inode;
        status = dirent_put(sink, inode->number, node->cookie + 1, inode->mode, child->name,
                            child->length);
        if (status < 0)
            break;
        file->position = node->cookie + 1;
    }
    reader->cursor.cookie = file->position;
    list_insert_after(link->prev, &reader->cursor.link);
    return status;
}

static int put_dots(struct file *file, struct dirent_sink *sink, uint64_t parent_number)
{
    int status = 0;

    if (file->position == 0) {
        status = dirent_put(sink, file->inode->number, 1, S_IFDIR, ".", 1);
        if (status < 0)
            return status;
        file->position = 1;
    }
    if (file->position == 1) {
        status = dirent_put(sink, parent_number, DIR_COOKIE_FIRST, S_IFDIR, "..", 2);
        if (status == 0)
            file->position = DIR_COOKIE_FIRST;
    }
    return status;
}

static int dir_getdents(struct file *file, struct dirent_sink *sink)
{
    struct reader *reader = file->private;
    struct directory *directory = &file->inode->directory;
    struct dentry *parent = dentry_parent(file->dentry);
    uint64_t parent_number = parent->inode->number;

    dentry_put(parent);
    mutex_lock(&file->inode->mutex);
    if (file->position == 0)
        reader->end_cookie = directory->next_cookie;
    int status = put_dots(file, sink, parent_number);
    if (status == 0)
        status = put_entries(file, directory, sink);
    inode_touch_accessed(file->inode);
    mutex_unlock(&file->inode->mutex);
    return status;
}

static int dir_sync(struct file *file)
{
    (void)file;
    return 0;
}

static long dir_read(struct file *file, struct iter *to, uint64_t *position)
{
    (void)file, (void)to, (void)position;
    return -EISDIR;
}

const struct file_ops dir_file_ops = {
    .open = dir_open,
    .release = dir_release,
    .read = dir_read,
    .seek = dir_seek,
    .getdents = dir_getdents,
    .sync = dir_sync,
};
