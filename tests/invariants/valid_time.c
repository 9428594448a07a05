/**
 * valid_time.c - the invariants of sched.h and cpu.h.
 */
#include "kernel/cpu.h"
#include "kernel/reap.h"
#include "kernel/thread.h"
#include "lib/base/list_walk.h"
#include "tests/invariants/valid.h"

/* Reachable, or waiting to be reaped; where the memory of one was reset, its type is 0. */
static bool is_sched(const struct sched *sched)
{
    return sched != NULL && sched->object.type == OBJECT_SCHED &&
           (sched->object.references == 0 || found_object(&sched->object) >= 0);
}

static const char *valid_sched(const struct sched *sched)
{
    BROKEN_IF(sched->left_ns > sched->budget_ns);
    BROKEN_IF(sched->budget_ns > sched->period_ns);
    BROKEN_IF(sched->utilisation == 0 && sched->budget_ns != 0);
    BROKEN_IF(!ring_valid(&sched->homes) || !ring_valid(&sched->parked));
    BROKEN_IF(!ring_valid(&sched->children));
    list_for_each (link, &sched->homes) {
        const struct thread *thread = container_of(link, struct thread, home_link);
        BROKEN_IF(thread->home != sched || !list_linked(&thread->all_link));
    }
    list_for_each (link, &sched->parked) {
        const struct thread *thread = container_of(link, struct thread, ready_link);
        BROKEN_IF(thread->queue != QUEUE_PARKED || thread->sched != sched);
    }
    list_for_each (link, &sched->children) {
        const struct sched *child = container_of(link, struct sched, sibling);
        BROKEN_IF(!is_sched(child) || child->parent != sched);
    }
    return NULL;
}

/* Each run queue is a ring of the Threads that wait in it. */
static const char *valid_queues(const struct cpu *cpu)
{
    for (unsigned i = 0; i < PRIORITIES; i++) {
        bool marked = cpu->ready_map.words[i / 64] >> i % 64 & 1;
        BROKEN_IF(list_empty(&cpu->ready[i]) == marked);
        if (!marked)
            continue;
        BROKEN_IF(!ring_valid(&cpu->ready[i]));
        list_for_each (link, &cpu->ready[i]) {
            const struct thread *thread = container_of(link, struct thread, ready_link);
            BROKEN_IF(thread->object.type != OBJECT_THREAD || thread->queue != QUEUE_RUN);
            BROKEN_IF(thread->rank != i);
        }
    }
    return NULL;
}

static size_t count_in_wheels(void)
{
    size_t count = 0;
    for (uint32_t i = 0; i < cpu_count; i++)
        for (unsigned level = 0; level < WHEEL_LEVELS; level++)
            list_for_each (link, &cpus[i]->wheel.levels[level])
                count++;
    return count;
}

/* What is in the wheels is the timer of a Thread or a Sched, each of which is there once. */
static const char *valid_timers(void)
{
    size_t armed = 0;
    list_for_each (link, &thread_list) {
        const struct thread *thread = container_of(link, struct thread, all_link);
        armed += wheel_entry_active(&thread->deadline.entry);
        armed += wheel_entry_active(&thread->request.entry);
        BROKEN_IF(thread->deadline.due == NULL || thread->request.due == NULL);
    }
    for (size_t i = 0; i < found.count_objects; i++)
        if (found.objects[i]->type == OBJECT_SCHED)
            armed += wheel_entry_active(&((const struct sched *)found.objects[i])->refill.entry);
    for (const struct object *object = reap_top; object != NULL; object = object->reap_next)
        if (object->type == OBJECT_SCHED)
            armed += wheel_entry_active(&((const struct sched *)object)->refill.entry);
    BROKEN_IF(armed != count_in_wheels());
    return NULL;
}

/* Who holds or calls home a Sched holds one that exists. */
static const char *valid_holder(const struct thread *thread)
{
    bool stale_allowed = cpu_running(thread) != NULL || thread->state == THREAD_RECEIVING;
    if (thread->home != NULL)
        BROKEN_IF(!is_sched(thread->home) || !list_linked(&thread->home_link));
    if (thread->sched != NULL && !stale_allowed)
        BROKEN_IF(!is_sched(thread->sched));
    return NULL;
}

/* No time is made: the parts of all processors' time are no more than the whole. */
static const char *valid_sum(void)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < found.count_objects; i++)
        if (found.objects[i]->type == OBJECT_SCHED)
            sum += ((const struct sched *)found.objects[i])->utilisation;
    BROKEN_IF(valid_time_is_known() && sum > cpu_count * SCHED_UTILISATION_ONE);
    return NULL;
}

static const char *valid_cpu(struct cpu *cpu)
{
    int highest = bitmap_highest(&cpu->ready_map);
    BROKEN_IF(!wheel_valid(&cpu->wheel));
    BROKEN_PART(valid_queues(cpu));
    BROKEN_IF((int)cpu->ready_rank != (highest < 0 ? 0 : highest));
    if (valid_has_yet_to_look(cpu))
        return NULL;
    BROKEN_IF(cpu->reschedule);
    BROKEN_IF(cpu->current == NULL && (cpu_count == 1 || highest >= 0));
    if (cpu->current == NULL)
        return NULL;
    BROKEN_IF(cpu->current->state != THREAD_READY);
    BROKEN_IF(cpu->current->object.type != OBJECT_THREAD || !list_linked(&cpu->current->all_link));
    BROKEN_IF(!is_sched(cpu->sched));
    BROKEN_IF((int)sched_current_rank(cpu) < highest);
    BROKEN_IF(cpu->floor_needed < highest && (int)cpu->sched->priority < highest);
    return valid_timer(cpu);
}

/* What waits to be taken apart: nobody else finds it. */
static const char *valid_dying(const struct object *object)
{
    const struct sched *sched = (const struct sched *)object;
    BROKEN_IF(object->type >= OBJECT_TYPES);
    BROKEN_IF(object->references != 0 || object_classes[object->type].reap_step == NULL);
    BROKEN_IF(object->type == OBJECT_SCHED && sched->dying && sched->reap_left > thread_count);
    return NULL;
}

const char *valid_time(void)
{
    for (const struct object *object = reap_top; object != NULL; object = object->reap_next)
        BROKEN_PART(valid_dying(object));
    for (size_t i = 0; i < found.count_objects; i++)
        if (found.objects[i]->type == OBJECT_SCHED)
            BROKEN_PART(valid_sched((const struct sched *)found.objects[i]));
    list_for_each (link, &thread_list)
        BROKEN_PART(valid_holder(container_of(link, struct thread, all_link)));
    BROKEN_PART(valid_sum());
    BROKEN_PART(valid_timers());
    for (uint32_t i = 0; i < cpu_count; i++)
        BROKEN_PART(valid_cpu(cpus[i]));
    return NULL;
}
