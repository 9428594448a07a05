/*
 * proc_status.c - /proc/PID/status and statm. Formats: proc(5).
 */
#include "servers/linux/fd.h"
#include "servers/linux/proc.h"

#define PAGE_KIB     (PAGE_BYTES / 1024)
#define CAPABILITIES ((UINT64_C(1) << (CAPABILITY_LAST + 1)) - 1)

void proc_show_statm(struct text *text, const struct proc_node *node)
{
    struct proc_space m;

    if (!proc_source->space(node->pid, &m))
        m = (struct proc_space){0};
    text_format(text, "%lu %lu %lu %lu 0 %lu 0\n", m.virtual_bytes / PAGE_BYTES,
                m.anonymous + m.file + m.shared, m.file + m.shared, m.code_bytes / PAGE_BYTES,
                (m.data_bytes + m.stack_bytes) / PAGE_BYTES);
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

static void show_umask(struct text *text, int pid)
{
    struct fs_context *context = proc_source->fs(pid);

    if (!context)
        return;
    uint32_t mask = context->umask;
    fs_context_put(context);
    text_format(text, "Umask:\t0%u%u%u\n", mask >> 6 & 7, mask >> 3 & 7, mask & 7);
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
    text_format(text, groups && groups->count ? "\n" : " \n");
    groups_put(groups);
}

static void show_descriptors(struct text *text, int pid)
{
    struct fd_table *table = proc_source->files(pid);

    text_format(text, "FDSize:\t%u\n", table ? table->capacity : 0);
    if (table)
        fd_table_put(table);
}

static void show_kib(struct text *text, const char *name, uint64_t kib)
{
    text_format(text, "%s:\t%8lu kB\n", name, kib);
}

/* Nothing is locked, pinned or swapped: there is no swap, so all of memory stays. */
static void show_memory(struct text *text, int pid)
{
    struct proc_space m;

    if (!proc_source->space(pid, &m))
        return;
    show_kib(text, "VmPeak", m.virtual_peak_bytes / 1024);
    show_kib(text, "VmSize", m.virtual_bytes / 1024);
    show_kib(text, "VmLck", 0);
    show_kib(text, "VmPin", 0);
    show_kib(text, "VmHWM", m.resident_peak * PAGE_KIB);
    show_kib(text, "VmRSS", (m.anonymous + m.file + m.shared) * PAGE_KIB);
    show_kib(text, "RssAnon", m.anonymous * PAGE_KIB);
    show_kib(text, "RssFile", m.file * PAGE_KIB);
    show_kib(text, "RssShmem", m.shared * PAGE_KIB);
    show_kib(text, "VmData", m.data_bytes / 1024);
    show_kib(text, "VmStk", m.stack_bytes / 1024);
    show_kib(text, "VmExe", m.code_bytes / 1024);
    show_kib(text, "VmLib", m.library_bytes / 1024);
    show_kib(text, "VmPTE", m.table_bytes / 1024);
    show_kib(text, "VmSwap", 0);
    text_format(text, "CoreDumping:\t0\nTHP_enabled:\t0\n");
}

static void show_signals(struct text *text, int pid, const struct proc_status *s)
{
    struct proc_limit limits[RLIM_NLIMITS];

    if (proc_source->limits(pid, limits))
        text_format(text, "SigQ:\t%u/%lu\n", s->signals_queued, limits[RLIMIT_SIGPENDING].soft);
    text_format(text, "SigPnd:\t%016lx\nShdPnd:\t%016lx\nSigBlk:\t%016lx\n", s->signals_pending,
                s->signals_pending_shared, s->signals_blocked);
    text_format(text, "SigIgn:\t%016lx\nSigCgt:\t%016lx\n", s->signals_ignored, s->signals_caught);
}

static void show_capabilities(struct text *text, const struct credentials *c)
{
    text_format(text, "CapInh:\t%016lx\nCapPrm:\t%016lx\n", c->inheritable, c->permitted);
    text_format(text, "CapEff:\t%016lx\nCapBnd:\t%016lx\n", c->effective, c->bounding);
    text_format(text, "CapAmb:\t%016lx\nNoNewPrivs:\t%d\n", c->ambient, c->no_new_privileges);
}

/* Of the bits in @mask, with ranges: "0-2,5". */
static void show_list(struct text *text, uint64_t mask)
{
    const char *before = "";

    for (unsigned first = 0; first < 64; first++) {
        unsigned last = first;
        if (!(mask >> first & 1))
            continue;
        while (last < 63 && mask >> (last + 1) & 1)
            last++;
        text_format(text, first == last ? "%s%u" : "%s%u-%u", before, first, last);
        before = ",";
        first = last;
    }
    text_format(text, "\n");
}

void proc_show_status(struct text *text, const struct proc_node *node)
{
    struct proc_status s;

    if (!proc_source->status(node->pid, node->number, &s))
        return;
    int id = s.tid ? s.tid : s.pid;
    text_format(text, "Name:\t");
    proc_append_name(text, s.name);
    text_append(text, "\n", 1);
    show_umask(text, node->pid);
    text_format(text, "State:\t%c (%s)\nTgid:\t%d\nNgid:\t0\nPid:\t%d\nPPid:\t%d\nTracerPid:\t0\n",
                s.state, state_name(s.state), s.pid, id, s.parent);
    show_ids(text, &s.credentials);
    show_descriptors(text, node->pid);
    show_groups(text, node);
    text_format(text, "NStgid:\t%d\nNSpid:\t%d\nNSpgid:\t%d\nNSsid:\t%d\n", s.pid, id, s.group,
                s.session);
    show_memory(text, node->pid);
    text_format(text, "Threads:\t%u\n", s.threads);
    show_signals(text, node->pid, &s);
    show_capabilities(text, &s.credentials);
    text_format(text, "Seccomp:\t%u\nSeccomp_filters:\t%u\n", s.seccomp_mode, s.seccomp_filters);
    text_format(text, "Cpus_allowed:\t%lx\nCpus_allowed_list:\t", s.affinity);
    show_list(text, s.affinity);
    text_format(text, "Mems_allowed:\t1\nMems_allowed_list:\t0\n");
    text_format(text, "voluntary_ctxt_switches:\t%lu\nnonvoluntary_ctxt_switches:\t%lu\n",
                s.switches, s.preemptions);
}
