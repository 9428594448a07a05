/*
 * path.c - the walk from a path to a directory entry: components, "..", symbolic links, mounts,
 * permissions.
 *
 * Symbolic links are followed without recursion: what is left of the path behind a link is kept in
 * walk->links (made when the first link is met), at most SYMLINK_MAX of them. A text that ends a
 * walk ("name") may lie in a link, so links are held until walk_end.
 *
 * Context: any, no locks held. A directory's mutex is held for one lookup at a time.
 */
#include "lib/base/string.h"
#include "servers/linux/may.h"
#include "servers/linux/vfs.h"

/* One link that was followed: what holds its text, and where to go on behind it. */
struct walk_link {
    struct inode *inode;
    void *text_heap;
    const char *rest;
};

static struct dentry *walk_root(struct walk *walk)
{
    if (!walk->root)
        walk->root = fs_root();
    return walk->root;
}

int walk_child(struct dentry *dir, const char *name, unsigned length, struct dentry **found)
{
    struct inode *inode = dir->inode;

    mutex_lock(&inode->mutex);
    int status = inode->ops->lookup(dir, name, length, found);
    mutex_unlock(&inode->mutex);
    if (status == 0 && (*found)->mounted) {
        struct dentry *root = dentry_get((*found)->mounted);
        dentry_put(*found);
        *found = root;
    }
    return status;
}

static const char *skip_slashes(const char *text)
{
    while (*text == '/')
        text++;
    return text;
}

/* Takes the next component off *path; says whether it is the last one. */
static bool take_component(struct walk *walk, const char **path)
{
    const char *end = *path;

    while (*end != 0 && *end != '/')
        end++;
    walk->name = *path;
    walk->length = (unsigned)(end - *path);
    *path = skip_slashes(end);
    bool last = **path == 0 && walk->depth == 0;
    if (last && *end == '/')
        walk->trailing_slash = true;
    walk->kind = WALK_NAME;
    if (walk->name[0] == '.' && walk->length == 1)
        walk->kind = WALK_DOT;
    else if (walk->name[0] == '.' && walk->name[1] == '.' && walk->length == 2)
        walk->kind = WALK_DOTDOT;
    return last;
}

static int check_search(const struct dentry *at)
{
    if (!S_ISDIR(at->inode->mode))
        return -ENOTDIR;
    return inode_permission(at->inode, X_OK);
}

/* May the walk go from here to there, over the edge of a mount? */
static int check_edge(const struct walk *walk, const struct dentry *from, const struct dentry *to)
{
    return (walk->flags & WALK_NO_MOUNTS) && from->inode->mount != to->inode->mount ? -EXDEV : 0;
}

/* A link that leads to a place without a path. */
static int check_jump(const struct walk *walk, const struct dentry *from, const struct dentry *to)
{
    if (walk->flags & WALK_NO_JUMPS)
        return -ELOOP;
    return walk->flags & WALK_SCOPED ? -EXDEV : check_edge(walk, from, to);
}

/* A link whose text begins with a slash. */
static int check_root(struct walk *walk, const struct dentry *from)
{
    return walk->flags & WALK_BENEATH ? -EXDEV : check_edge(walk, from, walk_root(walk));
}

/* Where a link leads, if it may be followed from here. `last`: it ends the path. */
static int read_link(struct walk *walk, const struct dentry *dir, struct inode *link, bool last,
                     struct link_target *target)
{
    int status = last ? may_follow(credentials_current(), dir->inode, link) : 0;

    if (status < 0)
        return status;
    if (walk->flags & WALK_NO_LINKS)
        return -ELOOP;
    if (!walk->links)
        walk->links = heap_alloc(SYMLINK_MAX * sizeof(*walk->links));
    if (!walk->links)
        return -ENOMEM;
    return walk->link_count < SYMLINK_MAX ? link->ops->follow(link, target) : -ELOOP;
}

/* Steps into the target of `link`; *path becomes what to walk next. Consumes the reference. */
static int follow_link(struct walk *walk, struct dentry *link, bool last, struct dentry **at,
                       const char **path)
{
    struct link_target target = {0};
    int status = read_link(walk, *at, link->inode, last, &target);

    if (status < 0) {
        dentry_put(link);
        return status;
    }
    /* Texts stay in slots [0, link_count); rests use the same slots as a stack [0, depth). */
    walk->links[walk->link_count].inode = inode_get(link->inode);
    walk->links[walk->link_count++].text_heap = target.text_heap;
    dentry_put(link);
    if (**path != 0)
        walk->links[walk->depth++].rest = *path;
    if (target.jump) {
        status = check_jump(walk, *at, target.jump);
        dentry_put(status < 0 ? target.jump : *at);
        if (status < 0)
            return status;
        *at = target.jump;
        walk->kind = WALK_ROOT;
        *path = "";
        return 0;
    }
    if (target.text[0] == 0)
        return -ENOENT;
    if (target.text[0] == '/') {
        status = check_root(walk, *at);
        if (status < 0)
            return status;
        dentry_put(*at);
        *at = dentry_get(walk_root(walk));
        walk->kind = WALK_ROOT;
    }
    *path = skip_slashes(target.text);
    return 0;
}

static int finish(struct walk *walk, struct dentry *at, struct dentry *result)
{
    bool directory = walk->trailing_slash || (walk->flags & WALK_DIRECTORY);

    walk->dentry = result;
    if ((walk->flags & (WALK_CREATE | WALK_PARENT)) && at)
        walk->parent = at;
    else if (at)
        dentry_put(at);
    if ((walk->flags & WALK_CREATE) && walk->trailing_slash)
        return -EISDIR;
    if (result && directory && !S_ISDIR(result->inode->mode))
        return -ENOTDIR;
    return 0;
}

/* To the parent. What was renamed since a walk began that has to stay below its start may have been
   moved out of there: try again, as on Linux. */
static int step_up(struct walk *walk, struct dentry **at)
{
    if (*at == walk_root(walk))
        return walk->flags & WALK_BENEATH ? -EXDEV : 0;
    struct dentry *parent = dentry_parent(*at);
    int status = check_edge(walk, *at, parent);
    if ((walk->flags & WALK_SCOPED) &&
        __atomic_load_n(&vfs_renames, __ATOMIC_ACQUIRE) != walk->renames)
        status = -EAGAIN;
    dentry_put(status < 0 ? parent : *at);
    if (status == 0)
        *at = parent;
    return status;
}

/* From a directory to what has that name in it. */
static int step_down(const struct walk *walk, struct dentry *at, struct dentry **child)
{
    int status = walk_child(at, walk->name, walk->length, child);

    if (status < 0)
        return status;
    status = check_edge(walk, at, *child);
    if (status < 0)
        dentry_put(*child);
    return status;
}

static bool wants_follow(const struct walk *walk, const struct dentry *child, bool last)
{
    if (!S_ISLNK(child->inode->mode))
        return false;
    return !last || (walk->flags & WALK_FOLLOW) || walk->trailing_slash;
}

/* Consumes the reference `at`. */
static int walk_components(struct walk *walk, struct dentry *at, const char *path)
{
    for (;;) {
        struct dentry *child;
        int status;

        while (*path == 0) {
            if (walk->depth == 0)
                return finish(walk, NULL, at);
            path = walk->links[--walk->depth].rest;
        }
        bool last = take_component(walk, &path);
        status = check_search(at);
        if (status == 0 && walk->length > NAME_MAX)
            status = -ENAMETOOLONG;
        if (status == 0 && last && (walk->flags & WALK_PARENT))
            return finish(walk, at, NULL);
        if (status < 0)
            goto drop_at;
        if (walk->kind != WALK_NAME) {
            status = walk->kind == WALK_DOTDOT ? step_up(walk, &at) : 0;
            if (status < 0)
                goto drop_at;
            continue;
        }
        status = step_down(walk, at, &child);
        if (status == -ENOENT && last && (walk->flags & WALK_CREATE))
            return finish(walk, at, NULL);
        if (status == 0 && wants_follow(walk, child, last))
            status = follow_link(walk, child, last, &at, &path);
        else if (status == 0 && last)
            return finish(walk, at, child);
        else if (status == 0) {
            dentry_put(at);
            at = child;
        }
        if (status < 0)
            goto drop_at;
        continue;
    drop_at:
        dentry_put(at);
        return status;
    }
}

int walk_path(struct walk *walk, struct dentry *start, const char *path, unsigned flags)
{
    struct dentry *at;

    *walk = (struct walk){.flags = flags, .kind = WALK_ROOT};
    if (path[0] == 0)
        return -ENOENT;
    if (path[0] == '/' && (flags & WALK_BENEATH))
        return -EXDEV;
    if (path[0] == '/' && !(flags & WALK_IN_ROOT))
        at = dentry_get(walk_root(walk));
    else
        at = start ? dentry_get(start) : fs_cwd();
    if (flags & WALK_SCOPED) {
        walk->renames = __atomic_load_n(&vfs_renames, __ATOMIC_ACQUIRE);
        walk->root = dentry_get(at);
    }
    int status = walk_components(walk, at, skip_slashes(path));
    if (status < 0)
        walk_end(walk);
    return status;
}

void walk_end(struct walk *walk)
{
    if (walk->dentry)
        dentry_put(walk->dentry);
    if (walk->parent)
        dentry_put(walk->parent);
    if (walk->root)
        dentry_put(walk->root);
    for (unsigned i = 0; i < walk->link_count; i++) {
        inode_put(walk->links[i].inode);
        heap_free(walk->links[i].text_heap);
    }
    heap_free(walk->links);
    walk->dentry = walk->parent = walk->root = NULL;
    walk->links = NULL;
    walk->link_count = 0;
}

int walk_to(struct dentry *start, const char *path, unsigned flags, struct dentry **found)
{
    struct walk walk;
    int status = walk_path(&walk, start, path, flags);

    if (status < 0)
        return status;
    *found = walk.dentry;
    walk.dentry = NULL;
    walk_end(&walk);
    return 0;
}
