/*
 * vfs_open.c - open(2) from the path to the open file.
 */
#include "lib/base/fmt.h"
#include "servers/linux/inotify.h"
#include "servers/linux/may.h"

#define UNNAMED_BYTES 24 /* "#" and a number */

/* O_PATH: a place in the tree, nothing else. */
static const struct file_ops path_ops = {0};

static unsigned walk_flags_of(uint32_t flags)
{
    unsigned walk = 0;

    if (flags & O_CREAT)
        walk |= WALK_CREATE;
    if (flags & O_DIRECTORY)
        walk |= WALK_DIRECTORY;
    if (!(flags & O_NOFOLLOW) && (flags & (O_CREAT | O_EXCL)) != (O_CREAT | O_EXCL))
        walk |= WALK_FOLLOW;
    return walk;
}

static int access_of(uint32_t flags)
{
    int mask;

    switch (flags & O_ACCMODE) {
    case O_RDONLY:
        mask = R_OK;
        break;
    case O_WRONLY:
        mask = W_OK;
        break;
    default:
        mask = R_OK | W_OK;
        break;
    }
    return flags & O_TRUNC ? mask | W_OK : mask;
}

static int check_existing(const struct walk *walk, uint32_t flags)
{
    const struct inode *inode = walk->dentry->inode;
    int mask = access_of(flags);

    if (S_ISLNK(inode->mode))
        return -ELOOP;
    if (S_ISDIR(inode->mode) && ((mask & W_OK) || (flags & O_CREAT)))
        return -EISDIR;
    int status = 0;
    if ((flags & O_CREAT) && walk->parent)
        status = may_open_to_create(credentials_current(), walk->parent->inode, inode);
    if (status == 0)
        status = inode_permission(inode, mask);
    if (status < 0)
        return status;
    if (S_ISSOCK(inode->mode))
        return -ENXIO;
    if ((flags & O_NOATIME) && !inode_owned(inode))
        return -EPERM;
    return 0;
}

/* Flags that stay with the open file; O_NOCTTY only while ops->open runs. */
static uint32_t kept_flags(uint32_t flags)
{
    return flags & ~(uint32_t)(O_CREAT | O_EXCL | O_TRUNC | O_CLOEXEC);
}

static void tell_opened(struct file *file, bool truncated)
{
    inotify_file(file, IN_OPEN);
    if (truncated)
        inotify_file(file, IN_MODIFY);
}

static struct file *open_inode(struct dentry *dentry, uint32_t flags, bool created, int *error)
{
    struct inode *inode = dentry->inode;
    bool claims = S_ISREG(inode->mode) && (flags & O_ACCMODE) != O_RDONLY;

    *error = claims ? inode_claim_write(inode) : 0;
    if (*error < 0)
        return NULL;
    bool truncates = (flags & O_TRUNC) && S_ISREG(inode->mode) && !created && inode->ops->resize;
    if (truncates)
        *error = inode_resize(inode, 0);
    struct file *file = NULL;
    if (*error == 0)
        file = file_create(inode, dentry, kept_flags(flags), inode->file_ops, NULL, error);
    if (file)
        file->flags &= ~(uint32_t)O_NOCTTY;
    if (file && inotify_active())
        tell_opened(file, truncates);
    /* The descriptor releases the claim only if it is writable: mode 3 is not. */
    if (claims && (!file || !file_writable(file)))
        inode_release_write(inode);
    return file;
}

/* Makes the missing last component. -EAGAIN: somebody else did, look again. */
static int create_missing(const struct walk *walk, uint32_t mode, struct dentry **created)
{
    struct dentry *dir = walk->parent;
    struct dentry *existing;

    mutex_lock(&dir->inode->mutex);
    int status = dir->inode->ops->lookup(dir, walk->name, walk->length, &existing);
    if (status == 0) {
        dentry_put(existing);
        status = -EAGAIN;
    } else if (status == -ENOENT) {
        status = vfs_create_locked(dir, walk->name, walk->length, S_IFREG | (mode & 07777), 0, NULL,
                                   created);
    }
    mutex_unlock(&dir->inode->mutex);
    return status;
}

static struct file *open_walked(struct walk *walk, uint32_t flags, uint32_t mode, int *error)
{
    struct dentry *dentry = walk->dentry;

    if (flags & O_PATH)
        return file_create(dentry->inode, dentry, flags & (O_PATH | O_DIRECTORY | O_NOFOLLOW),
                           &path_ops, NULL, error);
    if (dentry) {
        *error = (flags & (O_CREAT | O_EXCL)) == (O_CREAT | O_EXCL) ? -EEXIST
                                                                    : check_existing(walk, flags);
        return *error < 0 ? NULL : open_inode(dentry, flags, false, error);
    }
    *error = create_missing(walk, mode, &dentry);
    if (*error < 0)
        return NULL;
    struct file *file = open_inode(dentry, flags, true, error);
    dentry_put(dentry);
    return file;
}

struct file *vfs_open(struct dentry *start, const char *path, uint32_t flags, uint32_t mode,
                      unsigned walk_flags, int *error)
{
    struct walk walk;
    struct file *file;

    if (flags & O_PATH)
        flags &= O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
    do {
        *error = walk_path(&walk, start, path, walk_flags_of(flags) | walk_flags);
        if (*error < 0)
            return NULL;
        file = open_walked(&walk, flags, mode, error);
        walk_end(&walk);
    } while (!file && *error == -EAGAIN && (flags & O_CREAT));
    return file;
}

/* An entry that is in no directory, so that /proc says what kind of file it is. */
static struct dentry *unnamed_entry(struct dentry *dir, struct inode *inode)
{
    char name[UNNAMED_BYTES];
    size_t length = fmt_buffer(name, sizeof(name), "#%lu", inode->number);
    struct dentry *dentry = dentry_create(dir, name, (unsigned)length, inode);

    if (dentry)
        dentry->gone = true;
    return dentry;
}

static struct file *open_unnamed_in(struct dentry *dir, uint32_t flags, uint32_t mode, int *error)
{
    const struct credentials *who = credentials_current();

    *error = dir->gone ? -ENOENT : may_access(who, dir->inode, W_OK | X_OK);
    if (*error == 0 && !dir->inode->ops->unnamed)
        *error = -EOPNOTSUPP;
    if (*error < 0)
        return NULL;
    mode = mode_to_make(who, dir->inode, S_IFREG | (mode & 07777)) & ~context_current()->fs->umask;
    struct inode *inode = dir->inode->ops->unnamed(dir->inode->mount, mode);
    struct dentry *dentry = inode ? unnamed_entry(dir, inode) : NULL;
    struct file *file = NULL;
    *error = -ENOSPC;
    if (dentry) {
        if (dir->inode->mode & S_ISGID)
            inode->gid = dir->inode->gid;
        inode->linkable = !(flags & O_EXCL);
        file = open_inode(dentry, flags & ~(uint32_t)O_TRUNC, true, error);
        dentry_put(dentry);
    }
    if (inode)
        inode_put(inode);
    return file;
}

struct file *vfs_open_unnamed(struct dentry *start, const char *path, uint32_t flags, uint32_t mode,
                              unsigned walk_flags, int *error)
{
    struct dentry *dir;

    *error = walk_to(start, path, WALK_FOLLOW | WALK_DIRECTORY | walk_flags, &dir);
    if (*error < 0)
        return NULL;
    struct file *file = open_unnamed_in(dir, flags, mode, error);
    dentry_put(dir);
    return file;
}

struct file *vfs_open_executable_entry(struct dentry *dentry, int *error)
{
    struct file *file = NULL;
    struct inode *inode = dentry->inode;

    if (S_ISLNK(inode->mode))
        *error = -ELOOP;
    else if (!S_ISREG(inode->mode))
        *error = -EACCES;
    else
        *error = inode_permission(inode, X_OK);
    if (*error == 0)
        *error = inode_claim_execute(inode);
    if (*error == 0) {
        file = file_create(inode, dentry, O_RDONLY, inode->file_ops, NULL, error);
        if (!file)
            inode_release_execute(inode);
    }
    return file;
}

struct file *vfs_open_executable(const char *path, int *error)
{
    struct dentry *dentry;

    *error = walk_to(NULL, path, WALK_FOLLOW, &dentry);
    if (*error < 0)
        return NULL;
    struct file *file = vfs_open_executable_entry(dentry, error);
    dentry_put(dentry);
    return file;
}

void file_put_executable(struct file *file)
{
    inode_release_execute(file->inode);
    file_put(file);
}
