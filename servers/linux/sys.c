/*
 * sys.c - see sys.h.
 */
#include "servers/linux/sys.h"

#include "lib/base/string.h"
#include "servers/linux/inotify.h"

int user_path_read(struct user_path *path, uint64_t address)
{
    path->page = NULL;
    path->text = path->inline_text;
    long length = user_read_string(path->inline_text, uaddr(address), USER_PATH_INLINE);
    if (length != -ENAMETOOLONG)
        return length < 0 ? (int)length : 0;
    path->page = page_alloc_unzeroed();
    if (!path->page)
        return -ENOMEM;
    path->text = page_data(path->page);
    length = user_read_string(page_data(path->page), uaddr(address), PATH_MAX);
    if (length >= 0)
        return 0;
    user_path_end(path);
    return (int)length;
}

void user_path_end(struct user_path *path)
{
    if (path->page)
        page_put(path->page);
    path->page = NULL;
}

int user_read_versioned(void *to, size_t known_bytes, uint64_t address, uint64_t bytes)
{
    uint64_t word;

    for (uint64_t at = known_bytes; at < bytes; at += sizeof(word)) {
        size_t piece = bytes - at < sizeof(word) ? bytes - at : sizeof(word);
        word = 0;
        if (user_read(&word, uaddr(address + at), piece) < 0)
            return -EFAULT;
        if (word != 0)
            return -E2BIG;
    }
    memset(to, 0, known_bytes);
    return user_read(to, uaddr(address), bytes < known_bytes ? bytes : known_bytes);
}

/* The directory behind a descriptor, counted. */
static int directory_of(int dirfd, struct dentry **start)
{
    struct file *file = fd_file_or_path(dirfd);

    if (!file)
        return -EBADF;
    int status = -ENOTDIR;
    if (file->dentry && S_ISDIR(file->inode->mode)) {
        *start = dentry_get(file->dentry);
        status = 0;
    }
    file_put(file);
    return status;
}

static int read_at_path(struct at_path *at, int dirfd, uint64_t address, bool always_below)
{
    int status = user_path_read(&at->path, address);

    at->start = NULL;
    if (status < 0)
        return status;
    if (dirfd == AT_FDCWD || (at->path.text[0] == '/' && !always_below))
        return 0;
    if (at->path.text[0] == 0)
        status = -ENOENT;
    else
        status = directory_of(dirfd, &at->start);
    if (status < 0)
        user_path_end(&at->path);
    return status;
}

int at_path_read(struct at_path *at, int dirfd, uint64_t address)
{
    return read_at_path(at, dirfd, address, false);
}

int at_path_read_below(struct at_path *at, int dirfd, uint64_t address)
{
    return read_at_path(at, dirfd, address, true);
}

void at_path_end(struct at_path *at)
{
    user_path_end(&at->path);
    if (at->start)
        dentry_put(at->start);
}

int at_dentry(int dirfd, uint64_t address, int flags, struct dentry **found)
{
    struct at_path at;
    int status = at_path_read(&at, dirfd, address);

    if (status < 0)
        return status;
    status = walk_to(at.start, at.path.text, flags & AT_SYMLINK_NOFOLLOW ? 0 : WALK_FOLLOW, found);
    at_path_end(&at);
    return status;
}

/* A descriptor may have no entry. */
static int place_of_descriptor(int dirfd, struct dentry **dentry, struct inode **inode)
{
    struct file *file;

    if (dirfd == AT_FDCWD) {
        *dentry = fs_cwd();
        *inode = inode_get((*dentry)->inode);
        return 0;
    }
    file = fd_file_or_path(dirfd);
    if (!file)
        return -EBADF;
    *dentry = file->dentry ? dentry_get(file->dentry) : NULL;
    *inode = inode_get(file->inode);
    file_put(file);
    return 0;
}

int at_place(int dirfd, uint64_t address, int flags, struct dentry **dentry, struct inode **inode)
{
    char first;

    if (flags & AT_EMPTY_PATH) {
        if (user_read(&first, uaddr(address), 1) < 0)
            return -EFAULT;
        if (first == 0)
            return place_of_descriptor(dirfd, dentry, inode);
    }
    int status = at_dentry(dirfd, address, flags, dentry);
    if (status == 0)
        *inode = inode_get((*dentry)->inode);
    return status;
}

int at_inode(int dirfd, uint64_t address, int flags, struct inode **found)
{
    struct dentry *dentry;
    int status = at_place(dirfd, address, flags, &dentry, found);

    if (status == 0 && dentry)
        dentry_put(dentry);
    return status;
}

void at_place_end(struct dentry *dentry, struct inode *inode, uint32_t event)
{
    if (event != 0 && inotify_active())
        inotify_place(dentry, inode, event);
    inode_put(inode);
    if (dentry)
        dentry_put(dentry);
}
