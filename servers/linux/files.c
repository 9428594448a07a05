/*
 * files.c - see files.h.
 */
#include "servers/linux/files.h"

#include "lib/base/string.h"
#include "servers/linux/anon.h"
#include "servers/linux/dev.h"
#include "servers/linux/fd.h"
#include "servers/linux/pipe.h"
#include "servers/linux/proc.h"
#include "servers/linux/pty.h"
#include "servers/linux/shared_memory.h"
#include "servers/linux/tmpfs.h"
#include "servers/linux/unix_socket.h"

#define SPARE_FRACTION                                                                             \
    8 /* files may fill all pages but this part, so that a full disk is not the                    \
         end of all processes */
#define TMP_MODE (S_ISVTX | 0777)

static struct mount *new_tmpfs(const char *source, uint32_t mode)
{
    struct page_totals totals;

    page_totals_read(&totals);
    return tmpfs_create(source, mode, totals.total - totals.total / SPARE_FRACTION);
}

/* The directory of this name in the root, made if the archive has none. Counted; NULL: no memory,
   or something else has the name. */
static struct dentry *root_directory(struct dentry *root, const char *name, uint32_t mode)
{
    unsigned length = (unsigned)strlen(name);
    struct dentry *found;
    int status = walk_child(root, name, length, &found);

    if (status == -ENOENT) {
        mutex_lock(&root->inode->mutex);
        status = root->inode->ops->create(root, name, length, S_IFDIR | mode, 0, NULL, &found);
        mutex_unlock(&root->inode->mutex);
    }
    if (status < 0)
        return NULL;
    if (S_ISDIR(found->inode->mode))
        return found;
    dentry_put(found);
    return NULL;
}

static bool mount_at(struct mount *mount, struct dentry *root, const char *name)
{
    struct dentry *at = mount ? root_directory(root, name, 0755) : NULL;

    if (!at)
        return false;
    mount_over(mount, at);
    dentry_put(at);
    return true;
}

static const char *mount_all(struct files *files, const struct proc_source *source)
{
    files->dev_mount = new_tmpfs("devtmpfs", 0755);
    if (!files->dev_mount || dev_populate(files->dev_mount->root) < 0 ||
        !mount_at(files->dev_mount, files->root, "dev"))
        return "no memory for /dev";
    files->pts_mount = devpts_create();
    if (!mount_at(files->pts_mount, files->dev_mount->root, "pts"))
        return "no memory for /dev/pts";
    files->dev_mount->nosuid = true;
    files->dev_mount->type = "devtmpfs";
    files->proc_mount = proc_create(source);
    if (!mount_at(files->proc_mount, files->root, "proc"))
        return "no memory for /proc";
    files->sysfs_mount = sysfs_create();
    if (!mount_at(files->sysfs_mount, files->root, "sys"))
        return "no memory for /sys";
    struct dentry *tmp = root_directory(files->root, "tmp", TMP_MODE);
    if (!tmp)
        return "no memory for /tmp";
    tmp->inode->mode = S_IFDIR | TMP_MODE; /* whatever the umask of the archive's maker was */
    dentry_put(tmp);
    return NULL;
}

const char *files_start(struct files *files, const void *archive, size_t archive_bytes,
                        const struct proc_source *source)
{
    pipe_init();
    unix_socket_init();
    shared_memory_init();
    if (anon_init() < 0)
        return "no memory for files";
    files->root_mount = new_tmpfs("tmpfs", 0755);
    if (!files->root_mount)
        return "no memory for the root directory";
    files->root = dentry_get(files->root_mount->root);
    const char *reason = cpio_unpack(archive, archive_bytes, files->root, &files->report);
    return reason ? reason : mount_all(files, source);
}

int files_install_streams(struct file *streams[3])
{
    int status = 0;

    for (int i = 0; i < 3; i++) {
        int fd = status == 0 ? fd_replace(streams[i], i, false) : status;
        if (fd < 0) {
            file_put(streams[i]);
            status = fd;
        }
    }
    return status;
}

int files_open_terminal(const char *path)
{
    struct file *streams[3];
    int error;
    struct file *file = vfs_open(NULL, path, O_RDWR | O_NOCTTY, 0, 0, &error);

    if (!file)
        return error;
    streams[0] = file;
    streams[1] = file_get(file);
    streams[2] = file_get(file);
    return files_install_streams(streams);
}
