/**
 * check_threads.c - does each thread of the kernel wait where the model says, reach what it was
 * bound to, and get what it should?
 */
#include "kernel/cpu.h"
#include "lib/base/list_walk.h"
#include "tests/oracle/model.h"

static const struct thread *raw_of(const struct oracle *o, oracle_id id)
{
    return id == ORACLE_NONE ? NULL : (const struct thread *)o->objects[id].raw;
}

/* The queue of @endpoint for threads in @state, in order of arrival. */
static const char *queue_check(const struct oracle *o, oracle_id endpoint, const struct list *queue,
                               enum thread_state state, const struct thread *fast)
{
    uint32_t last = 0;
    int count = 0;
    list_for_each (link, queue) {
        const struct thread *raw = container_of(link, struct thread, wait_link);
        oracle_id id = object_find(o, &raw->object);
        const struct oracle_object *t = id == ORACLE_NONE ? NULL : &o->objects[id];
        WRONG_IF(t == NULL || t->state != state || t->wait != endpoint,
                 "a thread is in a queue in which it does not wait");
        WRONG_IF(t->arrived <= last, "who came later is served first");
        last = t->arrived;
        count++;
    }
    for (int i = 0; i < o->count_objects; i++) {
        const struct oracle_object *t = &o->objects[i];
        if (t->type != OBJECT_THREAD || t->wait != endpoint || t->state != state)
            continue;
        count -= (const struct thread *)t->raw != fast;
    }
    WRONG_IF(count != 0, "a thread waits at an Endpoint that does not know of it");
    return NULL;
}

static const char *endpoint_check(const struct oracle *o, oracle_id id)
{
    const struct endpoint *raw = (const struct endpoint *)o->objects[id].raw;
    const struct thread *fast = raw->fast->state == THREAD_RECEIVING ? raw->fast : NULL;
    oracle_id receiver = fast == NULL ? ORACLE_NONE : object_find(o, &fast->object);
    WRONG_IF(fast != NULL &&
                 (receiver == ORACLE_NONE || o->objects[receiver].state != THREAD_RECEIVING ||
                  o->objects[receiver].wait != id),
             "an Endpoint would be answered by who does not wait there");
    WRONG_IF(raw->min_budget_ns != o->objects[id].min_budget, "an Endpoint demands something else");
    WRONG_PART(queue_check(o, id, &raw->callers, THREAD_QUEUED, NULL));
    return queue_check(o, id, &raw->receivers, THREAD_RECEIVING, fast);
}

static const char *notification_check(const struct oracle *o, oracle_id id)
{
    const struct oracle_object *n = &o->objects[id];
    const struct notification *raw = (const struct notification *)n->raw;
    WRONG_IF(raw->bits & ~n->bits, "a Notification has bits that nobody signalled");
    WRONG_IF(raw->bits != n->bits, "a signal is lost");
    WRONG_IF(raw->waiter != raw_of(o, n->waiter), "another thread waits than should");
    WRONG_IF(raw->bound != raw_of(o, n->listener), "a Notification is bound to somebody else");
    return NULL;
}

static paddr_t root_of(const struct oracle *o, oracle_id thread, enum thread_binding which)
{
    oracle_id space = binding(o, thread, which);
    return space == ORACLE_NONE ? 0 : o->objects[space].base; /* a Space begins with its root */
}

static const char *reach_check(const struct oracle *o, oracle_id id)
{
    const struct oracle_object *t = &o->objects[id];
    const struct thread *raw = (const struct thread *)t->raw;
    oracle_id table = binding(o, id, BINDING_TABLE);
    oracle_id region = cap_find(o, id, BINDING_FRAME);
    const void *frame = region == ORACLE_NONE ? NULL : host_ram(o->caps[region].value + t->frame);
    const uint8_t *ram = host_ram(HOST_RAM_BASE);
    if (table != ORACLE_NONE) {
        uint64_t slots = 1ull << o->objects[table].size_log2;
        WRONG_IF(raw->table_base != slot_of(o, table, 0) ||
                     raw->table_mask != (slots - 1) << HANDLE_OP_BITS,
                 "a thread uses another Table than it is bound to");
    } else {
        const uint8_t *base = (const uint8_t *)raw->table_base;
        WRONG_IF(base >= ram && base < ram + HOST_RAM_BYTES, "a thread uses a Table it has not");
    }
    WRONG_IF(raw->root != root_of(o, id, BINDING_SPACE),
             "a thread runs in another Space than it is bound to");
    WRONG_IF(raw->guest_root != root_of(o, id, BINDING_GUEST),
             "a guest runs in another Space than it is bound to");
    WRONG_IF(raw->frame != frame, "the kernel writes a frame where none was given");
    bool pending = t->bound != ORACLE_NONE && o->objects[t->bound].bits != 0;
    WRONG_IF(((raw->slow_word & SLOW_SIGNAL_PENDING) != 0) != pending,
             "a thread does not know that its Notification has bits, or believes so");
    return NULL;
}

static const char *state_check(const struct oracle *o, const struct oracle_object *t)
{
    const struct thread *raw = (const struct thread *)t->raw;
    WRONG_IF(t->state == THREAD_READY && raw->state >= THREAD_QUEUED,
             "a thread still waits for what has come: a lost wake-up");
    WRONG_IF(raw->state != t->state, "a thread is in another state than it should be");
    WRONG_IF(t->state == THREAD_CALLING && raw->server != raw_of(o, t->server),
             "a call is served by somebody else");
    if (t->state != THREAD_RECEIVING)
        WRONG_IF(raw->caller != (t->serves == ORACLE_NONE ? &thread_nobody : raw_of(o, t->serves)),
                 "a thread would answer somebody else");
    WRONG_IF(((raw->slow_word & SLOW_FAULT_CALL) != 0) != t->fault_call,
             "a fault is taken for a call, or a call for a fault");
    WRONG_IF(((raw->slow_word & SLOW_KICKED) != 0) != t->kicked, "a kick is lost, or was none");
    WRONG_IF(raw->context.in_guest != t->in_guest, "a thread is in its guest that should not be");
    return NULL;
}

static const char *outcome_check(const struct oracle_object *t)
{
    const struct thread *raw = (const struct thread *)t->raw;
    if (t->state != THREAD_READY || !t->outcome_known || raw->context.restart_handle != 0)
        return NULL;
    uint64_t outcome = raw->context.in_syscall ? raw->result : raw->context.seen_result;
    WRONG_IF(outcome != t->outcome, "a system call returned something else than it should");
    return NULL;
}

static const char *all_listed(const struct oracle *o)
{
    int count = 0;
    list_for_each (link, &thread_list) {
        const struct thread *raw = container_of(link, struct thread, all_link);
        WRONG_IF(object_find(o, &raw->object) == ORACLE_NONE, "a thread lives that nobody made");
        count++;
    }
    for (int i = 0; i < o->count_objects; i++) {
        const struct oracle_object *t = &o->objects[i];
        if (t->type == OBJECT_THREAD)
            count -= ((const struct thread *)t->raw)->all_link.next !=
                     &((const struct thread *)t->raw)->all_link;
    }
    WRONG_IF(count != 0, "a thread is lost");
    return NULL;
}

const char *threads_check(const struct oracle *o)
{
    for (int i = 0; i < o->count_objects; i++) {
        const struct oracle_object *object = &o->objects[i];
        switch (object->type) {
        case OBJECT_ENDPOINT:
            WRONG_PART(endpoint_check(o, (oracle_id)i));
            break;
        case OBJECT_NOTIFICATION:
            WRONG_PART(notification_check(o, (oracle_id)i));
            break;
        case OBJECT_THREAD:
            WRONG_PART(state_check(o, object));
            WRONG_PART(reach_check(o, (oracle_id)i));
            WRONG_PART(outcome_check(object));
            break;
        default:
            break;
        }
    }
    return all_listed(o);
}
