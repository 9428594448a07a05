/*
 * anon.c - see anon.h.
 */
#include "servers/linux/anon.h"

static struct mount anon_mount = {.type = "anon_inodefs", .source = "none", .magic = ANONFS_MAGIC};
static struct inode *anon_inode;

/* Through /proc/PID/fd only the kinds with an inode of their own can be opened again. */
static int refuse_open(struct file *file)
{
    (void)file;
    return -ENXIO;
}

static const struct file_ops unopenable_ops = {.open = refuse_open};

int anon_init(void)
{
    mount_register(&anon_mount);
    anon_inode = inode_create(&anon_mount, 0600);
    if (!anon_inode)
        return -ENOMEM;
    anon_inode->file_ops = &unopenable_ops;
    return 0;
}

void anon_end(void)
{
    inode_put(anon_inode);
    anon_inode = NULL;
}

struct file *anon_file(uint32_t flags, const struct file_ops *ops, void *private, int *error)
{
    return file_create(anon_inode, NULL, flags, ops, private, error);
}
