/*
 * proc_view_system.c - what /proc shows of the whole system, and /proc/corm of what lies below it.
 *
 * /proc/corm/components: a line of headings, then one line a component, fields separated by tabs
 * (cormctl sets them in columns). /proc/corm/control takes "kill NAME" and "restart NAME" and hands
 * them to init through the control page, if the manifest grants this world one.
 */
#include <corm/status.h>

#include "lib/base/string.h"
#include "machine/identity.h"
#include "sdk/ipc/invoke.h"
#include "sdk/rt/component.h"
#include "servers/linux/clock.h"
#include "servers/linux/dispatch.h"
#include "servers/linux/memory.h"
#include "servers/linux/mm.h"
#include "servers/linux/proc.h"
#include "servers/linux/proc_view.h"
#include "servers/linux/processors.h"
#include "servers/linux/ipc.h"
#include "servers/linux/shared_memory.h"
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
        .total_pages = totals.total,
        .free_pages = totals.free,
        .reserve_pages = memory_reserve(),
        .heap_pages = heap_pages(),
        .stack_pages = (uint64_t)thread_totals_read().made << THREAD_STACK_ORDER,
    };
    mutex_lock(&process_mutex);
    list_for_each (link, &process_list) {
        const struct mm *mm = list_entry(link, struct process, all_link)->mm;
        if (!mm)
            continue;
        memory->anonymous_pages += tally_read(&mm->anon_pages);
        memory->mapped_pages += tally_read(&mm->file_pages);
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
    for (uint32_t i = 0; i < processors_count; i++) {
        const struct usage_processor *from = &used.processors[i];
        struct proc_time *to = &totals->processors[i];
        *to = (struct proc_time){from->user_ns, from->system_ns, from->idle_ns};
        totals->time.user_ns += to->user_ns;
        totals->time.system_ns += to->system_ns;
        totals->time.idle_ns += to->idle_ns;
    }
    totals->running = used.running;
    totals->switches = used.switches;
    totals->faults = used.faults;
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

static void show_processors(struct text *text)
{
    for (uint32_t i = 0; i < processors_count; i++)
        proc_view_processor(text, i);
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

static struct mutex control_mutex = MUTEX_OF(LOCK_CONTROL); /* one request at a time */

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
                        tally_read(&syscall_counts[i]));
        else if (tally_read(&syscall_counts[i]) != 0)
            text_format(text, "%u\t-\tabsent\t%lu\n", i, tally_read(&syscall_counts[i]));
    }
    text_format(text, "-\tother\tabsent\t%lu\n", tally_read(&syscall_counts[SYSCALL_COUNT]));
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

/* The same for as long as the world lives. */
static void show_boot_id(struct text *text)
{
    static struct {
        struct mutex mutex;
        bool made;
        uint8_t bytes[16];
    } boot = {.mutex = MUTEX_OF(LOCK_BOOT_ID)};

    mutex_lock(&boot.mutex);
    if (!boot.made)
        random_bytes(boot.bytes, sizeof(boot.bytes));
    boot.made = true;
    mutex_unlock(&boot.mutex);
    proc_format_uuid(text, boot.bytes);
}

static void show_version(struct text *text)
{
    text_format(text, "Linux version %s (Corm, not Linux: it follows Linux's interface) %s\n",
                SYSTEM_RELEASE, SYSTEM_VERSION);
}

static void show_host_name(struct text *text)
{
    char name[SYSTEM_NAME_BYTES];
    system_host_name(name);
    text_format(text, "%s\n", name);
}

static void show_domain_name(struct text *text)
{
    char name[SYSTEM_NAME_BYTES];
    system_domain_name(name);
    text_format(text, "%s\n", name);
}

/* Nobody gives a world a command line. */
static void show_nothing(struct text *text) { text_format(text, "\n"); }

static void show_system_name(struct text *text) { text_format(text, "Linux\n"); }

static void show_release(struct text *text) { text_format(text, "%s\n", SYSTEM_RELEASE); }

static void show_system_version(struct text *text) { text_format(text, "%s\n", SYSTEM_VERSION); }

static void show_machine(struct text *text) { text_format(text, "%s\n", MACHINE_NAME); }

void proc_view_text(enum proc_text_kind kind, struct text *text)
{
    static void (*const shows[])(struct text * text) = {
        [PROC_PROCESSORS] = show_processors,
        [PROC_VERSION] = show_version,
        [PROC_COMMAND_LINE] = show_nothing,
        [PROC_HOST_NAME] = show_host_name,
        [PROC_DOMAIN_NAME] = show_domain_name,
        [PROC_SYSTEM_NAME] = show_system_name,
        [PROC_RELEASE] = show_release,
        [PROC_SYSTEM_VERSION] = show_system_version,
        [PROC_MACHINE] = show_machine,
        [PROC_BOOT_ID] = show_boot_id,
        [PROC_CORM_COMPONENTS] = show_components,
        [PROC_CORM_SYSCALLS] = show_syscalls,
        [PROC_CORM_MEMORY] = show_memory,
        [PROC_CORM_OBJECTS] = proc_view_objects,
        [PROC_CORM_WORLD] = show_world,
    };
    shows[kind](text);
}

uint64_t proc_view_number(enum proc_number number)
{
    switch (number) {
    case PROC_PID_MAX:
        return PROCESS_ID_MAX;
    case PROC_THREADS_MAX:
        return thread_totals_read().limit;
    case PROC_CAPABILITY_LAST:
        return CAP_LAST;
    case PROC_MAPPINGS_MAX:
        return MM_RANGES_MAX;
    case PROC_ADDRESS_MIN:
        return GUEST_ADDRESS_MIN;
    case PROC_RESERVE_KIB:
        return memory_reserve() * PAGE_KIB;
    case PROC_SHARED_PAGES:
        return shared_memory_pages().used;
    case PROC_SHARED_PAGES_MAX:
        return shared_memory_pages().limit;
    case PROC_SHARED_BYTES_MAX:
        return shared_memory_pages().limit * PAGE_BYTES;
    case PROC_SHARED_SEGMENTS_MAX:
        return IPC_OBJECTS_MAX;
    case PROC_PROCESSORS_ONLINE:
        return processors_count;
    }
    return 0;
}
