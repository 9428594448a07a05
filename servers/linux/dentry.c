/*
 * dentry.c - directory entries, their paths, and the mounts that cover them. Locks: vfs.h.
 */
#include "lib/base/string.h"
#include "servers/linux/vfs.h"

struct mutex rename_mutex = MUTEX_OF(LOCK_RENAME);
struct mount *mounts;

static uint32_t next_device = 1;

int dentry_set_name(struct dentry *dentry, const char *name, unsigned length)
{
    char *text = dentry->inline_name;
    char *old = dentry->name;

    if (length >= DENTRY_INLINE_NAME) {
        text = heap_alloc(length + 1);
        if (!text)
            return -ENOMEM;
    }
    memcpy(text, name, length);
    text[length] = 0;
    dentry->name = text;
    dentry->length = (uint16_t)length;
    if (old != dentry->inline_name)
        heap_free(old);
    return 0;
}

/* Long names are pointers, short ones lie inline. */
void dentry_swap_names(struct dentry *a, struct dentry *b)
{
    struct dentry *both[2] = {a, b};
    char inline_names[2][DENTRY_INLINE_NAME];
    char *names[2];
    uint16_t lengths[2] = {a->length, b->length};

    for (int i = 0; i < 2; i++) {
        memcpy(inline_names[i], both[i]->inline_name, DENTRY_INLINE_NAME);
        names[i] = both[i]->name == both[i]->inline_name ? NULL : both[i]->name;
    }
    for (int i = 0; i < 2; i++) {
        memcpy(both[i]->inline_name, inline_names[1 - i], DENTRY_INLINE_NAME);
        both[i]->name = names[1 - i] ? names[1 - i] : both[i]->inline_name;
        both[i]->length = lengths[1 - i];
    }
}

struct dentry *dentry_create(struct dentry *parent, const char *name, unsigned length,
                             struct inode *inode)
{
    struct dentry *dentry = heap_alloc(sizeof(*dentry));

    if (!dentry)
        return NULL;
    if (dentry_set_name(dentry, name, length) < 0) {
        heap_free(dentry);
        return NULL;
    }
    dentry->refs = 1;
    dentry->inode = inode_get(inode);
    dentry->parent = dentry_get(parent);
    return dentry;
}

struct dentry *dentry_create_root(struct inode *inode)
{
    struct dentry *dentry = heap_alloc(sizeof(*dentry));

    if (!dentry)
        return NULL;
    dentry->name = dentry->inline_name;
    dentry->refs = 1;
    dentry->inode = inode_get(inode);
    dentry->parent = dentry;
    return dentry;
}

/* A loop, not a recursion: a chain of removed directories may be long. */
void dentry_destroy(struct dentry *dentry)
{
    for (;;) {
        struct dentry *parent = dentry->parent;
        inode_put(dentry->inode);
        if (dentry->name != dentry->inline_name)
            heap_free(dentry->name);
        heap_free(dentry);
        if (parent == dentry)
            return;
        if (__atomic_sub_fetch(&parent->refs, 1, __ATOMIC_ACQ_REL) != 0)
            return;
        dentry = parent;
    }
}

struct dentry *dentry_parent(struct dentry *dentry)
{
    mutex_lock(&rename_mutex);
    struct dentry *parent = dentry_get(dentry->parent);
    mutex_unlock(&rename_mutex);
    return parent;
}

/* Fills the buffer from its end; returns where the path starts, or an error. */
static long path_backwards(struct dentry *dentry, struct dentry *root, char *buffer, size_t at)
{
    size_t end = at;

    while (dentry != root) {
        if (dentry->parent == dentry)
            return -ENOENT;
        if (at < (size_t)dentry->length + 1)
            return -ENAMETOOLONG;
        at -= dentry->length;
        memcpy(buffer + at, dentry->name, dentry->length);
        buffer[--at] = '/';
        dentry = dentry->parent;
    }
    if (at == end) {
        if (at == 0)
            return -ENAMETOOLONG;
        buffer[--at] = '/';
    }
    return (long)at;
}

long dentry_path(struct dentry *dentry, char *buffer, size_t capacity)
{
    struct dentry *root = fs_root();

    mutex_lock(&rename_mutex);
    long start = path_backwards(dentry, root, buffer, capacity - 1);
    mutex_unlock(&rename_mutex);
    dentry_put(root);
    if (start < 0)
        return start;
    size_t length = capacity - 1 - (size_t)start;
    memmove(buffer, buffer + start, length);
    buffer[length] = 0;
    return (long)length;
}

void mount_register(struct mount *mount)
{
    struct mount **link = &mounts;

    mount->device = next_device++;
    mount->id = (int)mount->device + 20;
    if (!mount->root)
        return;
    while (*link)
        link = &(*link)->next;
    *link = mount;
}

void mount_destroy(struct mount *mount)
{
    struct mount **link = &mounts;

    while (*link && *link != mount)
        link = &(*link)->next;
    if (*link)
        *link = mount->next;
    if (mount->root->parent != mount->root) {
        dentry_put(mount->root->parent);
        mount->root->parent = mount->root;
    }
    dentry_put(mount->root);
    heap_free(mount);
}

void mount_over(struct mount *mount, struct dentry *at)
{
    struct dentry *root = mount->root;

    ASSERT(S_ISDIR(at->inode->mode) && at->mounted == NULL && root->parent == root);
    root->parent = dentry_get(at->parent);
    if (dentry_set_name(root, at->name, at->length) < 0)
        ASSERT(!"memory for the name of a mount at boot");
    at->mounted = root;
    dentry_get(at); /* stays for ever, so `mounted` cannot dangle */
}
