/*
 * proc_view_system.c - what /proc shows of the whole system, and /proc/corm of what lies below it.
 *
 * /proc/corm/components: a line of headings, then one line a component, fields separated by tabs
 * (cormctl sets them in columns). /proc/corm/control takes "kill NAME" and "restart NAME" and hands
 * them to init through the control page, if the manifest grants this world one.
 */
#include <corm/status.h>

#include "lib/base/string.h"
#include "sdk/ipc/invoke.h"
#include "sdk/rt/component.h"
#include "servers/linux/clock.h"
#include "servers/linux/dispatch.h"
#include "servers/linux/memory.h"
#include "servers/linux/mm.h"
#include "servers/linux/proc_view.h"
#include "servers/linux/spare.h"
#include "servers/linux/system.h"

#define READ_TRIES    64
#define CONTROL_WAIT  (2 * NANOS_PER_S)
#define CONTROL_PAUSE NANOS_PER_MS
#define PAGE_KIB      (PAGE_BYTES / 1024)

void proc_view_memory(struct proc_memory *memory)
{
    struct page_totals totals;

    page_totals_read(&totals);
    *memory = (struct proc_memory){
        .total_pages = totals.total, .free_pages = totals.free, .heap_pages = heap_pages()};
    mutex_lock(&process_mutex);
    list_for_each (link, &process_list) {
        const struct mm *mm = list_entry(link, struct process, all_link)->mm;
        if (!mm)
            continue;
        memory->anonymous_pages += mm->anon_pages;
        memory->mapped_pages += mm->file_pages;
    }
    mutex_unlock(&process_mutex);
}

void proc_view_totals(struct proc_totals *totals)
{
    struct usage_totals used;

    *totals = (struct proc_totals){
        .boot_time = (uint64_t)clock_real_offset() / NANOS_PER_S,
    };
    mutex_lock(&process_mutex);
    list_for_each (link, &process_list) {
        struct process *process = list_entry(link, struct process, all_link);
        totals->existing += process->thread_count;
    }
    usage_totals_read(&used);
    totals->last_pid = id_last();
    totals->processes_created = id_count_given();
    mutex_unlock(&process_mutex);
    totals->uptime_ns = used.uptime_ns;
    totals->idle_ns = used.idle_ns;
    totals->user_ns = used.user_ns;
    totals->system_ns = used.system_ns;
    totals->running = used.running;
    totals->switches = used.switches;
    for (unsigned i = 0; i < ARRAY_LENGTH(totals->load); i++)
        totals->load[i] = (used.load[i] * 100 + LOAD_ONE / 2) / LOAD_ONE;
}

/* ---- components --------------------------------------------------------------------------- */

/* A consistent copy of one entry; init writes the page while its sequence is odd. */
static void read_entry(unsigned index, struct status_entry *entry)
{
    const struct status_page *page = component_status();

    for (unsigned tries = 0; tries < READ_TRIES; tries++) {
        uint32_t before = __atomic_load_n(&page->sequence, __ATOMIC_ACQUIRE);
        memcpy(entry, &page->components[index], sizeof(*entry));
        __atomic_thread_fence(__ATOMIC_ACQUIRE); /* the copy is done before the second look */
        if (!(before & 1) && __atomic_load_n(&page->sequence, __ATOMIC_RELAXED) == before)
            break;
        thread_yield();
    }
    entry->name[sizeof(entry->name) - 1] = 0;
    entry->last_words[sizeof(entry->last_words) - 1] = 0;
}

static unsigned count_components(void)
{
    unsigned count = component_status()->count_components;
    return count < STATUS_COMPONENTS_MAX ? count : STATUS_COMPONENTS_MAX;
}

static const char *state_name(uint32_t state)
{
    static const char *const names[] = {"empty", "running", "restarting", "quarantined", "stopped"};
    return state < ARRAY_LENGTH(names) ? names[state] : "unknown";
}

static const char *reason_name(uint32_t reason)
{
    static const char *const names[] = {"-",      "fault", "exit",  "heartbeat",
                                        "killed", "peer",  "check", "overrun"};
    return reason < ARRAY_LENGTH(names) ? names[reason] : "unknown";
}

static void show_components(struct text *text)
{
    text_format(text,
                "component\tstate\tgeneration\trestarts\treason\tdetail\tmemory\ttime\twords\n");
    for (unsigned i = 0; i < count_components(); i++) {
        struct status_entry entry;
        read_entry(i, &entry);
        if (entry.state == COMPONENT_EMPTY)
            continue;
        text_format(text, "%s\t%s\t%u\t%u\t%s\t", entry.name, state_name(entry.state),
                    entry.generation, entry.restarts, reason_name(entry.reason));
        if (entry.reason == REASON_FAULT)
            text_format(text, "0x%lx\t", entry.reason_detail);
        else if (entry.reason == REASON_EXIT)
            text_format(text, "%lu\t", entry.reason_detail);
        else
            text_format(text, "-\t");
        text_format(text, "%luK\t%lu.%03lus\t%s\n", entry.memory_bytes / 1024,
                    entry.cpu_ns / NANOS_PER_S, entry.cpu_ns % NANOS_PER_S / NANOS_PER_MS,
                    entry.last_words[0] ? entry.last_words : "-");
    }
}

/* ---- control ------------------------------------------------------------------------------ */

static struct mutex control_mutex; /* one request at a time */

static int find_component(const char *name)
{
    for (unsigned i = 0; i < count_components(); i++) {
        struct status_entry entry;
        read_entry(i, &entry);
        if (entry.state != COMPONENT_EMPTY && strcmp(entry.name, name) == 0)
            return (int)i;
    }
    return -ENOENT;
}

/* Writes the request and waits for init's answer. Caller holds control_mutex. */
static int ask_init(struct control_page *page, enum control_request request, uint32_t target)
{
    nanos_t deadline_ns = time_now_monotonic() + CONTROL_WAIT;
    uint32_t sequence = __atomic_load_n(&page->sequence, __ATOMIC_RELAXED) + 1;

    page->request = request;
    page->target = target;
    __atomic_store_n(&page->sequence, sequence, __ATOMIC_RELEASE);
    if (ipc_signal(SLOT_CONTROL) != OK)
        return -EIO;
    while (__atomic_load_n(&page->answered, __ATOMIC_ACQUIRE) != sequence) {
        if (time_now_monotonic() >= deadline_ns)
            return -EIO;
        thread_sleep(time_now_monotonic() + CONTROL_PAUSE, false);
    }
    return __atomic_load_n(&page->status, __ATOMIC_RELAXED) == OK ? 0 : -EPERM;
}

/* The rest of a command that begins with `verb` and a space, or NULL. */
static const char *operand(const char *command, const char *verb)
{
    size_t length = strlen(verb);
    if (strncmp(command, verb, length) != 0 || command[length] != ' ')
        return NULL;
    return command + length + 1;
}

int proc_view_control(const char *command)
{
    struct control_page *page = (struct control_page *)component_self()->control_address;
    enum control_request request = CONTROL_KILL;
    const char *name = operand(command, "kill");

    if (!name) {
        request = CONTROL_RESTART;
        name = operand(command, "restart");
    }
    if (!name)
        return -EINVAL;
    if (!page)
        return -EPERM;
    int index = find_component(name);
    if (index < 0)
        return index;
    mutex_lock(&control_mutex);
    int error = ask_init(page, request, (uint32_t)index);
    mutex_unlock(&control_mutex);
    return error;
}

/* ---- texts -------------------------------------------------------------------------------- */

static void show_syscalls(struct text *text)
{
    static const char *const status[] = {"absent", "partial", "full"};

    text_format(text, "number\tname\tstatus\tcalls\n");
    for (unsigned i = 0; i < SYSCALL_COUNT; i++) {
        const struct syscall_description *call = &syscall_descriptions[i];
        if (call->name)
            text_format(text, "%u\t%s\t%s\t%lu\n", i, call->name, status[call->status],
                        syscall_counts[i]);
        else if (syscall_counts[i] != 0)
            text_format(text, "%u\t-\tabsent\t%lu\n", i, syscall_counts[i]);
    }
    text_format(text, "-\tother\tabsent\t%lu\n", syscall_counts[SYSCALL_COUNT]);
}

static void show_kib(struct text *text, const char *what, uint64_t bytes)
{
    text_format(text, "%s %lu kB\n", what, bytes / 1024);
}

/* Stacks and frames of all threads that were ever made. */
static uint64_t thread_bytes(void)
{
    uint64_t bytes = 0;

    for (const struct thread *thread = thread_first(); thread; thread = thread->next_made)
        bytes += THREAD_STACK_BYTES + PAGE_BYTES;
    return bytes;
}

/* Who has the machine's memory. The components' own is in the list of components. */
static void show_memory(struct text *text)
{
    const struct status_page *page = component_status();
    struct proc_memory memory;
    struct page_totals totals;

    page_totals_read(&totals);
    proc_view_memory(&memory);
    show_kib(text, "machine", page->machine_bytes);
    show_kib(text, "kernel and image of init", page->kernel_bytes);
    show_kib(text, "boot bundle", page->bundle_bytes);
    show_kib(text, "init and sessions", page->shared_bytes);
    show_kib(text, "init free", page->free_bytes);
    show_kib(text, "ungranted", page->free_memory_bytes);
    text_format(text, "kernel objects of init %lu\n", page->count_objects);
    show_kib(text, "world page descriptions", memory_description_bytes());
    show_kib(text, "world kernel objects", spare_object_bytes());
    show_kib(text, "world total", totals.total * PAGE_BYTES);
    show_kib(text, "world heap", memory.heap_pages * PAGE_BYTES);
    show_kib(text, "world stacks", thread_bytes());
    show_kib(text, "world programs", memory.anonymous_pages * PAGE_BYTES);
    show_kib(text, "world free", totals.free * PAGE_BYTES);
    show_kib(text, "world reserve", memory_reserve() * PAGE_BYTES);
}

static void show_world(struct text *text)
{
    const struct component_info *self = component_self();
    struct thread_totals threads = thread_totals_read();

    text_format(text, "name %s\ngeneration %u\nthreads %u of %u\n", self->name, self->generation,
                threads.running, threads.limit);
}

static void processor_name(char name[49])
{
    uint32_t words[12];

    for (uint32_t i = 0; i < 3; i++) {
        uint32_t *to = &words[i * 4];
        __asm__ volatile("cpuid"
                         : "=a"(to[0]), "=b"(to[1]), "=c"(to[2]), "=d"(to[3])
                         : "a"(0x80000002u + i), "c"(0));
    }
    memcpy(name, words, sizeof(words));
    name[48] = 0;
}

static void show_cpuinfo(struct text *text)
{
    char name[49];
    uint32_t a = 0, b, c = 0, d;
    char vendor[13] = {0};

    processor_name(name);
    __asm__ volatile("cpuid" : "+a"(a), "=b"(b), "+c"(c), "=d"(d));
    memcpy(vendor, &b, 4);
    memcpy(vendor + 4, &d, 4);
    memcpy(vendor + 8, &c, 4);
    text_format(text, "processor\t: 0\nvendor_id\t: %s\nmodel name\t: %s\ncpu cores\t: 1\n\n",
                vendor, name);
}

void proc_view_text(enum proc_text_kind kind, struct text *text)
{
    char host[SYSTEM_NAME_BYTES];

    switch (kind) {
    case PROC_CPUINFO:
        show_cpuinfo(text);
        break;
    case PROC_VERSION:
        text_format(text, "Linux version %s (Corm, not Linux: it follows Linux's interface) %s\n",
                    SYSTEM_RELEASE, SYSTEM_VERSION);
        break;
    case PROC_COMMAND_LINE:
        text_format(text, "\n");
        break;
    case PROC_HOSTNAME:
        system_host_name(host);
        text_format(text, "%s\n", host);
        break;
    case PROC_OSRELEASE:
        text_format(text, "%s\n", SYSTEM_RELEASE);
        break;
    case PROC_CORM_COMPONENTS:
        show_components(text);
        break;
    case PROC_CORM_SYSCALLS:
        show_syscalls(text);
        break;
    case PROC_CORM_MEMORY:
        show_memory(text);
        break;
    case PROC_CORM_OBJECTS:
        proc_view_objects(text);
        break;
    case PROC_CORM_WORLD:
        show_world(text);
        break;
    }
}
