/*
 * process.c - the tree of processes: birth, lookup, groups, times; see process.h.
 */
#include "servers/linux/process.h"

#include "lib/base/string.h"
#include "servers/linux/file.h"
#include "servers/linux/signal.h"

struct mutex process_mutex = MUTEX_OF(LOCK_PROCESS);
struct list process_list = {&process_list, &process_list};
struct process *process_init;
unsigned process_count;

struct process *process_get(struct process *process)
{
    __atomic_fetch_add(&process->refs, 1, __ATOMIC_RELAXED);
    return process;
}

void process_put(struct process *process)
{
    if (__atomic_sub_fetch(&process->refs, 1, __ATOMIC_ACQ_REL) == 0)
        heap_free(process);
}

static void inherit(struct process *process, const struct process *maker)
{
    memcpy(process->limits, maker->limits, sizeof(process->limits));
    process->personality = maker->personality;
    process->oom_score_adjust = maker->oom_score_adjust;
    process->oom_score_floor = maker->oom_score_floor;
    process->nice = maker->nice;
    process->dumpable = maker->dumpable;
    process->has_terminal = maker->has_terminal;
}

struct process *process_create(int id, const struct process *maker, struct process *parent)
{
    struct process *process = heap_alloc(sizeof(*process));
    if (!process)
        return NULL;
    process->refs = 1;
    process->id = id;
    process->start_ns = time_now_monotonic();
    process->dumpable = 1;
    list_init(&process->children);
    list_init(&process->threads);
    list_init(&process->pending.entries);
    if (parent) {
        inherit(process, maker);
        process->parent = parent;
        process->parent_id = parent->id;
        list_push_back(&parent->children, &process->sibling);
    }
    list_push_back(&process_list, &process->all_link);
    process_count++;
    id_set_process(id, process);
    process_set_group(process, maker ? maker->group : id, maker ? maker->session : id);
    return process;
}

void process_add_thread(struct process *process, struct thread *thread)
{
    thread->process = process;
    list_push_back(&process->threads, &thread->process_link);
    process->thread_count++;
    process->live_count++;
    id_set_thread(thread->tid, thread);
}

void process_reap(struct process *process)
{
    int id = process->id;

    ASSERT(process->thread_count == 0);
    process->state = PROCESS_DEAD;
    if (process->parent)
        list_remove(&process->sibling);
    list_remove(&process->all_link);
    process_count--;
    process_set_group(process, 0, 0);
    id_set_process(id, NULL);
    process_put(process);
}

struct process *process_next(int id)
{
    struct process *next = NULL;

    mutex_lock(&process_mutex);
    list_for_each (link, &process_list) {
        struct process *process = list_entry(link, struct process, all_link);
        if (process->id > id && (!next || process->id < next->id))
            next = process;
    }
    if (next)
        process_get(next);
    mutex_unlock(&process_mutex);
    return next;
}

struct process *process_lookup(int id)
{
    mutex_lock(&process_mutex);
    struct process *process = process_find(id);
    if (process)
        process_get(process);
    mutex_unlock(&process_mutex);
    return process;
}

struct file *process_share_executable(struct process *process)
{
    struct file *file = process->executable;
    if (!file || inode_claim_execute(file->inode) < 0)
        return NULL;
    return file_get(file);
}

/* ---- groups and sessions ------------------------------------------------------------------- */

bool process_group_orphaned_locked(int group)
{
    list_for_each (link, &process_list) {
        struct process *process = list_entry(link, struct process, all_link);
        const struct process *parent = process->parent;
        if (process->group == group && process->state == PROCESS_ALIVE && parent &&
            parent->group != group && parent->session == process->session)
            return false;
    }
    return true;
}

static bool has_stopped_member(int group)
{
    list_for_each (link, &process_list) {
        struct process *process = list_entry(link, struct process, all_link);
        if (process->group == group && process->stopped)
            return true;
    }
    return false;
}

void process_check_orphaned_group(int group, int session)
{
    if (!process_group_orphaned_locked(group) || !has_stopped_member(group))
        return;
    list_for_each_removable (link, &process_list) {
        struct process *process = list_entry(link, struct process, all_link);
        if (process->group == group && process->session == session)
            signal_hang_up(process);
    }
}

/* ---- what base.h promises to the file half ------------------------------------------------- */

int process_current_id(void) { return process_current()->id; }

int thread_current_id(void) { return thread_self()->tid; }

int process_current_group(void) { return process_current()->group; }

int process_current_session(void) { return process_current()->session; }

int process_group_session(int group)
{
    int session = -ESRCH;

    mutex_lock(&process_mutex);
    list_for_each (link, &process_list) {
        struct process *process = list_entry(link, struct process, all_link);
        if (process->group == group)
            session = process->session;
    }
    mutex_unlock(&process_mutex);
    return session;
}

bool process_group_orphaned(int group)
{
    mutex_lock(&process_mutex);
    bool orphaned = process_group_orphaned_locked(group);
    mutex_unlock(&process_mutex);
    return orphaned;
}

uint64_t process_limit(int resource)
{
    const struct process *process = process_current();
    return process ? __atomic_load_n(&process->limits[resource].soft, __ATOMIC_RELAXED)
                   : RLIM_INFINITY;
}
