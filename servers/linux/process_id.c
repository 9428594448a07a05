/*
 * process_id.c - numbers of processes, threads, groups and sessions.
 *
 * One table for all four, as on Linux: a number is free when nothing uses it in any role. Numbers
 * rise and wrap at PROCESS_ID_MAX. Lock: process_mutex.
 */
#include "servers/linux/process.h"

#define ID_BUCKETS     256
#define ID_FIRST_AGAIN 300 /* where numbers start after the first round, as on Linux */

static struct id *buckets[ID_BUCKETS];
static int last_number;
static uint64_t given;

int id_last(void) { return last_number; }

uint64_t id_count_given(void) { return given; }

struct id *id_find(int number)
{
    struct id *id = number > 0 ? buckets[number % ID_BUCKETS] : NULL;
    while (id && id->number != number)
        id = id->next;
    return id;
}

static int next_number(void)
{
    for (int tries = 0; tries < PROCESS_ID_MAX; tries++) {
        if (++last_number >= PROCESS_ID_MAX)
            last_number = ID_FIRST_AGAIN;
        if (!id_find(last_number))
            return last_number;
    }
    return 0;
}

int id_alloc(void)
{
    int number = next_number();
    if (number == 0)
        return 0;
    struct id *id = heap_alloc(sizeof(*id));
    if (!id)
        return 0;
    id->number = number;
    id->next = buckets[number % ID_BUCKETS];
    buckets[number % ID_BUCKETS] = id;
    given++;
    return number;
}

void id_release_if_unused(int number)
{
    struct id **link = &buckets[number % ID_BUCKETS];
    while (*link && (*link)->number != number)
        link = &(*link)->next;
    struct id *id = *link;
    if (!id || id->process || id->thread || id->group_members || id->session_members)
        return;
    *link = id->next;
    heap_free(id);
}

void id_set_thread(int number, struct thread *thread)
{
    struct id *id = id_find(number);
    ASSERT(id != NULL);
    id->thread = thread;
    id_release_if_unused(number);
}

void id_set_process(int number, struct process *process)
{
    struct id *id = id_find(number);
    ASSERT(id != NULL);
    id->process = process;
    id_release_if_unused(number);
}

void process_set_group(struct process *process, int group, int session)
{
    int old_group = process->group;
    int old_session = process->session;

    if (group)
        id_find(group)->group_members++;
    if (session)
        id_find(session)->session_members++;
    process->group = group;
    process->session = session;
    if (old_group) {
        id_find(old_group)->group_members--;
        id_release_if_unused(old_group);
    }
    if (old_session) {
        id_find(old_session)->session_members--;
        id_release_if_unused(old_session);
    }
}

struct process *process_find(int number)
{
    struct id *id = id_find(number);
    return id ? id->process : NULL;
}

struct thread *thread_find(int number)
{
    struct id *id = id_find(number);
    return id ? id->thread : NULL;
}
