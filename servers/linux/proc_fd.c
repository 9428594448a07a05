/*
 * proc_fd.c - where the links of a process lead, and what it has open. Formats: proc(5).
 */
#include "servers/linux/memfd.h"
#include "servers/linux/pipe.h"
#include "servers/linux/proc.h"

/* ---- links ------------------------------------------------------------------------------ */

struct dentry *proc_exe_target(const struct proc_node *node, struct text *text)
{
    (void)text;
    return proc_source->executable(node->pid);
}

static struct dentry *of_context(int pid, bool root)
{
    struct fs_context *context = proc_source->fs(pid);

    if (!context)
        return NULL;
    mutex_lock(&context->mutex);
    struct dentry *dentry = dentry_get(root ? context->root : context->cwd);
    mutex_unlock(&context->mutex);
    fs_context_put(context);
    return dentry;
}

struct dentry *proc_cwd_target(const struct proc_node *node, struct text *text)
{
    (void)text;
    return of_context(node->pid, false);
}

struct dentry *proc_root_target(const struct proc_node *node, struct text *text)
{
    (void)text;
    return of_context(node->pid, true);
}

struct dentry *proc_self_target(const struct proc_node *node, struct text *text)
{
    (void)node;
    text_format(text, "%d", process_current_id());
    return NULL;
}

struct dentry *proc_thread_self_target(const struct proc_node *node, struct text *text)
{
    (void)node;
    text_format(text, "%d/task/%d", process_current_id(), thread_current_id());
    return NULL;
}

struct dentry *proc_self_mounts_target(const struct proc_node *node, struct text *text)
{
    (void)node;
    text_format(text, "self/mounts");
    return NULL;
}

struct dentry *proc_self_net_target(const struct proc_node *node, struct text *text)
{
    (void)node;
    text_format(text, "self/net");
    return NULL;
}

/* ---- descriptors -------------------------------------------------------------------------- */

int proc_fd_next(const struct proc_node *node, int after)
{
    struct fd_table *table = proc_source->files(node->pid);

    if (!table)
        return -1;
    int fd = fd_table_next(table, after + 1);
    fd_table_put(table);
    return fd;
}

static struct file *file_of(const struct proc_node *node)
{
    struct fd_table *table = proc_source->files(node->pid);

    if (!table)
        return NULL;
    struct file *file = fd_table_file(table, node->number);
    fd_table_put(table);
    return file;
}

/* Files without a name get an entry of their own to jump to: opening it opens them again. */
struct dentry *proc_fd_target(const struct proc_node *node, struct text *text)
{
    struct file *file = file_of(node);
    struct dentry *dentry;

    if (!file)
        return NULL;
    if (file->dentry) {
        dentry = dentry_get(file->dentry);
    } else {
        dentry = dentry_create_root(file->inode);
        if (file_is_pipe(file))
            text_format(text, "pipe:[%lu]", file->inode->number);
        else if (file->inode->memfd)
            text_format(text, "/memfd:%s (deleted)", file->inode->memfd->name);
        else if (S_ISSOCK(file->inode->mode))
            text_format(text, "socket:[%lu]", file->inode->number);
        else
            text_format(text, "anon_inode:%s",
                        file->ops->anon_name ? file->ops->anon_name : "[unknown]");
    }
    file_put(file);
    return dentry;
}

static bool closes_on_exec(const struct proc_node *node)
{
    struct fd_table *table = proc_source->files(node->pid);
    bool closes = table && fd_table_closes_on_exec(table, node->number);

    if (table)
        fd_table_put(table);
    return closes;
}

void proc_show_fdinfo(struct text *text, const struct proc_node *node)
{
    struct file *file = file_of(node);

    if (!file)
        return;
    uint32_t flags = file->flags | (closes_on_exec(node) ? O_CLOEXEC : 0);
    int shift = 21;
    text_format(text, "pos:\t%lu\nflags:\t0", file->position);
    while (shift > 0 && flags >> shift == 0)
        shift -= 3;
    for (; shift >= 0; shift -= 3)
        text_format(text, "%u", flags >> shift & 7);
    text_format(text, "\nmnt_id:\t%d\nino:\t%lu\n", file->inode->mount->id, file->inode->number);
    if (file->ops->show_info)
        file->ops->show_info(file, text);
    file_put(file);
}
