/*
 * xattr.c - see xattr.h. Lock: inode.mutex; a list in order of creation.
 */
#include "servers/linux/xattr.h"

#include "lib/base/string.h"

#define XATTR_CREATE  1
#define XATTR_REPLACE 2

struct xattr {
    struct xattr *next;
    size_t name_bytes; /* with its 0 */
    size_t bytes;
    char text[]; /* the name, then the value */
};

static struct xattr **find(struct inode *inode, const char *name)
{
    struct xattr **link = &inode->xattrs;

    while (*link && strcmp((*link)->text, name) != 0)
        link = &(*link)->next;
    return link;
}

static size_t used(const struct inode *inode)
{
    size_t sum = 0;

    for (const struct xattr *at = inode->xattrs; at; at = at->next)
        sum += at->name_bytes + at->bytes;
    return sum;
}

static struct xattr *create(const char *name, const void *data, size_t bytes)
{
    size_t name_bytes = strlen(name) + 1;
    struct xattr *made = heap_alloc(sizeof(*made) + name_bytes + bytes);

    if (!made)
        return NULL;
    made->name_bytes = name_bytes;
    made->bytes = bytes;
    memcpy(made->text, name, name_bytes);
    memcpy(made->text + name_bytes, data, bytes);
    return made;
}

static int put_locked(struct inode *inode, struct xattr *made, int flags, struct xattr **old)
{
    struct xattr **link = find(inode, made->text);
    size_t freed = *link ? (*link)->name_bytes + (*link)->bytes : 0;

    if (*link && (flags & XATTR_CREATE))
        return -EEXIST;
    if (!*link && (flags & XATTR_REPLACE))
        return -ENODATA;
    if (used(inode) - freed + made->name_bytes + made->bytes > XATTR_INODE_MAX)
        return -ENOSPC;
    *old = *link;
    made->next = *link ? (*link)->next : NULL;
    *link = made;
    inode_touch_changed(inode);
    return 0;
}

int xattr_set(struct inode *inode, const char *name, const void *data, size_t bytes, int flags)
{
    struct xattr *made, *old = NULL;

    if (!page_shared_room())
        return -ENOSPC;
    made = create(name, data, bytes);
    if (!made)
        return -ENOMEM;
    mutex_lock(&inode->mutex);
    int status = put_locked(inode, made, flags, &old);
    mutex_unlock(&inode->mutex);
    heap_free(status < 0 ? made : old);
    return status;
}

static struct xattr *take_locked(struct inode *inode, const char *name)
{
    struct xattr **link = find(inode, name), *old = *link;

    if (old) {
        *link = old->next;
        inode_touch_changed(inode);
    }
    return old;
}

void xattr_drop_locked(struct inode *inode, const char *name)
{
    heap_free(take_locked(inode, name));
}

int xattr_remove(struct inode *inode, const char *name)
{
    mutex_lock(&inode->mutex);
    struct xattr *old = take_locked(inode, name);
    mutex_unlock(&inode->mutex);
    heap_free(old);
    return old ? 0 : -ENODATA;
}

long xattr_get(struct inode *inode, const char *name, void *to, size_t room)
{
    long result = -ENODATA;

    mutex_lock(&inode->mutex);
    const struct xattr *found = *find(inode, name);
    if (found && room > 0 && found->bytes > room)
        result = -ERANGE;
    else if (found)
        result = (long)found->bytes;
    if (result > 0 && room > 0)
        memcpy(to, found->text + found->name_bytes, found->bytes);
    mutex_unlock(&inode->mutex);
    return result;
}

static bool is_trusted(const struct xattr *at) { return memcmp(at->text, "trusted.", 8) == 0; }

long xattr_list(struct inode *inode, char *to, size_t room, bool all)
{
    size_t bytes = 0;

    mutex_lock(&inode->mutex);
    for (const struct xattr *at = inode->xattrs; at; at = at->next) {
        if (!all && is_trusted(at))
            continue;
        if (room > 0 && bytes + at->name_bytes <= room)
            memcpy(to + bytes, at->text, at->name_bytes);
        bytes += at->name_bytes;
    }
    mutex_unlock(&inode->mutex);
    return room > 0 && bytes > room ? -ERANGE : (long)bytes;
}

void xattrs_free(struct inode *inode)
{
    while (inode->xattrs) {
        struct xattr *next = inode->xattrs->next;
        heap_free(inode->xattrs);
        inode->xattrs = next;
    }
}
