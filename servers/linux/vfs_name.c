/*
 * vfs_name.c - calls that change names: create, remove, link. Every check of Linux comes first, the
 * file system's operation last. (rename: vfs_rename.c.)
 *
 * A file system without an operation answers ENOENT to new names and EPERM to the rest, as Linux's
 * /proc does. Locks: the directory's inode.mutex, then that of a directory that is removed.
 */
#include "servers/linux/inotify.h"
#include "servers/linux/may.h"
#include "servers/linux/vfs_check.h"

int check_create(const struct dentry *dir, uint32_t mode)
{
    if (dir->gone)
        return -ENOENT;
    if (!dir->inode->ops->create)
        return -ENOENT;
    return may_create(credentials_current(), dir->inode, mode);
}

int check_remove(const struct dentry *dir, const struct dentry *victim, bool directory)
{
    int status = may_remove(credentials_current(), dir->inode, victim->inode);

    if (status < 0)
        return status;
    if (!dir->inode->ops->remove)
        return -EPERM;
    if (directory && !S_ISDIR(victim->inode->mode))
        return -ENOTDIR;
    if (!directory && S_ISDIR(victim->inode->mode))
        return -EISDIR;
    return 0;
}

int vfs_create_locked(struct dentry *dir, const char *name, unsigned length, uint32_t mode,
                      uint32_t rdev, const char *symlink_text, struct dentry **created)
{
    int status = check_create(dir, mode);

    if (status < 0)
        return status;
    if (!S_ISLNK(mode))
        mode =
            mode_to_make(credentials_current(), dir->inode, mode) & ~context_current()->fs->umask;
    status = dir->inode->ops->create(dir, name, length, mode, rdev, symlink_text, created);
    if (status == 0 && inotify_active())
        inotify_entry(dir->inode, IN_CREATE, 0, name, length, (*created)->inode);
    return status;
}

static int create_at(struct walk *walk, uint32_t mode, uint32_t rdev, const char *symlink_text,
                     struct dentry **made)
{
    struct dentry *dir = walk->parent;
    struct dentry *entry;

    if (walk->kind != WALK_NAME)
        return -EEXIST;
    mutex_lock(&dir->inode->mutex);
    int status = dir->inode->ops->lookup(dir, walk->name, walk->length, &entry);
    if (status == 0)
        status = -EEXIST;
    else if (status == -ENOENT && (S_ISDIR(mode) || !walk->trailing_slash)) {
        entry = NULL;
        status = vfs_create_locked(dir, walk->name, walk->length, mode, rdev, symlink_text, &entry);
    } else
        entry = NULL;
    mutex_unlock(&dir->inode->mutex);
    if (status == -EEXIST && entry)
        dentry_put(entry);
    else if (status == 0)
        *made = entry;
    return status;
}

int vfs_make(struct dentry *start, const char *path, uint32_t mode, uint32_t rdev,
             const char *symlink_text, struct dentry **made)
{
    struct walk walk;
    int status = walk_path(&walk, start, path, WALK_PARENT);

    if (status < 0)
        return status;
    status = create_at(&walk, mode, rdev, symlink_text, made);
    walk_end(&walk);
    return status;
}

int vfs_create(struct dentry *start, const char *path, uint32_t mode, uint32_t rdev,
               const char *symlink_text)
{
    struct dentry *made;
    int status = vfs_make(start, path, mode, rdev, symlink_text, &made);

    if (status == 0)
        dentry_put(made);
    return status;
}

/* Caller holds dir's mutex. The victim's own mutex keeps others from filling a dying directory. */
static int remove_locked(struct dentry *dir, struct dentry *victim, bool directory)
{
    int status = check_remove(dir, victim, directory);

    if (status < 0)
        return status;
    if (victim->mounted)
        return -EBUSY;
    mutex_lock(&victim->inode->mutex);
    status = dir->inode->ops->remove(dir, victim);
    mutex_unlock(&victim->inode->mutex);
    if (status == 0 && inotify_active())
        inotify_removed(dir->inode, victim);
    return status;
}

static int check_last_component(const struct walk *walk, bool directory)
{
    if (walk->kind == WALK_NAME)
        return 0;
    if (!directory)
        return -EISDIR;
    if (walk->kind == WALK_DOT)
        return -EINVAL;
    return walk->kind == WALK_DOTDOT ? -ENOTEMPTY : -EBUSY;
}

static int remove_at(struct walk *walk, bool directory)
{
    struct dentry *dir = walk->parent;
    struct dentry *victim;
    int status = check_last_component(walk, directory);

    if (status < 0)
        return status;
    mutex_lock(&dir->inode->mutex);
    status = dir->inode->ops->lookup(dir, walk->name, walk->length, &victim);
    if (status < 0) {
        mutex_unlock(&dir->inode->mutex);
        return status;
    }
    if (!directory && walk->trailing_slash)
        status = S_ISDIR(victim->inode->mode) ? -EISDIR : -ENOTDIR;
    else
        status = remove_locked(dir, victim, directory);
    mutex_unlock(&dir->inode->mutex);
    dentry_put(victim);
    return status;
}

int vfs_remove(struct dentry *start, const char *path, bool directory)
{
    struct walk walk;
    int status = walk_path(&walk, start, path, WALK_PARENT);

    if (status < 0)
        return status;
    status = remove_at(&walk, directory);
    walk_end(&walk);
    return status;
}

static int link_locked(struct dentry *dir, struct walk *walk, struct inode *inode)
{
    struct dentry *existing;
    int status = dir->inode->ops->lookup(dir, walk->name, walk->length, &existing);

    if (status == 0) {
        dentry_put(existing);
        return -EEXIST;
    }
    if (status != -ENOENT || walk->trailing_slash)
        return status;
    if (inode->mount != dir->inode->mount)
        return -EXDEV;
    status = may_link(credentials_current(), inode);
    if (status == 0)
        status = check_create(dir, 0);
    if (status < 0)
        return status;
    if (!dir->inode->ops->link || S_ISDIR(inode->mode))
        return -EPERM;
    status = dir->inode->ops->link(dir, walk->name, walk->length, inode);
    if (status == 0 && inotify_active()) {
        inotify_inode(inode, IN_ATTRIB);
        inotify_entry(dir->inode, IN_CREATE, 0, walk->name, walk->length, inode);
    }
    return status;
}

int vfs_link(struct inode *inode, struct dentry *start, const char *path)
{
    struct walk walk;
    int status = walk_path(&walk, start, path, WALK_PARENT);

    if (status < 0)
        return status;
    if (walk.kind != WALK_NAME) {
        walk_end(&walk);
        return -EEXIST;
    }
    mutex_lock(&walk.parent->inode->mutex);
    status = link_locked(walk.parent, &walk, inode);
    mutex_unlock(&walk.parent->inode->mutex);
    walk_end(&walk);
    return status;
}
