/*
 * fs_context.c - root, working directory and umask of a process. Locks: vfs.h.
 */
#include "servers/linux/vfs.h"

struct fs_context *fs_context_create(struct dentry *root)
{
    struct fs_context *context = heap_alloc(sizeof(*context));

    if (!context)
        return NULL;
    context->refs = 1;
    mutex_init(&context->mutex, LOCK_FS_CONTEXT);
    context->umask = 022;
    context->root = dentry_get(root);
    context->cwd = dentry_get(root);
    return context;
}

struct fs_context *fs_context_clone(struct fs_context *from)
{
    struct fs_context *context = heap_alloc(sizeof(*context));

    if (!context)
        return NULL;
    context->refs = 1;
    mutex_init(&context->mutex, LOCK_FS_CONTEXT);
    mutex_lock(&from->mutex);
    context->umask = from->umask;
    context->root = dentry_get(from->root);
    context->cwd = dentry_get(from->cwd);
    mutex_unlock(&from->mutex);
    return context;
}

struct fs_context *fs_context_get(struct fs_context *context)
{
    __atomic_fetch_add(&context->refs, 1, __ATOMIC_RELAXED);
    return context;
}

void fs_context_put(struct fs_context *context)
{
    if (__atomic_sub_fetch(&context->refs, 1, __ATOMIC_ACQ_REL) != 0)
        return;
    dentry_put(context->root);
    dentry_put(context->cwd);
    heap_free(context);
}

static struct dentry *get_locked_copy(struct fs_context *context, struct dentry **from)
{
    mutex_lock(&context->mutex);
    struct dentry *dentry = dentry_get(*from);
    mutex_unlock(&context->mutex);
    return dentry;
}

struct dentry *fs_root(void)
{
    struct fs_context *context = context_current()->fs;
    return get_locked_copy(context, &context->root);
}

struct dentry *fs_cwd(void)
{
    struct fs_context *context = context_current()->fs;
    return get_locked_copy(context, &context->cwd);
}

void fs_set_cwd(struct dentry *dentry)
{
    struct fs_context *context = context_current()->fs;

    mutex_lock(&context->mutex);
    struct dentry *old = context->cwd;
    context->cwd = dentry_get(dentry);
    mutex_unlock(&context->mutex);
    dentry_put(old);
}

void fs_set_root(struct dentry *dentry)
{
    struct fs_context *context = context_current()->fs;

    mutex_lock(&context->mutex);
    struct dentry *old = context->root;
    context->root = dentry_get(dentry);
    mutex_unlock(&context->mutex);
    dentry_put(old);
}
