/*
 * devpts.c - /dev/pts: a directory in which a pty has its number for a name while its master is
 * open.
 *
 * The inode of a name points to its pty until the master is closed: terminals_mutex. Nothing can be
 * made or removed here by name.
 */
#include "lib/base/fmt.h"
#include "servers/linux/dev.h"
#include "servers/linux/dir.h"
#include "servers/linux/pty.h"

#define NAME_BYTES 8
#define TTY_GROUP  5 /* of Debian's /etc/group, which mounts it so */
#define SLAVE_MODE 0620

static struct dentry *root;

static int devpts_lookup(struct dentry *dir, const char *name, unsigned length,
                         struct dentry **found)
{
    struct dentry *child = dir_find(&dir->inode->directory, name, length);

    if (!child)
        return -ENOENT;
    *found = dentry_get(child);
    return 0;
}

/* Open with O_CREAT, and the calls that make other things: as Linux refuses them. */
static int devpts_create_entry(struct dentry *dir, const char *name, unsigned length, uint32_t mode,
                               uint32_t rdev, const char *symlink_text, struct dentry **created)
{
    (void)dir, (void)name, (void)length, (void)rdev, (void)symlink_text, (void)created;
    return S_ISREG(mode) ? -EACCES : -EPERM;
}

static void directory_destroy(struct inode *inode) { dir_free(&inode->directory); }

static const struct inode_ops directory_ops = {
    .lookup = devpts_lookup,
    .create = devpts_create_entry,
    .destroy = directory_destroy,
};
static const struct inode_ops node_ops = {0};

static int slave_open(struct file *file)
{
    mutex_lock(&terminals_mutex);
    struct pty *pty = file->inode->private;
    if (pty)
        pty->tty.refs++;
    mutex_unlock(&terminals_mutex);
    if (!pty)
        return -EIO;
    return tty_attach(file, &pty->tty, true);
}

static const struct file_ops slave_ops = {.open = slave_open};

static struct inode *new_inode(struct mount *mount, uint32_t mode)
{
    struct inode *inode = inode_create(mount, mode);

    if (!inode || !S_ISDIR(mode))
        return inode;
    inode->ops = &directory_ops;
    inode->file_ops = &dir_file_ops;
    inode->nlink = 2;
    dir_init(&inode->directory);
    return inode;
}

/* Puts an entry into the directory; 0 or -ENOMEM. */
static int insert(struct dentry *entry)
{
    mutex_lock(&root->inode->mutex);
    int status = dir_reserve(&root->inode->directory);
    if (status == 0)
        dir_insert(&root->inode->directory, entry);
    mutex_unlock(&root->inode->mutex);
    return status;
}

/* A character device of the directory, not in it yet. */
static struct dentry *make_node(const char *name, size_t length, uint32_t mode, uint32_t rdev,
                                const struct file_ops *file_ops)
{
    struct inode *inode = new_inode(root->inode->mount, S_IFCHR | mode);

    if (!inode)
        return NULL;
    inode->ops = &node_ops;
    inode->file_ops = file_ops;
    inode->rdev = rdev;
    struct dentry *entry = dentry_create(root, name, (unsigned)length, inode);
    inode_put(inode);
    return entry;
}

/* The directory's own name of /dev/ptmx, closed to all but root, as Debian has it. */
static int add_ptmx(void)
{
    struct dentry *entry =
        make_node("ptmx", 4, 0, dev_make(TTYAUX_MAJOR, TTYAUX_PTMX), &device_file_ops);

    int status = entry ? insert(entry) : -ENOMEM;
    if (entry)
        dentry_put(entry);
    return status;
}

struct mount *devpts_create(void)
{
    struct mount *mount = heap_alloc(sizeof(*mount));

    if (!mount)
        return NULL;
    mount->type = "devpts";
    mount->source = "devpts";
    mount->magic = DEVPTS_MAGIC;
    mount->nosuid = true;
    struct inode *inode = new_inode(mount, S_IFDIR | 0755);
    if (inode) {
        mount->root = dentry_create_root(inode);
        inode_put(inode);
    }
    if (!mount->root) {
        heap_free(mount);
        return NULL;
    }
    root = mount->root;
    mount_register(mount);
    return add_ptmx() == 0 ? mount : NULL;
}

struct dentry *devpts_add(struct pty *pty, int *error)
{
    char name[NAME_BYTES];
    size_t length = fmt_buffer(name, sizeof(name), "%d", pty->number);
    struct dentry *entry = make_node(name, length, SLAVE_MODE, pty->tty.device, &slave_ops);

    *error = -ENOMEM;
    if (!entry)
        return NULL;
    entry->inode->gid = TTY_GROUP;
    entry->inode->private = pty;
    if (insert(entry) == 0)
        return entry;
    dentry_put(entry);
    return NULL;
}

void devpts_remove(struct dentry *entry)
{
    mutex_lock(&terminals_mutex);
    entry->inode->private = NULL;
    mutex_unlock(&terminals_mutex);
    mutex_lock(&root->inode->mutex);
    entry->inode->nlink = 0;
    dir_remove(&root->inode->directory, entry);
    mutex_unlock(&root->inode->mutex);
    dentry_put(entry);
}

void devpts_destroy(struct mount *mount)
{
    struct dentry *ptmx = dir_find(&root->inode->directory, "ptmx", 4);

    dir_remove(&root->inode->directory, ptmx);
    root = NULL;
    mount_destroy(mount);
}
