/*
 * proc_space.c - /proc/PID/maps, smaps and smaps_rollup. Formats: proc(5).
 */
#include "servers/linux/memfd.h"
#include "servers/linux/proc.h"

#define PAGE_KIB       (PAGE_BYTES / 1024)
#define MAPPING_COLUMN 73 /* where the name of a mapping begins */

/* The name of memory that is shared without a file's name, as Linux gives it. */
static void append_unnamed(struct text *text, const struct inode *inode)
{
    if (inode->memfd)
        text_format(text, "/memfd:%s (deleted)", inode->memfd->name);
    else if (inode->is_segment)
        text_format(text, "/SYSV00000000 (deleted)");
    else
        text_format(text, "/dev/zero (deleted)");
}

static void show_line(struct text *text, const struct proc_mapping *m)
{
    const struct inode *inode = m->file ? m->file->inode : m->inode;
    size_t start = text->length;

    text_format(text, "%08lx-%08lx %c%c%c%c %08lx %02x:%02x %lu ", m->start, m->end,
                m->read ? 'r' : '-', m->write ? 'w' : '-', m->execute ? 'x' : '-',
                m->shared ? 's' : 'p', m->offset, 0, inode ? inode->mount->device : 0,
                inode ? inode->number : 0);
    if (inode || m->label) {
        while (text->length - start < MAPPING_COLUMN && !text->failed)
            text_append(text, " ", 1);
    }
    if (m->file)
        proc_append_path(text, m->file);
    else if (m->inode)
        append_unnamed(text, m->inode);
    else if (m->label)
        text_format(text, "%s", m->label);
    text_append(text, "\n", 1);
}

static void put_mapping(const struct proc_mapping *mapping)
{
    if (mapping->file)
        dentry_put(mapping->file);
    if (mapping->inode)
        inode_put(mapping->inode);
}

static void each_mapping(struct text *text, int pid,
                         void (*show)(struct text *text, int pid, const struct proc_mapping *m,
                                      void *context),
                         void *context)
{
    struct proc_mapping mapping;
    uint64_t address = 0;

    while (!text->failed && proc_source->mapping(pid, address, &mapping)) {
        show(text, pid, &mapping, context);
        put_mapping(&mapping);
        if (mapping.end <= address || !call_must_go_on())
            break;
        address = mapping.end;
    }
}

static void show_range(struct text *text, int pid, const struct proc_mapping *m, void *context)
{
    (void)pid, (void)context;
    show_line(text, m);
}

void proc_show_maps(struct text *text, const struct proc_node *node)
{
    each_mapping(text, node->pid, show_range, NULL);
}

/* ---- smaps ---------------------------------------------------------------------------------- */

static void show_kib(struct text *text, const char *name, uint64_t kib)
{
    size_t start = text->length;

    text_format(text, "%s:", name);
    while (text->length - start < 16 && !text->failed)
        text_append(text, " ", 1);
    text_format(text, "%8lu kB\n", kib);
}

/* What both files say. No huge pages, no swap; what is resident is taken as referenced. */
static void show_resident(struct text *text, const struct proc_resident *r)
{
    static const char *const none[] = {"LazyFree",      "AnonHugePages",  "ShmemPmdMapped",
                                       "FilePmdMapped", "Shared_Hugetlb", "Private_Hugetlb",
                                       "Swap",          "SwapPss",        "Locked"};

    show_kib(text, "Shared_Clean", r->shared_clean * PAGE_KIB);
    show_kib(text, "Shared_Dirty", r->shared_dirty * PAGE_KIB);
    show_kib(text, "Private_Clean", r->private_clean * PAGE_KIB);
    show_kib(text, "Private_Dirty", r->private_dirty * PAGE_KIB);
    show_kib(text, "Referenced", r->all * PAGE_KIB);
    show_kib(text, "Anonymous", r->anonymous * PAGE_KIB);
    for (unsigned i = 0; i < ARRAY_LENGTH(none); i++)
        show_kib(text, none[i], 0);
}

static void show_flags(struct text *text, const struct proc_mapping *m)
{
    text_format(text, "VmFlags:%s%s%s%s mr mw me%s%s%s%s%s%s\n", m->read ? " rd" : "",
                m->write ? " wr" : "", m->execute ? " ex" : "", m->shared ? " sh" : "",
                m->shared ? " ms" : "", m->grows_down ? " gd" : "", m->no_fork ? " dc" : "",
                !m->shared && m->write && !m->no_reserve ? " ac" : "", m->no_reserve ? " nr" : "",
                m->wipe_on_fork ? " wf" : "");
}

static void show_detailed(struct text *text, int pid, const struct proc_mapping *m, void *context)
{
    struct proc_resident r;

    (void)context;
    if (!proc_source->resident(pid, m->start, m->end, &r))
        return;
    show_line(text, m);
    show_kib(text, "Size", (m->end - m->start) / 1024);
    show_kib(text, "KernelPageSize", PAGE_KIB);
    show_kib(text, "MMUPageSize", PAGE_KIB);
    show_kib(text, "Rss", r.all * PAGE_KIB);
    show_kib(text, "Pss", r.portion_bytes / 1024);
    show_kib(text, "Pss_Dirty", r.portion_dirty_bytes / 1024);
    show_resident(text, &r);
    text_format(text, "THPeligible:    0\n");
    show_flags(text, m);
}

void proc_show_smaps(struct text *text, const struct proc_node *node)
{
    each_mapping(text, node->pid, show_detailed, NULL);
}

struct rollup {
    uint64_t start, end;
    uint64_t anonymous_bytes, file_bytes, shared_bytes; /* portions */
    struct proc_resident sum;
};

static void add_up(struct text *text, int pid, const struct proc_mapping *m, void *context)
{
    struct rollup *rollup = context;
    struct proc_resident r, *sum = &rollup->sum;

    (void)text;
    if (!proc_source->resident(pid, m->start, m->end, &r))
        return;
    if (rollup->end == 0)
        rollup->start = m->start;
    rollup->end = m->end;
    sum->all += r.all;
    sum->anonymous += r.anonymous;
    sum->shared_clean += r.shared_clean;
    sum->shared_dirty += r.shared_dirty;
    sum->private_clean += r.private_clean;
    sum->private_dirty += r.private_dirty;
    sum->portion_bytes += r.portion_bytes;
    sum->portion_dirty_bytes += r.portion_dirty_bytes;
    rollup->anonymous_bytes += r.portion_anonymous_bytes;
    *(m->inode ? &rollup->shared_bytes : &rollup->file_bytes) +=
        r.portion_bytes - r.portion_anonymous_bytes;
}

void proc_show_smaps_rollup(struct text *text, const struct proc_node *node)
{
    struct rollup rollup = {0};

    each_mapping(text, node->pid, add_up, &rollup);
    const struct proc_mapping all = {.start = rollup.start, .end = rollup.end, .label = "[rollup]"};
    show_line(text, &all);
    show_kib(text, "Rss", rollup.sum.all * PAGE_KIB);
    show_kib(text, "Pss", rollup.sum.portion_bytes / 1024);
    show_kib(text, "Pss_Dirty", rollup.sum.portion_dirty_bytes / 1024);
    show_kib(text, "Pss_Anon", rollup.anonymous_bytes / 1024);
    show_kib(text, "Pss_File", rollup.file_bytes / 1024);
    show_kib(text, "Pss_Shmem", rollup.shared_bytes / 1024);
    show_resident(text, &rollup.sum);
}
