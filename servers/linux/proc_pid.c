/*
 * proc_pid.c - what /proc says about one process. Formats: proc(5).
 */
#include "lib/base/string.h"
#include "servers/linux/memfd.h"
#include "servers/linux/pipe.h"
#include "servers/linux/proc.h"
#include "servers/linux/tty.h"

#define TICK_NS        (NANOS_PER_S / 100)
#define PIECE          512
#define TOTAL_MAX      (2u << 20) /* of arguments or environment */
#define MAPPING_COLUMN 73         /* where the name of a mapping begins */

int proc_process_next(const struct proc_node *node, int after)
{
    (void)node;
    return proc_source->process_next(after > 0 ? after : 0);
}

int proc_thread_next(const struct proc_node *node, int after)
{
    return proc_source->thread_next(node->pid, after > 0 ? after : 0);
}

/* ---- numbers -------------------------------------------------------------------------- */

static uint64_t ticks(nanos_t time) { return time / TICK_NS; }

void proc_show_stat(struct text *text, const struct proc_node *node)
{
    struct proc_status s;
    int foreground;

    if (!proc_source->status(node->pid, node->number, &s))
        return;
    uint32_t tty = tty_of_session(s.has_terminal ? s.session : 0, &foreground);
    text_format(text, "%d (%s) %c %d %d %d %u %d 0 ", s.tid ? s.tid : s.pid, s.name, s.state,
                s.parent, s.group, s.session, tty, foreground);
    text_format(text, "%lu 0 0 0 %lu %lu %lu %lu ", s.minor_faults, ticks(s.user_ns),
                ticks(s.system_ns), ticks(s.children_user_ns), ticks(s.children_system_ns));
    text_format(text, "%d %d %u 0 %lu %lu %lu ", 20 + s.nice, s.nice, s.threads, ticks(s.start_ns),
                s.virtual_bytes, s.resident_pages);
    text_format(text, "%lu %lu %lu %lu 0 0 ", UINT64_MAX, s.code_start, s.code_end, s.stack_start);
    text_format(text, "%lu %lu %lu %lu ", s.signals_pending & INT32_MAX,
                s.signals_blocked & INT32_MAX, s.signals_ignored & INT32_MAX,
                s.signals_caught & INT32_MAX);
    text_format(text, "0 0 0 17 0 0 0 0 0 0 0 0 0 0 0 0 0 %d\n", s.exit_status);
}

void proc_show_statm(struct text *text, const struct proc_node *node)
{
    struct proc_status s;

    if (!proc_source->status(node->pid, 0, &s))
        return;
    text_format(text, "%lu %lu %lu %lu 0 %lu 0\n", s.virtual_bytes / PAGE_BYTES, s.resident_pages,
                s.file_pages, s.code_bytes / PAGE_BYTES,
                (s.data_bytes + s.stack_bytes) / PAGE_BYTES);
}

static const char *state_name(char state)
{
    switch (state) {
    case 'R':
        return "running";
    case 'S':
        return "sleeping";
    case 'T':
        return "stopped";
    case 'Z':
        return "zombie";
    default:
        return "disk sleep";
    }
}

static void show_ids(struct text *text, const struct credentials *c)
{
    text_format(text, "Uid:\t%u\t%u\t%u\t%u\n", c->uid, c->euid, c->suid, c->fsuid);
    text_format(text, "Gid:\t%u\t%u\t%u\t%u\n", c->gid, c->egid, c->sgid, c->fsgid);
}

static void show_groups(struct text *text, const struct proc_node *node)
{
    struct group_list *groups = proc_source->groups(node->pid, node->number);

    text_format(text, "Groups:\t");
    for (uint32_t i = 0; groups && i < groups->count; i++)
        text_format(text, "%u ", groups->gids[i]);
    text_format(text, "\n");
    groups_put(groups);
}

static void show_capabilities(struct text *text, const struct credentials *c)
{
    text_format(text, "CapInh:\t%016lx\nCapPrm:\t%016lx\n", c->inheritable, c->permitted);
    text_format(text, "CapEff:\t%016lx\nCapBnd:\t%016lx\n", c->effective, c->bounding);
    text_format(text, "CapAmb:\t%016lx\nNoNewPrivs:\t%d\n", c->ambient, c->no_new_privileges);
}

static void show_memory(struct text *text, const struct proc_status *s)
{
    if (s->virtual_bytes == 0)
        return;
    text_format(text, "VmSize:\t%8lu kB\n", s->virtual_bytes / 1024);
    text_format(text, "VmRSS:\t%8lu kB\n", s->resident_pages * (PAGE_BYTES / 1024));
    text_format(text, "RssAnon:\t%8lu kB\n",
                (s->resident_pages - s->file_pages) * (PAGE_BYTES / 1024));
    text_format(text, "RssFile:\t%8lu kB\n", s->file_pages * (PAGE_BYTES / 1024));
    text_format(text, "VmData:\t%8lu kB\n", s->data_bytes / 1024);
    text_format(text, "VmStk:\t%8lu kB\n", s->stack_bytes / 1024);
    text_format(text, "VmExe:\t%8lu kB\n", s->code_bytes / 1024);
}

void proc_show_status(struct text *text, const struct proc_node *node)
{
    struct proc_status s;

    if (!proc_source->status(node->pid, node->number, &s))
        return;
    text_format(text, "Name:\t%s\nState:\t%c (%s)\nTgid:\t%d\nPid:\t%d\nPPid:\t%d\n", s.name,
                s.state, state_name(s.state), s.pid, s.tid ? s.tid : s.pid, s.parent);
    text_format(text, "TracerPid:\t0\n");
    show_ids(text, &s.credentials);
    text_format(text, "FDSize:\t%d\n", FD_INLINE);
    show_groups(text, node);
    show_memory(text, &s);
    text_format(text, "Threads:\t%u\n", s.threads);
    text_format(text, "SigPnd:\t%016lx\nShdPnd:\t%016lx\nSigBlk:\t%016lx\n", s.signals_pending,
                s.signals_pending_shared, s.signals_blocked);
    text_format(text, "SigIgn:\t%016lx\nSigCgt:\t%016lx\n", s.signals_ignored, s.signals_caught);
    show_capabilities(text, &s.credentials);
    text_format(text, "Seccomp:\t0\nCpus_allowed:\t1\nCpus_allowed_list:\t0\n");
}

void proc_show_name(struct text *text, const struct proc_node *node)
{
    struct proc_status s;

    if (proc_source->status(node->pid, node->number, &s))
        text_format(text, "%s\n", s.name);
}

/* ---- strings and mappings --------------------------------------------------------------- */

static void show_strings(struct text *text, int pid,
                         long (*read)(int pid, uint64_t offset, void *to, size_t bytes))
{
    char piece[PIECE];
    long count;

    while (text->length < TOTAL_MAX &&
           (count = read(pid, text->length, piece, sizeof(piece))) > 0 && !text->failed)
        text_append(text, piece, (size_t)count);
}

void proc_show_arguments(struct text *text, const struct proc_node *node)
{
    show_strings(text, node->pid, proc_source->arguments);
}

void proc_show_environment(struct text *text, const struct proc_node *node)
{
    show_strings(text, node->pid, proc_source->environment);
}

static void show_mapping(struct text *text, const struct proc_mapping *m)
{
    const struct inode *inode = m->file ? m->file->inode : NULL;
    size_t start = text->length;

    text_format(text, "%08lx-%08lx %c%c%c%c %08lx %02x:%02x %lu ", m->start, m->end,
                m->read ? 'r' : '-', m->write ? 'w' : '-', m->execute ? 'x' : '-',
                m->shared ? 's' : 'p', m->offset, 0, inode ? inode->mount->device : 0,
                inode ? inode->number : 0);
    if (m->file || m->label) {
        while (text->length - start < MAPPING_COLUMN && !text->failed)
            text_append(text, " ", 1);
    }
    if (m->file)
        proc_append_path(text, m->file);
    else if (m->label)
        text_format(text, "%s", m->label);
    text_append(text, "\n", 1);
}

void proc_show_maps(struct text *text, const struct proc_node *node)
{
    struct proc_mapping mapping;
    uint64_t address = 0;

    while (proc_source->mapping(node->pid, address, &mapping) && !text->failed) {
        show_mapping(text, &mapping);
        if (mapping.file)
            dentry_put(mapping.file);
        if (mapping.end <= address)
            break;
        address = mapping.end;
    }
}

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

void proc_show_fdinfo(struct text *text, const struct proc_node *node)
{
    struct file *file = file_of(node);

    if (!file)
        return;
    text_format(text, "pos:\t%lu\nflags:\t0", file->position);
    for (int shift = 21; shift >= 0; shift -= 3)
        text_format(text, "%u", file->flags >> shift & 7);
    text_format(text, "\nmnt_id:\t%d\nino:\t%lu\n", file->inode->mount->id, file->inode->number);
    file_put(file);
}
