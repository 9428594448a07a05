/*
 * tmpfs.c - names of the file system in memory (contents: tmpfs_file.c).
 *
 * A directory's entries are its dentries (dir.c); an inode lives while an entry or an open file
 * refers to it, so unlink-while-open needs no code. Every operation reserves what may fail first
 * and then only does what cannot. Lock: the inode.mutex of the directories, held by the caller.
 */
#include "servers/linux/tmpfs.h"

#include "lib/base/string.h"
#include "servers/linux/dev.h"
#include "servers/linux/dir.h"
#include "servers/linux/pipe.h"

#define DIRECTORY_SIZE_EMPTY 40 /* what Linux's tmpfs shows */
#define DIRECTORY_SIZE_ENTRY 20

static const struct inode_ops directory_ops, regular_ops, symlink_ops, fifo_ops;

static int tmpfs_lookup(struct dentry *dir, const char *name, unsigned length,
                        struct dentry **found)
{
    struct dentry *child = dir_find(&dir->inode->directory, name, length);

    if (!child)
        return -ENOENT;
    *found = dentry_get(child);
    return 0;
}

static int set_symlink(struct inode *inode, const char *text)
{
    size_t length = strlen(text);

    inode->symlink = heap_alloc(length + 1);
    if (!inode->symlink)
        return -ENOMEM;
    memcpy(inode->symlink, text, length + 1);
    inode->size = length;
    return 0;
}

/* Gives a new inode the operations of its kind. */
static int set_kind(struct inode *inode, uint32_t rdev, const char *symlink_text)
{
    inode->rdev = rdev;
    switch (inode->mode & S_IFMT) {
    case S_IFDIR:
        inode->ops = &directory_ops;
        inode->file_ops = &dir_file_ops;
        inode->nlink = 2;
        inode->size = DIRECTORY_SIZE_EMPTY;
        dir_init(&inode->directory);
        return 0;
    case S_IFREG:
        inode->ops = &regular_ops;
        inode->file_ops = &tmpfs_file_ops;
        return 0;
    case S_IFLNK:
        inode->ops = &symlink_ops;
        return set_symlink(inode, symlink_text);
    case S_IFIFO:
        inode->ops = &fifo_ops;
        inode->file_ops = &fifo_file_ops;
        return 0;
    default: /* devices and sockets: the number decides at open */
        inode->ops = &regular_ops;
        inode->file_ops = &device_file_ops;
        return 0;
    }
}

static struct inode *new_inode(struct dentry *dir, uint32_t mode, uint32_t rdev,
                               const char *symlink_text)
{
    struct inode *inode = page_shared_room() ? inode_create(dir->inode->mount, mode) : NULL;

    if (!inode)
        return NULL;
    if (dir->inode->mode & S_ISGID) {
        inode->gid = dir->inode->gid;
        if (S_ISDIR(mode))
            inode->mode |= S_ISGID;
    }
    if (set_kind(inode, rdev, symlink_text) < 0) {
        inode_put(inode);
        return NULL;
    }
    return inode;
}

struct inode *tmpfs_unnamed(struct mount *mount, uint32_t mode)
{
    struct inode *inode = page_shared_room() ? inode_create(mount, mode) : NULL;

    if (inode && set_kind(inode, 0, NULL) < 0) {
        inode_put(inode);
        return NULL;
    }
    if (inode)
        inode->nlink = 0;
    return inode;
}

static void entry_added(struct dentry *dir, const struct inode *inode)
{
    dir->inode->size += DIRECTORY_SIZE_ENTRY;
    if (S_ISDIR(inode->mode))
        dir->inode->nlink++;
    inode_touch_modified(dir->inode);
}

static void entry_removed(struct dentry *dir, const struct inode *inode)
{
    dir->inode->size -= DIRECTORY_SIZE_ENTRY;
    if (S_ISDIR(inode->mode))
        dir->inode->nlink--;
    inode_touch_modified(dir->inode);
}

/* Makes the entry; the caller gets a reference in *created unless that is NULL. */
static int add_entry(struct dentry *dir, const char *name, unsigned length, struct inode *inode,
                     struct dentry **created)
{
    int status = dir_reserve(&dir->inode->directory);

    if (status < 0)
        return -ENOSPC;
    struct dentry *dentry = dentry_create(dir, name, length, inode);
    if (!dentry)
        return -ENOSPC;
    dir_insert(&dir->inode->directory, dentry);
    entry_added(dir, inode);
    if (created)
        *created = dentry;
    else
        dentry_put(dentry);
    return 0;
}

static int tmpfs_create_entry(struct dentry *dir, const char *name, unsigned length, uint32_t mode,
                              uint32_t rdev, const char *symlink_text, struct dentry **created)
{
    struct inode *inode = new_inode(dir, mode, rdev, symlink_text);

    if (!inode)
        return -ENOSPC;
    int status = add_entry(dir, name, length, inode, created);
    inode_put(inode);
    return status;
}

static int tmpfs_link(struct dentry *dir, const char *name, unsigned length, struct inode *inode)
{
    if (inode->nlink == 0 && !inode->linkable)
        return -ENOENT;
    if (!page_shared_room())
        return -ENOSPC;
    int status = add_entry(dir, name, length, inode, NULL);
    if (status < 0)
        return status;
    inode->nlink++;
    inode_touch_changed(inode);
    return 0;
}

static int tmpfs_remove(struct dentry *dir, struct dentry *victim)
{
    struct inode *inode = victim->inode;

    if (S_ISDIR(inode->mode) && inode->directory.entry_count > 0)
        return -ENOTEMPTY;
    dir_remove(&dir->inode->directory, victim);
    entry_removed(dir, inode);
    if (S_ISDIR(inode->mode))
        inode->nlink = 0;
    else
        inode->nlink--;
    inode_touch_changed(inode);
    return 0;
}

static int tmpfs_rename(struct dentry *old_dir, struct dentry *moved, struct dentry *new_dir,
                        const char *name, unsigned length, struct dentry *replaced)
{
    int status = dir_reserve(&new_dir->inode->directory);

    if (status < 0)
        return -ENOSPC;
    if (replaced && S_ISDIR(replaced->inode->mode) && replaced->inode->directory.entry_count > 0)
        return -ENOTEMPTY;
    if (dentry_set_name(moved, name, length) < 0)
        return -ENOSPC;
    if (replaced)
        status = tmpfs_remove(new_dir, replaced); /* checked above: cannot fail */
    ASSERT(status == 0);
    dir_remove(&old_dir->inode->directory, moved);
    entry_removed(old_dir, moved->inode);
    if (old_dir != new_dir) {
        moved->parent = dentry_get(new_dir);
        dentry_put(old_dir);
    }
    dir_insert(&new_dir->inode->directory, moved);
    entry_added(new_dir, moved->inode);
    inode_touch_changed(moved->inode);
    return 0;
}

/* Both names stay where they are; what they name changes places. */
static void tmpfs_exchange(struct dentry *a_dir, struct dentry *a, struct dentry *b_dir,
                           struct dentry *b)
{
    dentry_get(a);
    dentry_get(b);
    dir_remove(&a_dir->inode->directory, a);
    dir_remove(&b_dir->inode->directory, b);
    entry_removed(a_dir, a->inode);
    entry_removed(b_dir, b->inode);
    dentry_swap_names(a, b);
    a->parent = b_dir; /* each parent keeps one reference: they change places too */
    b->parent = a_dir;
    dir_insert(&b_dir->inode->directory, a);
    dir_insert(&a_dir->inode->directory, b);
    entry_added(b_dir, a->inode);
    entry_added(a_dir, b->inode);
    inode_touch_changed(a->inode);
    inode_touch_changed(b->inode);
    dentry_put(a);
    dentry_put(b);
}

static int tmpfs_follow(struct inode *inode, struct link_target *target)
{
    target->text = inode->symlink;
    inode_touch_accessed(inode);
    return 0;
}

static void directory_destroy(struct inode *inode) { dir_free(&inode->directory); }

static void symlink_destroy(struct inode *inode) { heap_free(inode->symlink); }

static void regular_destroy(struct inode *inode)
{
    if (S_ISREG(inode->mode))
        tmpfs_drop_pages(inode);
}

static const struct inode_ops directory_ops = {
    .lookup = tmpfs_lookup,
    .create = tmpfs_create_entry,
    .link = tmpfs_link,
    .remove = tmpfs_remove,
    .rename = tmpfs_rename,
    .exchange = tmpfs_exchange,
    .unnamed = tmpfs_unnamed,
    .destroy = directory_destroy,
};

static const struct inode_ops regular_ops = {
    .resize = tmpfs_resize,
    .destroy = regular_destroy,
};

static const struct inode_ops symlink_ops = {
    .follow = tmpfs_follow,
    .destroy = symlink_destroy,
};

static const struct inode_ops fifo_ops = {
    .destroy = fifo_destroy,
};

struct mount *tmpfs_create(const char *source, uint32_t mode, uint64_t pages_limit)
{
    struct mount *mount = heap_alloc(sizeof(*mount));

    if (!mount)
        return NULL;
    mount->type = "tmpfs";
    mount->source = source;
    mount->magic = TMPFS_MAGIC;
    mount->pages_limit = pages_limit;
    struct inode *inode = inode_create(mount, S_IFDIR | mode);
    if (inode && set_kind(inode, 0, NULL) == 0)
        mount->root = dentry_create_root(inode);
    if (inode)
        inode_put(inode);
    if (!mount->root) {
        heap_free(mount);
        return NULL;
    }
    mount_register(mount);
    return mount;
}

/* Goes down to a directory without directories in it, empties it, goes up: no recursion. */
static void remove_all(struct dentry *root)
{
    struct dentry *at = root;

    for (;;) {
        struct list *first = list_first(&at->inode->directory.entries);
        if (!first && at == root)
            return;
        if (first) {
            struct dentry *child =
                container_of(list_entry(first, struct dir_node, link), struct dentry, node);
            if (S_ISDIR(child->inode->mode) && child->inode->directory.entry_count > 0) {
                at = child;
                continue;
            }
            dentry_get(child);
            int status = tmpfs_remove(at, child);
            ASSERT(status == 0);
            dentry_put(child);
        } else {
            at = at->parent;
        }
    }
}

void tmpfs_destroy(struct mount *mount)
{
    remove_all(mount->root);
    mount_destroy(mount);
}
