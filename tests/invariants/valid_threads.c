/**
 * valid_threads.c - the invariants of thread.h, ipc.h and notify.h.
 */
#include "kernel/arch.h"
#include "kernel/cpu.h"
#include "kernel/ipc.h"
#include "kernel/notify.h"
#include "kernel/reap.h"
#include "kernel/space.h"
#include "lib/base/list_walk.h"
#include "tests/invariants/valid.h"

static bool list_contains(const struct list *head, const struct list *wanted)
{
    list_for_each (link, head)
        if (link == wanted)
            return true;
    return false;
}

/* Not one that is gone: somebody has it, or it is being taken apart. */
static bool is_endpoint(const struct endpoint *endpoint)
{
    bool exists = found_object(&endpoint->object) >= 0;
    for (const struct object *object = reap_top; object != NULL; object = object->reap_next)
        exists = exists || object == &endpoint->object;
    return exists && endpoint->object.type == OBJECT_ENDPOINT;
}

/* The ring in which @thread waits goes through an Endpoint's callers. */
static bool waits_at_endpoint(const struct thread *thread)
{
    if (!ring_valid(&thread->wait_link))
        return false;
    list_for_each (link, &thread->wait_link)
        if (is_endpoint(container_of(link, struct endpoint, callers)))
            return true;
    return false;
}

static const char *valid_wait(const struct thread *thread)
{
    const bool queued = thread->state == THREAD_QUEUED;
    const bool receives = thread->state == THREAD_RECEIVING;
    BROKEN_IF(queued && !waits_at_endpoint(thread));
    const struct endpoint *at = thread->receives_at;
    BROKEN_IF(receives && at == NULL);
    if (at != NULL) {
        BROKEN_IF(!is_endpoint(at));
        bool listed = receives && list_contains(&at->receivers, &thread->wait_link);
        BROKEN_IF((at->fast == thread) == listed);
    }
    if (thread->state == THREAD_LISTENING) {
        const struct notification *notification = thread->wait_notification;
        BROKEN_IF(notification == NULL || notification->object.type != OBJECT_NOTIFICATION);
        BROKEN_IF(notification->waiter != thread);
    }
    bool may_have_deadline = queued || receives || thread->state == THREAD_LISTENING;
    BROKEN_IF(!may_have_deadline && wheel_entry_active(&thread->deadline.entry));
    /* What it offered it offers no more: the fast path would take it for its next receive's. */
    BROKEN_IF(thread->state == THREAD_READY && tag_receive_slot(thread->message.tag) != 0 &&
              !valid_may_be_calling(thread));
    return NULL;
}

/* `server` counts only while CALLING, `caller` not while RECEIVING: the fast path leaves them. */
static const char *valid_call(const struct thread *thread)
{
    const struct thread *server = thread->state == THREAD_CALLING ? thread->server : NULL;
    const struct thread *caller = thread_serves(thread) ? thread->caller : NULL;
    BROKEN_IF(thread->state == THREAD_CALLING && (server == NULL || server->caller != thread));
    BROKEN_IF(server != NULL && server->object.type != OBJECT_THREAD);
    BROKEN_IF(caller != NULL && caller->object.type != OBJECT_THREAD);
    BROKEN_IF(server != NULL && !thread_serves(server));
    BROKEN_IF(caller != NULL && (caller->server != thread || caller->state != THREAD_CALLING));
    BROKEN_IF(caller != NULL && (thread->state == THREAD_LISTENING || thread->state == THREAD_NEW));
    bool fault_call = thread->slow_word & SLOW_FAULT_CALL;
    BROKEN_IF(fault_call && thread->state != THREAD_CALLING && thread->state != THREAD_QUEUED);
    bool fault_served = thread->slow_word & SLOW_FAULT_SERVED;
    BROKEN_IF(fault_served != (caller != NULL && (caller->slow_word & SLOW_FAULT_CALL)));
    return NULL;
}

static bool is_dying(const struct sched *sched) { return sched != NULL && sched->dying; }

/* Who serves a call and does not do it at its own expense holds what the caller lent. */
static const char *valid_lending(const struct thread *thread)
{
    const struct cpu *cpu = cpu_running(thread);
    const struct sched *held = cpu != NULL ? cpu->sched : thread->sched;
    if (!thread_serves(thread) || (thread->slow_word & SLOW_ANSWERING))
        return NULL;
    const struct sched *lent = thread->caller->sched;
    BROKEN_IF(held != lent && !is_dying(held) && !is_dying(lent));
    return NULL;
}

/* What each binding is to. */
static const uint8_t binding_types[BINDING_COUNT] = {
    [BINDING_TABLE] = OBJECT_TABLE,    [BINDING_SPACE] = OBJECT_SPACE,
    [BINDING_FAULT] = OBJECT_ENDPOINT, [BINDING_NOTIFICATION] = OBJECT_NOTIFICATION,
    [BINDING_GUEST] = OBJECT_SPACE,    [BINDING_FRAME] = OBJECT_REGION,
};

/* A frame is a page of the Region that it was bound with. */
static const char *valid_frame(const struct thread *thread)
{
    const struct slot *region = &thread->bindings[BINDING_FRAME];
    if (thread->frame == NULL)
        return NULL;
    BROKEN_IF(slot_empty(region));
    paddr_t offset = arch_virt_to_phys(thread->frame) - region->value;
    BROKEN_IF(offset % PAGE_BYTES != 0 || offset >= slot_bytes(region));
    return NULL;
}

static const char *valid_bindings(const struct thread *thread)
{
    const struct slot *bindings = thread->bindings;
    const struct notification *bound = notify_bound(thread);
    BROKEN_IF(slot_empty(&bindings[BINDING_NOTIFICATION]) != (bound == NULL));
    if (bound != NULL) {
        BROKEN_IF(bound->bound != thread);
        BROKEN_IF((bound->bits != 0) != ((thread->slow_word & SLOW_SIGNAL_PENDING) != 0));
        BROKEN_IF(bound->bits != 0 && thread->state == THREAD_RECEIVING);
    } else {
        BROKEN_IF(thread->slow_word & SLOW_SIGNAL_PENDING);
    }
    BROKEN_IF(slot_empty(&bindings[BINDING_TABLE]) &&
              thread_slot((struct thread *)thread, 1)->type != SLOT_TYPE_NEVER);
    const struct table *table = (const struct table *)bindings[BINDING_TABLE].object;
    BROKEN_IF(table != NULL &&
              (thread->table_base != table->slots ||
               thread->table_mask >> HANDLE_OP_BITS != object_slots(&table->object) - 1));
    const struct space *space = (const struct space *)bindings[BINDING_SPACE].object;
    const bool no_root = thread->root == arch_root_word(arch_root_none());
    BROKEN_IF(!no_root && (space == NULL || arch_root_word(space->root) != thread->root));
    const struct space *guest = (const struct space *)bindings[BINDING_GUEST].object;
    BROKEN_IF(thread->guest_root != 0 &&
              (guest == NULL || arch_root_word(guest->root) != thread->guest_root));
    BROKEN_PART(valid_frame(thread));
    BROKEN_IF(thread->context.in_guest && cpu_running(thread) != NULL && thread->guest_root == 0);
    for (unsigned i = 0; i < BINDING_COUNT; i++)
        BROKEN_IF(!slot_empty(&bindings[i]) &&
                  (bindings[i].kind != SLOT_BOUND || bindings[i].a != (uint64_t)thread ||
                   bindings[i].b != i || bindings[i].type != binding_types[i]));
    return NULL;
}

/* A READY thread is the one that runs, or in a run queue, or parked. */
static const char *valid_queue(const struct thread *thread)
{
    bool runs = cpu_running(thread) != NULL;
    if (runs || thread->state != THREAD_READY) {
        BROKEN_IF(runs && thread->state != THREAD_READY);
        BROKEN_IF(thread->queue != QUEUE_NONE);
        return NULL;
    }
    BROKEN_IF(thread->queue != QUEUE_RUN && thread->queue != QUEUE_PARKED);
    BROKEN_IF(thread->sched == NULL);
    if (thread->queue == QUEUE_RUN) {
        /* As when it was queued: a Sched that is configured anew has its say when it is next. */
        BROKEN_IF((int)thread->rank < thread->floor);
        const struct cpu *cpu = cpus[thread->sched->cpu];
        BROKEN_IF(!list_contains(&cpu->ready[thread->rank], &thread->ready_link));
    } else {
        BROKEN_IF(!list_contains(&thread->sched->parked, &thread->ready_link));
        BROKEN_IF(!wheel_entry_active(&thread->sched->refill.entry));
    }
    return NULL;
}

/* @queue is a ring of Threads that wait for @endpoint in @state. */
static const char *valid_waiters(const struct endpoint *endpoint, const struct list *queue,
                                 enum thread_state state)
{
    BROKEN_IF(!ring_valid(queue));
    list_for_each (link, queue) {
        const struct thread *thread = container_of(link, struct thread, wait_link);
        BROKEN_IF(thread->object.type != OBJECT_THREAD || !list_linked(&thread->all_link));
        BROKEN_IF(thread->state != state);
        BROKEN_IF(state == THREAD_RECEIVING && thread->receives_at != endpoint);
    }
    return NULL;
}

/* What is no server never receives; nobody has a floor below any. */
static const char *valid_fast_words(void)
{
    for (unsigned i = 0; i < ARRAY_LENGTH(fast_words); i++)
        BROKEN_IF(fast_words[i].state != THREAD_NEW || fast_words[i].receives_at != NULL ||
                  (fast_words[i].standing == 0) != (&fast_words[i] == NOTIFICATION_FREE) ||
                  (fast_words[i].floor == FLOOR_HEARD) != (&fast_words[i] == NOTIFICATION_HEARD));
    BROKEN_IF(cpu_self()->state_needed != THREAD_RECEIVING);
    BROKEN_IF(thread_nobody.floor != FLOOR_NOBODY);
    return NULL;
}

static const char *valid_endpoint(const struct endpoint *endpoint)
{
    bool callers = !list_empty(&endpoint->callers);
    bool receivers = !list_empty(&endpoint->receivers);
    BROKEN_IF(callers && receivers);
    const struct thread *server = endpoint->fast;
    if (server != ENDPOINT_NOBODY) {
        BROKEN_IF(callers || receivers || endpoint->min_budget_ns != 0);
        BROKEN_IF(server->object.type != OBJECT_THREAD || !list_linked(&server->all_link));
        BROKEN_IF(server->receives_at != endpoint);
        if (server->state == THREAD_RECEIVING) {
            BROKEN_IF(server->slow_word & (SLOW_SIGNAL_PENDING | SLOW_VECTOR | SLOW_LIMITED));
            BROKEN_IF(wheel_entry_active(&server->deadline.entry));
            BROKEN_IF(tag_receive_slot(server->message.tag) != 0);
        }
    }
    BROKEN_PART(valid_waiters(endpoint, &endpoint->callers, THREAD_QUEUED));
    return valid_waiters(endpoint, &endpoint->receivers, THREAD_RECEIVING);
}

static const char *valid_notification(const struct notification *notification)
{
    const struct thread *waiter = notification->waiter;
    BROKEN_IF(waiter != NULL && notification->bits != 0);
    BROKEN_IF(waiter != NULL &&
              (waiter->state != THREAD_LISTENING || waiter->wait_notification != notification));
    BROKEN_IF(notification->bound != NULL && notify_bound(notification->bound) != notification);
    bool heard = waiter != NULL || notification->bound != NULL;
    BROKEN_IF(notification->fast != (heard ? NOTIFICATION_HEARD : NOTIFICATION_FREE));
    return NULL;
}

const char *valid_threads(void)
{
    size_t listed = 0;
    BROKEN_IF(!ring_valid(&thread_list));
    BROKEN_PART(valid_fast_words());
    list_for_each (link, &thread_list) {
        const struct thread *thread = container_of(link, struct thread, all_link);
        BROKEN_IF(thread->object.type != OBJECT_THREAD);
        BROKEN_PART(valid_wait(thread));
        BROKEN_PART(valid_call(thread));
        BROKEN_PART(valid_lending(thread));
        BROKEN_PART(valid_bindings(thread));
        BROKEN_PART(valid_queue(thread));
        listed++;
    }
    BROKEN_IF(listed != thread_count);
    for (size_t i = 0; i < found.count_objects; i++) {
        if (found.objects[i]->type == OBJECT_ENDPOINT)
            BROKEN_PART(valid_endpoint((const struct endpoint *)found.objects[i]));
        if (found.objects[i]->type == OBJECT_NOTIFICATION)
            BROKEN_PART(valid_notification((const struct notification *)found.objects[i]));
    }
    return NULL;
}
