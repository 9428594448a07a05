/*
 * dev.c - the character devices of /dev and what stands in it.
 */
#include "servers/linux/dev.h"

#include "lib/base/string.h"
#include "servers/linux/kmsg.h"
#include "servers/linux/pty.h"
#include "servers/linux/tty.h"

#define RANDOM_CHUNK 256
#define ZERO_PIECE   (16 * PAGE_BYTES)

static long null_read(struct file *file, struct iter *to, uint64_t *position)
{
    (void)file, (void)to, (void)position;
    return 0;
}

static long null_write(struct file *file, struct iter *from, uint64_t *position)
{
    (void)file, (void)position;
    return (long)from->left;
}

static int64_t null_seek(struct file *file, int64_t offset, int whence)
{
    (void)offset, (void)whence;
    file->position = 0;
    return 0;
}

static long zero_read(struct file *file, struct iter *to, uint64_t *position)
{
    long done = 0;

    (void)file, (void)position;
    do {
        long part = iter_clear(to, ZERO_PIECE);
        if (part < 0)
            return done > 0 ? done : part;
        done += part;
    } while (to->left > 0 && call_may_go_on());
    return done;
}

static long full_write(struct file *file, struct iter *from, uint64_t *position)
{
    (void)file, (void)position;
    return from->left > 0 ? -ENOSPC : 0;
}

/* A private mapping of /dev/zero is anonymous memory; mm sees to shared ones the same way. */
static struct page *zero_page(struct file *file, uint64_t index, bool for_write, int *error)
{
    (void)file, (void)index, (void)for_write;
    struct page *page = page_alloc();
    *error = page ? 0 : -ENOMEM;
    return page;
}

static long random_read(struct file *file, struct iter *to, uint64_t *position)
{
    uint8_t chunk[RANDOM_CHUNK];
    long done = 0;

    (void)file, (void)position;
    while (to->left > 0) {
        size_t bytes = to->left < sizeof(chunk) ? to->left : sizeof(chunk);
        random_bytes(chunk, bytes);
        long part = iter_put(to, chunk, bytes);
        if (part < 0)
            return done > 0 ? done : part;
        done += part;
        if (!call_may_go_on())
            break;
    }
    return done;
}

static const struct file_ops null_ops = {
    .read = null_read, .write = null_write, .seek = null_seek, .splices_to = true};
static const struct file_ops zero_ops = {.read = zero_read,
                                         .write = null_write,
                                         .seek = null_seek,
                                         .page = zero_page,
                                         .splices_from = true,
                                         .splices_to = true};
static const struct file_ops full_ops = {
    .read = zero_read, .write = full_write, .seek = null_seek, .splices_from = true};
static const struct file_ops random_ops = {.read = random_read,
                                           .write = null_write,
                                           .seek = null_seek,
                                           .splices_from = true,
                                           .splices_to = true};

static const struct file_ops *memory_device(uint32_t minor)
{
    switch (minor) {
    case MEM_NULL:
        return &null_ops;
    case MEM_ZERO:
        return &zero_ops;
    case MEM_FULL:
        return &full_ops;
    case MEM_RANDOM:
    case MEM_URANDOM:
        return &random_ops;
    case MEM_KMSG:
        return &kmsg_ops;
    default:
        return NULL;
    }
}

static int device_open(struct file *file)
{
    uint32_t number = file->inode->rdev;

    if (!S_ISCHR(file->inode->mode))
        return -ENXIO;
    if (dev_major(number) != MEM_MAJOR)
        return tty_open(file, number);
    const struct file_ops *ops = memory_device(dev_minor(number));
    if (!ops)
        return -ENXIO;
    file->ops = ops;
    return ops->open ? ops->open(file) : 0;
}

const struct file_ops device_file_ops = {.open = device_open};

const struct dev_driver dev_drivers[] = {
    {"mem", MEM_MAJOR, 0, 0, NULL, NULL, NULL},
    {"ttyS", TTY_MAJOR, TTY_S0, TTY_S0, "serial", "serial", "/dev/ttyS"},
    {"/dev/tty", TTYAUX_MAJOR, TTYAUX_TTY, TTYAUX_TTY, "system:/dev/tty", "/dev/tty", "/dev/tty"},
    {"/dev/console", TTYAUX_MAJOR, TTYAUX_CONSOLE, TTYAUX_CONSOLE, "system:console", "/dev/console",
     "/dev/console"},
    {"/dev/ptmx", TTYAUX_MAJOR, TTYAUX_PTMX, TTYAUX_PTMX, "system", "/dev/ptmx", "/dev/ptmx"},
    {"pts", PTS_MAJOR, 0, PTY_MAX - 1, "pty:slave", "pty_slave", "/dev/pts"},
    {NULL, 0, 0, 0, NULL, NULL, NULL},
};

/* ---- /dev ---------------------------------------------------------------------------- */

struct dev_node {
    const char *name;
    uint32_t mode;
    uint32_t major;
    uint32_t minor;
    const char *symlink;
};

static const struct dev_node nodes[] = {
    {"null", S_IFCHR | 0666, MEM_MAJOR, MEM_NULL, NULL},
    {"zero", S_IFCHR | 0666, MEM_MAJOR, MEM_ZERO, NULL},
    {"full", S_IFCHR | 0666, MEM_MAJOR, MEM_FULL, NULL},
    {"random", S_IFCHR | 0666, MEM_MAJOR, MEM_RANDOM, NULL},
    {"urandom", S_IFCHR | 0666, MEM_MAJOR, MEM_URANDOM, NULL},
    {"kmsg", S_IFCHR | 0644, MEM_MAJOR, MEM_KMSG, NULL},
    {"tty", S_IFCHR | 0666, TTYAUX_MAJOR, TTYAUX_TTY, NULL},
    {"ptmx", S_IFCHR | 0666, TTYAUX_MAJOR, TTYAUX_PTMX, NULL},
    {"console", S_IFCHR | 0600, TTYAUX_MAJOR, TTYAUX_CONSOLE, NULL},
    {"ttyS0", S_IFCHR | 0660, TTY_MAJOR, TTY_S0, NULL},
    {"fd", S_IFLNK | 0777, 0, 0, "/proc/self/fd"},
    {"stdin", S_IFLNK | 0777, 0, 0, "/proc/self/fd/0"},
    {"stdout", S_IFLNK | 0777, 0, 0, "/proc/self/fd/1"},
    {"stderr", S_IFLNK | 0777, 0, 0, "/proc/self/fd/2"},
    {"pts", S_IFDIR | 0755, 0, 0, NULL},
    {"shm", S_IFDIR | S_ISVTX | 0777, 0, 0, NULL},
};

int dev_populate(struct dentry *root)
{
    int status = 0;

    for (size_t i = 0; i < ARRAY_LENGTH(nodes) && status == 0; i++) {
        const struct dev_node *node = &nodes[i];
        struct dentry *created;
        mutex_lock(&root->inode->mutex);
        status =
            root->inode->ops->create(root, node->name, (unsigned)strlen(node->name), node->mode,
                                     dev_make(node->major, node->minor), node->symlink, &created);
        mutex_unlock(&root->inode->mutex);
        if (status == 0)
            dentry_put(created);
    }
    return status;
}
