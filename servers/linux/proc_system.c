/*
 * proc_system.c - what /proc says about the whole system. Formats: proc(5).
 */
#include "lib/base/string.h"
#include "servers/linux/dev.h"
#include "servers/linux/proc.h"

#define TICK_NS  (NANOS_PER_S / 100)
#define PAGE_KIB (PAGE_BYTES / 1024)

/* ---- memory ------------------------------------------------------------------------------- */

static void show_pages(struct text *text, const char *name, uint64_t pages)
{
    size_t start = text->length;

    text_format(text, "%s:", name);
    while (text->length - start < 16 && !text->failed)
        text_append(text, " ", 1);
    text_format(text, "%8lu kB\n", pages * PAGE_KIB);
}

/* Pages of all file systems, and of memory that is shared without a name. */
static uint64_t pages_of_files(void)
{
    uint64_t pages = 0;

    for (const struct mount *mount = mounts; mount; mount = mount->next)
        pages += mount->pages_used;
    return pages + proc_source->number(PROC_SHARED_PAGES);
}

/* Files have no disk behind them: they are as good as anonymous memory, and never dirty. */
void proc_show_meminfo(struct text *text, const struct proc_node *node)
{
    const uint64_t files = pages_of_files();
    struct proc_memory m;

    (void)node;
    proc_source->memory(&m);
    show_pages(text, "MemTotal", m.total_pages);
    show_pages(text, "MemFree", m.free_pages);
    show_pages(text, "MemAvailable",
               m.free_pages > m.reserve_pages ? m.free_pages - m.reserve_pages : 0);
    show_pages(text, "Buffers", 0);
    show_pages(text, "Cached", files);
    show_pages(text, "SwapCached", 0);
    show_pages(text, "Active", m.anonymous_pages + files);
    show_pages(text, "Inactive", 0);
    show_pages(text, "Active(anon)", m.anonymous_pages + files);
    show_pages(text, "Inactive(anon)", 0);
    show_pages(text, "Active(file)", 0);
    show_pages(text, "Inactive(file)", 0);
    show_pages(text, "Unevictable", 0);
    show_pages(text, "Mlocked", 0);
    show_pages(text, "SwapTotal", 0);
    show_pages(text, "SwapFree", 0);
    show_pages(text, "Dirty", 0);
    show_pages(text, "Writeback", 0);
    show_pages(text, "AnonPages", m.anonymous_pages);
    show_pages(text, "Mapped", m.mapped_pages);
    show_pages(text, "Shmem", files);
    show_pages(text, "KReclaimable", 0);
    show_pages(text, "Slab", m.heap_pages);
    show_pages(text, "SReclaimable", 0);
    show_pages(text, "SUnreclaim", m.heap_pages);
    show_pages(text, "KernelStack", m.stack_pages);
}

/* Linux's names; there are many more, of what is not here. */
void proc_show_vmstat(struct text *text, const struct proc_node *node)
{
    const uint64_t files = pages_of_files();
    struct proc_memory m;
    struct proc_totals t;

    (void)node;
    proc_source->memory(&m);
    proc_source->totals(&t);
    text_format(text, "nr_free_pages %lu\nnr_anon_pages %lu\nnr_mapped %lu\n", m.free_pages,
                m.anonymous_pages, m.mapped_pages);
    text_format(text, "nr_file_pages %lu\nnr_dirty 0\nnr_writeback 0\nnr_shmem %lu\n", files,
                files);
    text_format(text, "pgpgin 0\npgpgout 0\npswpin 0\npswpout 0\npgfault %lu\npgmajfault 0\n",
                t.faults);
}

/* ---- time --------------------------------------------------------------------------------- */

static void show_times(struct text *text, const char *name, const struct proc_time *time)
{
    text_format(text, "%s %lu 0 %lu %lu 0 0 0 0 0 0\n", name, time->user_ns / TICK_NS,
                time->system_ns / TICK_NS, time->idle_ns / TICK_NS);
}

/* A world is interrupted by nobody: devices and their interrupts are the drivers'. */
void proc_show_system_stat(struct text *text, const struct proc_node *node)
{
    struct proc_totals t;

    (void)node;
    proc_source->totals(&t);
    show_times(text, "cpu ", &t.time);
    for (uint64_t i = 0; i < proc_source->number(PROC_PROCESSORS_ONLINE); i++) {
        text_format(text, "cpu%lu", i);
        show_times(text, "", &t.processors[i]);
    }
    text_format(text, "intr 0\nctxt %lu\nbtime %lu\n", t.switches, t.boot_time);
    text_format(text, "processes %lu\nprocs_running %u\nprocs_blocked 0\n", t.processes_created,
                t.running);
    text_format(text, "softirq 0 0 0 0 0 0 0 0 0 0 0\n");
}

void proc_show_interrupts(struct text *text, const struct proc_node *node)
{
    (void)node;
    text_format(text, "           ");
    for (uint64_t i = 0; i < proc_source->number(PROC_PROCESSORS_ONLINE); i++)
        text_format(text, "CPU%lu       ", i);
    text_format(text, "\n");
}

static void show_seconds(struct text *text, nanos_t time)
{
    text_format(text, "%lu.%02lu", time / NANOS_PER_S, time % NANOS_PER_S / TICK_NS);
}

void proc_show_uptime(struct text *text, const struct proc_node *node)
{
    struct proc_totals t;

    (void)node;
    proc_source->totals(&t);
    show_seconds(text, t.uptime_ns);
    text_format(text, " ");
    show_seconds(text, t.time.idle_ns);
    text_format(text, "\n");
}

void proc_show_loadavg(struct text *text, const struct proc_node *node)
{
    struct proc_totals t;

    (void)node;
    proc_source->totals(&t);
    for (int i = 0; i < 3; i++)
        text_format(text, "%u.%02u ", t.load[i] / 100, t.load[i] % 100);
    text_format(text, "%u/%u %d\n", t.running, t.existing, t.last_pid);
}

/* ---- devices ------------------------------------------------------------------------------ */

void proc_show_devices(struct text *text, const struct proc_node *node)
{
    (void)node;
    text_format(text, "Character devices:\n");
    for (const struct dev_driver *driver = dev_drivers; driver->name; driver++)
        text_format(text, "%3u %s\n", driver->major, driver->name);
    text_format(text, "\nBlock devices:\n");
}

/* Of drivers of terminals: name, device, major, minors, type. */
void proc_show_tty_drivers(struct text *text, const struct proc_node *node)
{
    (void)node;
    for (const struct dev_driver *driver = dev_drivers; driver->name; driver++) {
        if (!driver->type)
            continue;
        text_format(text, "%-20s %-14s %3u ", driver->tty_name, driver->path, driver->major);
        if (driver->minor_first == driver->minor_last)
            text_format(text, "%7u", driver->minor_first);
        else
            text_format(text, "%u-%u", driver->minor_first, driver->minor_last);
        text_format(text, " %s\n", driver->type);
    }
}

void proc_show_partitions(struct text *text, const struct proc_node *node)
{
    (void)node;
    text_format(text, "major minor  #blocks  name\n\n");
}

void proc_show_swaps(struct text *text, const struct proc_node *node)
{
    (void)node;
    text_format(text, "Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n");
}

/* A list of what there is none of. */
void proc_show_nothing(struct text *text, const struct proc_node *node)
{
    (void)node;
    text_append(text, "", 0);
}

/* ---- settings ------------------------------------------------------------------------------ */

void proc_show_text(struct text *text, const struct proc_node *node)
{
    proc_source->text((enum proc_text_kind)node->entry->which, text);
}

void proc_show_number(struct text *text, const struct proc_node *node)
{
    text_format(text, "%lu\n", proc_source->number((enum proc_number)node->entry->which));
}

void proc_show_value(struct text *text, const struct proc_node *node)
{
    text_format(text, "%d\n", node->entry->which);
}

/* Open, free among those that were made (none is kept), and how many there may be. */
void proc_show_file_numbers(struct text *text, const struct proc_node *node)
{
    (void)node;
    text_format(text, "%lu\t0\t%ld\n", file_count_open(), INT64_MAX);
}

/* A version 4 UUID (RFC 4122 4.4). */
void proc_format_uuid(struct text *text, const uint8_t random[16])
{
    uint8_t bytes[16];

    memcpy(bytes, random, sizeof(bytes));
    bytes[6] = (uint8_t)((bytes[6] & 0x0f) | 0x40);
    bytes[8] = (uint8_t)((bytes[8] & 0x3f) | 0x80);
    for (unsigned i = 0; i < sizeof(bytes); i++)
        text_format(text, "%s%02x", i == 4 || i == 6 || i == 8 || i == 10 ? "-" : "", bytes[i]);
    text_format(text, "\n");
}

void proc_show_uuid(struct text *text, const struct proc_node *node)
{
    uint8_t bytes[16];

    (void)node;
    random_bytes(bytes, sizeof(bytes));
    proc_format_uuid(text, bytes);
}

/* Without its end. */
static size_t line_length(const char *bytes, size_t count)
{
    size_t length = 0;
    while (length < count && bytes[length] && bytes[length] != '\n')
        length++;
    return length;
}

int proc_write_host_name(const struct proc_node *node, const char *bytes, size_t count)
{
    (void)node;
    return proc_source->set_host_name(bytes, line_length(bytes, count));
}

int proc_write_control(const struct proc_node *node, const char *bytes, size_t count)
{
    char command[PROC_COMMAND_BYTES] = {0};
    size_t length = line_length(bytes, count);

    (void)node;
    if (length >= sizeof(command))
        return -EINVAL;
    memcpy(command, bytes, length);
    return proc_source->control(command);
}
