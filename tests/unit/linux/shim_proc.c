/*
 * shim_proc.c - pid 1 is the current process; 7 belongs to user 1000 and has two threads, 7 and 9;
 * 40 is a zombie.
 */
#include "tests/unit/linux/shim_proc.h"

#include "servers/linux/may.h"
#include <stdio.h>

#include "tests/unit/linux/shim.h"

static const int pids[] = {1, 7, 40};

static int next_of(const int *list, size_t count, int after)
{
    for (size_t i = 0; i < count; i++) {
        if (list[i] > after)
            return list[i];
    }
    return 0;
}

static int process_next(int after) { return next_of(pids, ARRAY_LENGTH(pids), after); }

static int thread_next(int pid, int after)
{
    static const int threads[] = {7, 9};

    if (pid == 7)
        return next_of(threads, ARRAY_LENGTH(threads), after);
    return after < pid ? pid : 0;
}

static bool status(int pid, int tid, struct proc_status *s)
{
    if (process_next(pid - 1) != pid)
        return false;
    *s = (struct proc_status){.pid = pid,
                              .tid = tid,
                              .dumpable = true,
                              .parent = pid == 1 ? 0 : 1,
                              .group = pid,
                              .session = 1,
                              .has_terminal = true,
                              .state = pid == 40 ? 'Z' : 'S',
                              .threads = pid == 7 ? 2 : 1,
                              .exit_signal = 17,
                              .user_ns = 30000000};
    strcpy(s->name, pid == 1 ? "init" : "a (b) c");
    if (pid == 7)
        s->credentials.euid = s->credentials.uid = 1000;
    return true;
}

static bool space(int pid, struct proc_space *s)
{
    *s = (struct proc_space){
        .virtual_bytes = 8192, .anonymous = 1, .file = 1, .code_bytes = 4096, .data_bytes = 4096};
    return pid != 40 && process_next(pid - 1) == pid;
}

static bool limits(int pid, struct proc_limit all[RLIM_NLIMITS])
{
    for (int i = 0; i < RLIM_NLIMITS; i++)
        all[i] = (struct proc_limit){i == RLIMIT_CORE ? 0 : RLIM_INFINITY, RLIM_INFINITY};
    return process_next(pid - 1) == pid;
}

static bool io(int pid, struct io_counts *counts)
{
    *counts = (struct io_counts){.read_bytes = 5, .written_bytes = 6, .read_calls = 1};
    return process_next(pid - 1) == pid;
}

static int rename_thread(int pid, int tid, const char *name)
{
    snprintf(shim.last_control, sizeof(shim.last_control), "%d/%d is %s", pid, tid, name);
    return 0;
}

static int adjust_oom_score(int pid, int adjust)
{
    snprintf(shim.last_control, sizeof(shim.last_control), "%d by %d", pid, adjust);
    return 0;
}

/* Others than root look into what is wholly theirs: 7 is user 1000's. */
static int inspect(int pid, int tid)
{
    const struct credentials whom = {.uid = 1000, .euid = 1000, .suid = 1000};

    (void)tid;
    if (pid == shim.pid)
        return 0;
    return may_inspect(credentials_current(), &whom, true, INSPECT_BY_FILES) < 0 ? -EACCES : 0;
}

static struct group_list *groups(int pid, int tid)
{
    (void)tid;
    return pid == 1 ? groups_get(context_current()->credentials.groups) : NULL;
}

static long strings(const char *text, size_t length, uint64_t offset, void *to, size_t bytes)
{
    if (offset >= length)
        return 0;
    if (bytes > length - offset)
        bytes = length - offset;
    memcpy(to, text + offset, bytes);
    return (long)bytes;
}

static long arguments(int pid, uint64_t offset, void *to, size_t bytes)
{
    return pid == 40 ? 0 : strings("sh\0-c\0true", 11, offset, to, bytes);
}

static long environment(int pid, uint64_t offset, void *to, size_t bytes)
{
    return pid == 40 ? 0 : strings("A=1\0B=2", 8, offset, to, bytes);
}

static long auxiliary(int pid, uint64_t offset, void *to, size_t bytes)
{
    (void)pid;
    return strings("\6\0\0\0\0\0\0\0", 8, offset, to, bytes);
}

static bool resident(int pid, uint64_t start, uint64_t end, struct proc_resident *r)
{
    (void)start, (void)end;
    *r = (struct proc_resident){
        .all = 1, .shared_clean = 1, .portion_bytes = PAGE_BYTES / 2, .anonymous = 0};
    return pid != 40;
}

static bool mapping(int pid, uint64_t address, struct proc_mapping *m)
{
    if (pid == 40 || address >= 0x402000)
        return false;
    *m = (struct proc_mapping){.start = 0x400000, .end = 0x401000, .read = true, .execute = true};
    if (address < 0x401000)
        m->file = dentry_get(world.root);
    else
        *m = (struct proc_mapping){
            .start = 0x401000, .end = 0x402000, .read = true, .write = true, .label = "[heap]"};
    return true;
}

static struct dentry *executable(int pid) { return pid == 40 ? NULL : dentry_get(world.root); }

static struct fs_context *fs(int pid)
{
    return pid == 40 ? NULL : fs_context_get(context_current()->fs);
}

static struct fd_table *files(int pid)
{
    return pid == 1 ? fd_table_get(context_current()->files) : NULL;
}

static void memory(struct proc_memory *m)
{
    *m = (struct proc_memory){.total_pages = 1024, .free_pages = 512};
}

static void totals(struct proc_totals *t)
{
    *t = (struct proc_totals){
        .uptime_ns = 12345678901, .time = {.idle_ns = 10000000000}, .load = {5, 110, 0}};
}

static void text(enum proc_text_kind kind, struct text *to) { text_format(to, "text %d\n", kind); }

static uint64_t number(enum proc_number which)
{
    return which == PROC_PROCESSORS_ONLINE ? 2 : 1000 + which;
}

static bool cache(unsigned index, struct proc_cache *c)
{
    *c = (struct proc_cache){.type = 3, .level = 2, .line_bytes = 64, .ways = 8, .sets = 1024};
    return index == 0;
}

static int set_host_name(const char *name, size_t length)
{
    snprintf(shim.last_control, sizeof(shim.last_control), "host %.*s", (int)length, name);
    return 0;
}

static int control(const char *command)
{
    strcpy(shim.last_control, command);
    return shim.last_control_status;
}

const struct proc_source shim_proc_source = {
    .process_next = process_next,
    .thread_next = thread_next,
    .status = status,
    .groups = groups,
    .inspect = inspect,
    .space = space,
    .limits = limits,
    .io = io,
    .rename = rename_thread,
    .adjust_oom_score = adjust_oom_score,
    .auxiliary = auxiliary,
    .resident = resident,
    .number = number,
    .cache = cache,
    .set_host_name = set_host_name,
    .arguments = arguments,
    .environment = environment,
    .mapping = mapping,
    .executable = executable,
    .fs = fs,
    .files = files,
    .memory = memory,
    .totals = totals,
    .text = text,
    .control = control,
};
