/*
 * proc_pid.c - what /proc says about one process, but for its status (proc_status.c), memory
 * (proc_space.c) and descriptors (proc_fd.c). Formats: proc(5).
 */
#include "lib/base/string.h"
#include "servers/linux/proc.h"
#include "servers/linux/tty.h"

#define TICK_NS       (NANOS_PER_S / 100)
#define PIECE         512
#define TOTAL_MAX     (2u << 20) /* of arguments or environment */
#define OOM_BASE      1000       /* points of a process are between 0 and twice this */
#define OOM_MAX       1000       /* either way */
#define NUMBER_MAX    100000     /* what a number that is written may be at most */
#define ID_MAP_LENGTH UINT32_MAX

/* Of stat's flags (include/linux/sched.h): those that are true of something here. */
#define PF_EXITING    0x00000004u
#define PF_FORKNOEXEC 0x00000040u
#define PF_RANDOMIZE  0x00400000u

int proc_process_next(const struct proc_node *node, int after)
{
    (void)node;
    return proc_source->process_next(after > 0 ? after : 0);
}

int proc_thread_next(const struct proc_node *node, int after)
{
    return proc_source->thread_next(node->pid, after > 0 ? after : 0);
}

void proc_append_name(struct text *text, const char *name)
{
    for (; *name; name++) {
        if (*name == '\n')
            text_append(text, "\\n", 2);
        else if (*name == '\\')
            text_append(text, "\\\\", 2);
        else
            text_append(text, name, 1);
    }
}

/* ---- stat ------------------------------------------------------------------------------- */

static uint64_t ticks(nanos_t time) { return time / TICK_NS; }

static uint32_t flags_of(const struct proc_status *s)
{
    return PF_RANDOMIZE | (s->has_executed ? 0 : PF_FORKNOEXEC) | (s->exiting ? PF_EXITING : 0);
}

/* Fields 1 to 13 of proc(5)'s list. */
static void show_identity(struct text *text, const struct proc_status *s)
{
    int foreground;
    uint32_t tty = tty_of_session(s->has_terminal ? s->session : 0, &foreground);

    text_format(text, "%d (", s->tid ? s->tid : s->pid);
    proc_append_name(text, s->name);
    text_format(text, ") %c %d %d %d %d %d %u ", s->state, s->parent, s->group, s->session,
                (int)tty, tty ? foreground : -1, flags_of(s));
    text_format(text, "%lu %lu 0 0 ", s->faults, s->children_faults);
}

/* 14 to 22. */
static void show_times(struct text *text, const struct proc_status *s)
{
    bool realtime = s->policy_priority > 0;

    text_format(text, "%lu %lu %lu %lu ", ticks(s->user_ns), ticks(s->system_ns),
                ticks(s->children_user_ns), ticks(s->children_system_ns));
    text_format(text, "%d %d %u 0 %lu ", realtime ? -1 - s->policy_priority : 20 + s->nice, s->nice,
                s->threads, ticks(s->start_ns));
}

/* Where things lie is told to whoever may look at them. */
static void hide_places(struct proc_space *m, struct proc_status *s)
{
    m->code_start = m->code_end = m->data_start = m->data_end = m->brk_start = m->stack_start = 0;
    m->arguments_start = m->arguments_end = m->environment_start = m->environment_end = 0;
    s->exit_status = 0;
}

void proc_show_stat(struct text *text, const struct proc_node *node)
{
    struct proc_limit limits[RLIM_NLIMITS];
    struct proc_space m;
    struct proc_status s;

    if (!proc_source->status(node->pid, node->number, &s) ||
        !proc_source->limits(node->pid, limits))
        return;
    if (!proc_source->space(node->pid, &m))
        m = (struct proc_space){0};
    if (proc_source->inspect(node->pid, node->number) < 0)
        hide_places(&m, &s);
    show_identity(text, &s);
    show_times(text, &s);
    text_format(text, "%lu %lu %lu %lu %lu %lu 0 0 ", m.virtual_bytes,
                m.anonymous + m.file + m.shared, limits[RLIMIT_RSS].soft, m.code_start, m.code_end,
                m.stack_start);
    text_format(text, "%lu %lu %lu %lu %d 0 0 ", s.signals_pending & INT32_MAX,
                s.signals_blocked & INT32_MAX, s.signals_ignored & INT32_MAX,
                s.signals_caught & INT32_MAX, s.state == 'S' || s.state == 'T');
    text_format(text, "%d %u %d %d 0 0 0 ", s.exit_signal, s.processor, s.policy_priority,
                s.policy);
    text_format(text, "%lu %lu %lu %lu %lu %lu %lu %d\n", m.data_start, m.data_end, m.brk_start,
                m.arguments_start, m.arguments_end, m.environment_start, m.environment_end,
                s.exit_status);
}

/* ---- small numbers ---------------------------------------------------------------------- */

void proc_show_name(struct text *text, const struct proc_node *node)
{
    struct proc_status s;

    if (proc_source->status(node->pid, node->number, &s))
        text_format(text, "%s\n", s.name);
}

int proc_write_name(const struct proc_node *node, const char *bytes, size_t count)
{
    char name[PROC_NAME_BYTES] = {0};

    memcpy(name, bytes, count < sizeof(name) - 1 ? count : sizeof(name) - 1);
    return proc_source->rename(node->pid, node->number, name);
}

void proc_show_limits(struct text *text, const struct proc_node *node)
{
    static const struct {
        const char *name;
        const char *unit;
    } rows[RLIM_NLIMITS] = {
        {"Max cpu time", "seconds"},     {"Max file size", "bytes"},
        {"Max data size", "bytes"},      {"Max stack size", "bytes"},
        {"Max core file size", "bytes"}, {"Max resident set", "bytes"},
        {"Max processes", "processes"},  {"Max open files", "files"},
        {"Max locked memory", "bytes"},  {"Max address space", "bytes"},
        {"Max file locks", "locks"},     {"Max pending signals", "signals"},
        {"Max msgqueue size", "bytes"},  {"Max nice priority", ""},
        {"Max realtime priority", ""},   {"Max realtime timeout", "us"},
    };
    struct proc_limit limits[RLIM_NLIMITS];

    if (!proc_source->limits(node->pid, limits))
        return;
    text_format(text, "%-25s %-20s %-20s %-10s\n", "Limit", "Soft Limit", "Hard Limit", "Units");
    for (unsigned i = 0; i < RLIM_NLIMITS; i++) {
        const uint64_t values[] = {limits[i].soft, limits[i].hard};
        text_format(text, "%-25s", rows[i].name);
        for (unsigned j = 0; j < ARRAY_LENGTH(values); j++) {
            if (values[j] == RLIM_INFINITY)
                text_format(text, " %-20s", "unlimited");
            else
                text_format(text, " %-20lu", values[j]);
        }
        text_format(text, *rows[i].unit ? " %-10s\n" : " %s\n", rows[i].unit);
    }
}

/* There is no disk under the files: nothing is ever read from one or written to it. */
void proc_show_io(struct text *text, const struct proc_node *node)
{
    struct io_counts io;

    if (!proc_source->io(node->pid, &io))
        return;
    text_format(text, "rchar: %lu\nwchar: %lu\nsyscr: %lu\nsyscw: %lu\n", io.read_bytes,
                io.written_bytes, io.read_calls, io.write_calls);
    text_format(text, "read_bytes: 0\nwrite_bytes: 0\ncancelled_write_bytes: 0\n");
}

/* All processes are in one group, the root of the one hierarchy. */
void proc_show_cgroup(struct text *text, const struct proc_node *node)
{
    (void)node;
    text_format(text, "0::/\n");
}

/* One user name space: every id is itself. */
void proc_show_id_map(struct text *text, const struct proc_node *node)
{
    (void)node;
    text_format(text, "%10u %10u %10u\n", 0u, 0u, ID_MAP_LENGTH);
}

void proc_show_setgroups(struct text *text, const struct proc_node *node)
{
    (void)node;
    text_format(text, "allow\n");
}

/* Where a sleeping thread waits is nobody's to know, which Linux says so too. */
void proc_show_wait_channel(struct text *text, const struct proc_node *node)
{
    (void)node;
    text_format(text, "0");
}

void proc_show_personality(struct text *text, const struct proc_node *node)
{
    struct proc_status s;

    if (proc_source->status(node->pid, node->number, &s))
        text_format(text, "%08lx\n", s.personality);
}

void proc_show_timer_slack(struct text *text, const struct proc_node *node)
{
    struct proc_status s;

    if (proc_source->status(node->pid, node->number, &s))
        text_format(text, "%lu\n", s.timer_slack_ns);
}

/* Ran, waited for the processor (both in ns), and how often it was given the processor. */
void proc_show_schedstat(struct text *text, const struct proc_node *node)
{
    struct proc_status s;

    if (proc_source->status(node->pid, node->number ? node->number : node->pid, &s))
        text_format(text, "%lu %lu %lu\n", s.user_ns + s.system_ns, s.waited_ns,
                    s.switches + s.preemptions);
}

/* ---- who ends first when memory is out ----------------------------------------------------- */

void proc_show_oom_adjust(struct text *text, const struct proc_node *node)
{
    struct proc_status s;

    if (proc_source->status(node->pid, 0, &s))
        text_format(text, "%d\n", s.oom_score_adjust);
}

/* Linux's scale (fs/proc/base.c, proc_oom_score): what fault.c goes by, as a number up to 2000. */
void proc_show_oom_score(struct text *text, const struct proc_node *node)
{
    struct proc_memory memory;
    struct proc_space space;
    struct proc_status s;

    if (!proc_source->status(node->pid, 0, &s))
        return;
    if (!proc_source->space(node->pid, &space))
        space = (struct proc_space){0};
    proc_source->memory(&memory);
    int64_t points = (int64_t)(space.anonymous * OOM_BASE / (memory.total_pages | 1));
    points = (OOM_BASE + points + s.oom_score_adjust) * 2 / 3;
    text_format(text, "%d\n", s.oom_score_adjust == -OOM_MAX || points < 0 ? 0 : (int)points);
}

/* A decimal number, perhaps with a sign, spaces around it. */
static int parse_number(const char *at, int *number)
{
    bool negative;
    int value = 0;

    while (*at == ' ' || *at == '\t')
        at++;
    negative = *at == '-';
    if (*at == '-' || *at == '+')
        at++;
    if (*at < '0' || *at > '9')
        return -EINVAL;
    for (; *at >= '0' && *at <= '9'; at++) {
        value = value * 10 + (*at - '0');
        if (value > NUMBER_MAX)
            return -EINVAL;
    }
    while (*at == ' ' || *at == '\t' || *at == '\n')
        at++;
    *number = negative ? -value : value;
    return *at ? -EINVAL : 0;
}

int proc_write_oom_adjust(const struct proc_node *node, const char *bytes, size_t count)
{
    int adjust;
    int error = parse_number(bytes, &adjust);

    (void)count;
    if (error == 0 && (adjust < -OOM_MAX || adjust > OOM_MAX))
        error = -EINVAL;
    return error < 0 ? error : proc_source->adjust_oom_score(node->pid, adjust);
}

/* ---- strings ------------------------------------------------------------------------------ */

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

void proc_show_auxiliary(struct text *text, const struct proc_node *node)
{
    show_strings(text, node->pid, proc_source->auxiliary);
}
