/*
 * proc_system.c - what /proc says about the whole system. Formats: proc(5).
 */
#include "servers/linux/proc.h"

#define TICK_NS        (NANOS_PER_S / 100)
#define PAGE_KIB       (PAGE_BYTES / 1024)
#define PID_MAX        32768
#define PIPE_MAX_BYTES (1u << 20)

#define UNUSED_NODE(node) (void)(node)

void proc_show_meminfo(struct text *text, const struct proc_node *node)
{
    struct proc_memory m;
    uint64_t shmem = 0;

    UNUSED_NODE(node);
    proc_source->memory(&m);
    for (const struct mount *mount = mounts; mount; mount = mount->next)
        shmem += mount->pages_used;
    text_format(text, "MemTotal:       %8lu kB\n", m.total_pages * PAGE_KIB);
    text_format(text, "MemFree:        %8lu kB\n", m.free_pages * PAGE_KIB);
    text_format(text, "MemAvailable:   %8lu kB\n", m.free_pages * PAGE_KIB);
    text_format(text, "Buffers:        %8d kB\n", 0);
    text_format(text, "Cached:         %8lu kB\n", shmem * PAGE_KIB);
    text_format(text, "SwapCached:     %8d kB\n", 0);
    text_format(text, "SwapTotal:      %8d kB\n", 0);
    text_format(text, "SwapFree:       %8d kB\n", 0);
    text_format(text, "Dirty:          %8d kB\n", 0);
    text_format(text, "AnonPages:      %8lu kB\n", m.anonymous_pages * PAGE_KIB);
    text_format(text, "Mapped:         %8lu kB\n", m.mapped_pages * PAGE_KIB);
    text_format(text, "Shmem:          %8lu kB\n", shmem * PAGE_KIB);
    text_format(text, "Slab:           %8lu kB\n", m.heap_pages * PAGE_KIB);
}

void proc_show_system_stat(struct text *text, const struct proc_node *node)
{
    struct proc_totals t;

    UNUSED_NODE(node);
    proc_source->totals(&t);
    for (int line = 0; line < 2; line++)
        text_format(text, "cpu%s %lu 0 %lu %lu 0 0 0 0 0 0\n", line ? "0" : " ",
                    t.user_ns / TICK_NS, t.system_ns / TICK_NS, t.idle_ns / TICK_NS);
    text_format(text, "intr 0\nctxt %lu\nbtime %lu\n", t.switches, t.boot_time);
    text_format(text, "processes %lu\nprocs_running %u\nprocs_blocked 0\n", t.processes_created,
                t.running);
}

static void show_seconds(struct text *text, nanos_t time)
{
    text_format(text, "%lu.%02lu", time / NANOS_PER_S, time % NANOS_PER_S / TICK_NS);
}

void proc_show_uptime(struct text *text, const struct proc_node *node)
{
    struct proc_totals t;

    UNUSED_NODE(node);
    proc_source->totals(&t);
    show_seconds(text, t.uptime_ns);
    text_format(text, " ");
    show_seconds(text, t.idle_ns);
    text_format(text, "\n");
}

void proc_show_loadavg(struct text *text, const struct proc_node *node)
{
    struct proc_totals t;

    UNUSED_NODE(node);
    proc_source->totals(&t);
    for (int i = 0; i < 3; i++)
        text_format(text, "%u.%02u ", t.load[i] / 100, t.load[i] % 100);
    text_format(text, "%u/%u %d\n", t.running, t.existing, t.last_pid);
}

void proc_show_filesystems(struct text *text, const struct proc_node *node)
{
    UNUSED_NODE(node);
    text_format(text, "nodev\ttmpfs\nnodev\tproc\nnodev\tpipefs\n");
}

/* Spaces in a path are written as octal, so that a line keeps its fields. */
static void append_mount_path(struct text *text, const struct mount *mount)
{
    struct text path = {0};

    proc_append_path(&path, mount->root);
    for (size_t i = 0; i < path.length; i++) {
        char c = path.bytes[i];
        if (c == ' ' || c == '\t' || c == '\n' || c == '\\')
            text_format(text, "\\%u%u%u", (unsigned)c >> 6 & 3, (unsigned)c >> 3 & 7,
                        (unsigned)c & 7);
        else
            text_append(text, &c, 1);
    }
    text_free(&path);
}

void proc_show_mounts(struct text *text, const struct proc_node *node)
{
    UNUSED_NODE(node);
    for (const struct mount *mount = mounts; mount; mount = mount->next) {
        text_format(text, "%s ", mount->source);
        append_mount_path(text, mount);
        text_format(text, " %s rw,%srelatime 0 0\n", mount->type, mount->nosuid ? "nosuid," : "");
    }
}

void proc_show_mountinfo(struct text *text, const struct proc_node *node)
{
    UNUSED_NODE(node);
    for (const struct mount *mount = mounts; mount; mount = mount->next) {
        bool is_root = mount->root->parent == mount->root;
        int above = is_root ? 1 : mount->root->parent->inode->mount->id;
        text_format(text, "%d %d 0:%u / ", mount->id, above, mount->device);
        append_mount_path(text, mount);
        text_format(text, " rw,%srelatime - %s %s rw\n", mount->nosuid ? "nosuid," : "",
                    mount->type, mount->source);
    }
}

void proc_show_cpuinfo(struct text *text, const struct proc_node *node)
{
    UNUSED_NODE(node);
    proc_source->text(PROC_CPUINFO, text);
}

void proc_show_version(struct text *text, const struct proc_node *node)
{
    UNUSED_NODE(node);
    proc_source->text(PROC_VERSION, text);
}

void proc_show_command_line(struct text *text, const struct proc_node *node)
{
    UNUSED_NODE(node);
    proc_source->text(PROC_COMMAND_LINE, text);
}

void proc_show_hostname(struct text *text, const struct proc_node *node)
{
    UNUSED_NODE(node);
    proc_source->text(PROC_HOSTNAME, text);
}

void proc_show_ostype(struct text *text, const struct proc_node *node)
{
    UNUSED_NODE(node);
    text_format(text, "Linux\n");
}

void proc_show_osrelease(struct text *text, const struct proc_node *node)
{
    UNUSED_NODE(node);
    proc_source->text(PROC_OSRELEASE, text);
}

void proc_show_pid_max(struct text *text, const struct proc_node *node)
{
    UNUSED_NODE(node);
    text_format(text, "%d\n", PID_MAX);
}

void proc_show_pipe_max(struct text *text, const struct proc_node *node)
{
    UNUSED_NODE(node);
    text_format(text, "%u\n", PIPE_MAX_BYTES);
}

void proc_show_zero(struct text *text, const struct proc_node *node)
{
    UNUSED_NODE(node);
    text_format(text, "0\n");
}

/* A version 4 UUID (RFC 4122 4.4). */
void proc_show_uuid(struct text *text, const struct proc_node *node)
{
    uint8_t bytes[16];

    UNUSED_NODE(node);
    random_bytes(bytes, sizeof(bytes));
    bytes[6] = (uint8_t)((bytes[6] & 0x0f) | 0x40);
    bytes[8] = (uint8_t)((bytes[8] & 0x3f) | 0x80);
    for (unsigned i = 0; i < sizeof(bytes); i++)
        text_format(text, "%s%02x", i == 4 || i == 6 || i == 8 || i == 10 ? "-" : "", bytes[i]);
    text_format(text, "\n");
}

void proc_show_components(struct text *text, const struct proc_node *node)
{
    UNUSED_NODE(node);
    proc_source->text(PROC_CORM_COMPONENTS, text);
}

void proc_show_syscalls(struct text *text, const struct proc_node *node)
{
    UNUSED_NODE(node);
    proc_source->text(PROC_CORM_SYSCALLS, text);
}

void proc_show_corm_memory(struct text *text, const struct proc_node *node)
{
    UNUSED_NODE(node);
    proc_source->text(PROC_CORM_MEMORY, text);
}

void proc_show_corm_objects(struct text *text, const struct proc_node *node)
{
    UNUSED_NODE(node);
    proc_source->text(PROC_CORM_OBJECTS, text);
}

void proc_show_world(struct text *text, const struct proc_node *node)
{
    UNUSED_NODE(node);
    proc_source->text(PROC_CORM_WORLD, text);
}

int proc_write_control(const char *line) { return proc_source->control(line); }
