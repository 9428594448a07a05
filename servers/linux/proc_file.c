/*
 * proc_file.c - reading and writing the files of /proc. Lock: the open file's own mutex, for its
 * text.
 */
#include "servers/linux/proc.h"

#define LINE_MAX 128

struct proc_open {
    struct mutex mutex;
    struct text text;
};

/* Files without `write` are for reading: most say so when they are written to, settings at once. */
static int proc_open(struct file *file)
{
    const struct proc_entry *entry = file->inode->proc.entry;

    if (entry->setting && file_writable(file) && !entry->write)
        return -EACCES;
    int status = entry->guarded ? proc_source->inspect(file->inode->proc.pid, 0) : 0;
    if (status < 0)
        return status;
    struct proc_open *open = heap_alloc(sizeof(*open));

    if (!open)
        return -ENOMEM;
    mutex_init(&open->mutex, LOCK_PROC_FILE);
    file->private = open;
    return 0;
}

static void proc_release(struct file *file)
{
    struct proc_open *open = file->private;

    text_free(&open->text);
    heap_free(open);
}

static long proc_read(struct file *file, struct iter *to, uint64_t *position)
{
    const struct proc_node *node = &file->inode->proc;
    struct proc_open *open = file->private;
    struct text *text = &open->text;
    struct proc_status status;
    long done = 0;

    if (!node->entry->show)
        return -EINVAL;
    if (node->pid && *position == 0 && !proc_source->status(node->pid, 0, &status))
        return -ESRCH;
    mutex_lock(&open->mutex);
    if (*position == 0 || !text->bytes) {
        text_free(text);
        node->entry->show(text, node);
    }
    if (text->failed) {
        text_free(text);
        done = -ENOMEM;
    } else if (*position < text->length) {
        done = iter_put(to, text->bytes + *position, text->length - *position);
        if (done > 0)
            *position += (uint64_t)done;
    }
    mutex_unlock(&open->mutex);
    return done;
}

/* What is written is a short line; what is longer is none. */
static long proc_write(struct file *file, struct iter *from, uint64_t *position)
{
    const struct proc_node *node = &file->inode->proc;
    char line[LINE_MAX];
    long count = (long)from->left;

    (void)position;
    if (!node->entry->write)
        return node->entry->owned ? -EINVAL : -EIO;
    if (count == 0 || count >= LINE_MAX)
        return count == 0 ? 0 : -EINVAL;
    if (iter_take(from, line, (size_t)count) != count)
        return -EFAULT;
    line[count] = 0;
    int status = node->entry->write(node, line, (size_t)count);
    return status < 0 ? status : count;
}

/* As on Linux: of a text that is made when it is read nobody knows the end. */
static int64_t proc_seek(struct file *file, int64_t offset, int whence)
{
    if (whence != SEEK_SET && whence != SEEK_CUR && !file->inode->proc.entry->setting)
        return -EINVAL;
    return file_seek_sized(file, offset, whence);
}

const struct file_ops proc_file_ops = {
    .open = proc_open,
    .release = proc_release,
    .read = proc_read,
    .write = proc_write,
    .seek = proc_seek,
    .splices_from = true,
    .splices_to = true,
};
