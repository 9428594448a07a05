/*
 * vfs_rename.c - rename, the only call that moves entries between directories.
 *
 * rename_mutex makes it the only one in progress, so that "is an ancestor of" stays true while it
 * works; then both directories' mutexes, the ancestor's first, unrelated ones by address; then that
 * of a replaced directory.
 */
#include "servers/linux/inotify.h"
#include "servers/linux/vfs_check.h"

uint64_t vfs_renames;

struct rename {
    struct dentry *old_dir;
    struct dentry *new_dir;
    struct dentry *moved;    /* counted */
    struct dentry *replaced; /* counted, or NULL */
};

/* `above` is `below` or one of its ancestors. Caller holds rename_mutex. */
static bool is_ancestor(const struct dentry *above, const struct dentry *below)
{
    while (below != above && below->parent != below)
        below = below->parent;
    return below == above;
}

static void lock_both(struct dentry *a, struct dentry *b)
{
    if (a == b) {
        mutex_lock(&a->inode->mutex);
        return;
    }
    bool b_first = is_ancestor(b, a) || (!is_ancestor(a, b) && b->inode < a->inode);
    mutex_lock(b_first ? &b->inode->mutex : &a->inode->mutex);
    mutex_lock(b_first ? &a->inode->mutex : &b->inode->mutex);
}

static void unlock_both(struct dentry *a, struct dentry *b)
{
    mutex_unlock(&a->inode->mutex);
    if (a != b)
        mutex_unlock(&b->inode->mutex);
}

static int check_shape(const struct rename *rename, const struct walk *from, const struct walk *to)
{
    bool directory = S_ISDIR(rename->moved->inode->mode);

    if (is_ancestor(rename->moved, rename->new_dir))
        return directory ? -EINVAL : -ENOTDIR;
    if (rename->replaced && is_ancestor(rename->replaced, rename->old_dir))
        return -ENOTEMPTY;
    if (!directory && (from->trailing_slash || to->trailing_slash))
        return -ENOTDIR;
    return 0;
}

/* Neither may come to lie below itself. */
static int check_exchange(const struct rename *rename)
{
    return is_ancestor(rename->moved, rename->new_dir) ||
                   is_ancestor(rename->replaced, rename->old_dir)
               ? -EINVAL
               : 0;
}

static int check_rights(const struct rename *rename, bool exchange)
{
    bool directory = S_ISDIR(rename->moved->inode->mode);
    bool replaces_directory = exchange ? S_ISDIR(rename->replaced->inode->mode) : directory;
    int status = check_remove(rename->old_dir, rename->moved, directory);

    if (status < 0)
        return status;
    if (rename->replaced)
        status = check_remove(rename->new_dir, rename->replaced, replaces_directory);
    else
        status = check_create(rename->new_dir, 0);
    if (status < 0)
        return status;
    if (directory && rename->old_dir != rename->new_dir)
        status = inode_permission(rename->moved->inode, W_OK);
    if (status == 0 && exchange && replaces_directory && rename->old_dir != rename->new_dir)
        status = inode_permission(rename->replaced->inode, W_OK);
    if (status == 0 && (rename->moved->mounted || (rename->replaced && rename->replaced->mounted)))
        status = -EBUSY;
    return status;
}

static int perform(struct rename *rename, const struct walk *to, bool exchange)
{
    struct inode *replaced = rename->replaced ? rename->replaced->inode : NULL;

    if (!rename->old_dir->inode->ops->rename)
        return -EPERM;
    if (exchange) {
        rename->old_dir->inode->ops->exchange(rename->old_dir, rename->moved, rename->new_dir,
                                              rename->replaced);
        return 0;
    }
    if (replaced)
        mutex_lock(&replaced->mutex);
    int status = rename->old_dir->inode->ops->rename(
        rename->old_dir, rename->moved, rename->new_dir, to->name, to->length, rename->replaced);
    if (replaced)
        mutex_unlock(&replaced->mutex);
    return status;
}

static void tell(const struct rename *rename, const struct walk *from, const struct walk *to,
                 bool exchange)
{
    struct inode *old_dir = rename->old_dir->inode, *new_dir = rename->new_dir->inode;

    inotify_renamed(old_dir, from->name, from->length, new_dir, rename->moved);
    if (exchange)
        inotify_renamed(new_dir, to->name, to->length, old_dir, rename->replaced);
    else if (rename->replaced)
        inotify_unlinked(rename->replaced->inode);
}

static int rename_found(struct rename *rename, const struct walk *from, const struct walk *to,
                        unsigned flags)
{
    bool exchange = flags & RENAME_EXCHANGE;

    if (rename->replaced && (flags & RENAME_NOREPLACE))
        return -EEXIST;
    if (!rename->replaced && exchange)
        return -ENOENT;
    int status = exchange ? check_exchange(rename) : check_shape(rename, from, to);
    if (status < 0)
        return status;
    if (rename->replaced && rename->replaced->inode == rename->moved->inode)
        return 0; /* two links to one file: POSIX says do nothing */
    status = check_rights(rename, exchange);
    if (status == 0)
        status = perform(rename, to, exchange);
    if (status == 0 && inotify_active())
        tell(rename, from, to, exchange);
    return status;
}

/* Caller holds rename_mutex and both directories. */
static int rename_locked(const struct walk *from, const struct walk *to, unsigned flags)
{
    struct rename rename = {.old_dir = from->parent, .new_dir = to->parent};
    int status =
        rename.old_dir->inode->ops->lookup(rename.old_dir, from->name, from->length, &rename.moved);

    if (status < 0)
        return status;
    status =
        rename.new_dir->inode->ops->lookup(rename.new_dir, to->name, to->length, &rename.replaced);
    if (status == -ENOENT)
        rename.replaced = NULL;
    if (status == 0 || status == -ENOENT)
        status = rename_found(&rename, from, to, flags);
    else
        rename.replaced = NULL;
    if (rename.replaced)
        dentry_put(rename.replaced);
    dentry_put(rename.moved);
    return status;
}

static int rename_walked(const struct walk *from, const struct walk *to, unsigned flags)
{
    if (from->kind == WALK_ROOT || to->kind == WALK_ROOT || from->kind != WALK_NAME)
        return -EBUSY;
    if (from->parent->inode->mount != to->parent->inode->mount)
        return -EXDEV;
    if (to->kind != WALK_NAME)
        return flags & RENAME_NOREPLACE ? -EEXIST : -EBUSY;
    mutex_lock(&rename_mutex);
    lock_both(from->parent, to->parent);
    int status = rename_locked(from, to, flags);
    if (status == 0)
        __atomic_fetch_add(&vfs_renames, 1, __ATOMIC_RELEASE);
    unlock_both(from->parent, to->parent);
    mutex_unlock(&rename_mutex);
    return status;
}

int vfs_rename(struct dentry *old_start, const char *old_path, struct dentry *new_start,
               const char *new_path, unsigned flags)
{
    struct walk from, to;

    if (flags & ~(unsigned)(RENAME_NOREPLACE | RENAME_EXCHANGE) ||
        flags == (RENAME_NOREPLACE | RENAME_EXCHANGE))
        return -EINVAL;
    int status = walk_path(&from, old_start, old_path, WALK_PARENT);
    if (status < 0)
        return status;
    status = walk_path(&to, new_start, new_path, WALK_PARENT);
    if (status == 0) {
        status = rename_walked(&from, &to, flags);
        walk_end(&to);
    }
    walk_end(&from);
    return status;
}
