/**
 * doom.c - what a deletion takes along, and how far one that was broken off has come.
 *
 * Deleting a capability deletes all that is derived from it. An object whose last capability goes
 * is taken apart: what lies in its slots goes too, with all that is derived from that. A deletion
 * that is broken off may have done any part of this, but never leaves a capability without the one
 * that it was derived from.
 */
#include <string.h>

#include "tests/oracle/model.h"

/* Does any capability that stays keep @object? */
static bool object_kept(const struct oracle *o, const struct doom *doom, oracle_id object)
{
    for (int i = 0; i < o->count_caps; i++)
        if (o->caps[i].type != 0 && !doom->caps[i] && o->caps[i].object == object &&
            counted(o, &o->caps[i]))
            return true;
    return false;
}

static bool extend_to_caps(const struct oracle *o, struct doom *doom)
{
    bool more = false;
    for (int i = 0; i < o->count_caps; i++) {
        const struct oracle_cap *cap = &o->caps[i];
        if (cap->type == 0 || doom->caps[i])
            continue;
        if ((cap->parent != ORACLE_NONE && doom->caps[cap->parent]) || doom->objects[cap->holder])
            more = doom->caps[i] = true;
    }
    return more;
}

static bool extend_to_objects(const struct oracle *o, struct doom *doom)
{
    bool more = false;
    for (int i = 0; i < o->count_objects; i++)
        if (o->objects[i].type != 0 && !doom->objects[i] && !object_kept(o, doom, (oracle_id)i))
            more = doom->objects[i] = true;
    return more;
}

static void extend(const struct oracle *o, struct doom *doom)
{
    bool more = true;
    while (more) {
        more = extend_to_caps(o, doom);
        more |= extend_to_objects(o, doom);
    }
}

void doom_init(struct oracle *o, struct doom *doom)
{
    memset(doom, 0, sizeof *doom);
    extend(o, doom);
}

void doom_cap(struct oracle *o, struct doom *doom, oracle_id cap, bool itself)
{
    if (itself)
        doom->caps[cap] = true;
    for (int i = 0; i < o->count_caps; i++)
        if (o->caps[i].type != 0 && o->caps[i].parent == cap)
            doom->caps[i] = true;
    extend(o, doom);
}

static void lose_binding(struct oracle *o, oracle_id thread, enum thread_binding which)
{
    if (which == BINDING_NOTIFICATION)
        unbind_notification(o, thread);
    if (which == BINDING_GUEST || which == BINDING_FRAME)
        thread_leaves_guest(o, thread);
}

void cap_remove(struct oracle *o, oracle_id id)
{
    struct oracle_cap *cap = &o->caps[id];
    struct oracle_object *holder = &o->objects[cap->holder];
    if (has_children(o, id))
        oracle_wrong(o, "a capability went before what was derived from it");
    if (holder->type == OBJECT_SPACE && cap->type == OBJECT_REGION)
        maps_clear(o, cap->holder, cap->a, cap->b, cap->value, cap_bytes(cap));
    if (holder->type == OBJECT_SPACE && cap->type == OBJECT_UNTYPED)
        maps_clear_all(o, cap->holder);
    if (holder->type == OBJECT_THREAD)
        lose_binding(o, cap->holder, (enum thread_binding)cap->index);
    oracle_id object = counted(o, cap) ? cap->object : ORACLE_NONE;
    cap->type = 0;
    if (object == ORACLE_NONE)
        return;
    for (int i = 0; i < o->count_caps; i++)
        if (o->caps[i].type != 0 && o->caps[i].object == object && counted(o, &o->caps[i]))
            return;
    o->objects[object].dying = true;
}

/* Did its deadline come first, in the interrupt that broke the deletion off? */
static bool timed_out(const struct oracle *o, const struct oracle_object *thread)
{
    const struct thread *raw = (const struct thread *)thread->raw;
    uint64_t result = raw->context.in_syscall ? raw->result : raw->context.seen_result;
    return thread->deadline <= o->now && (result & ~RECEIVED_ERROR) == TIMEOUT;
}

/* What waits at @object fails; all of it, or who does not wait there any more. */
static void fail_waiting(struct oracle *o, oracle_id object, bool all)
{
    for (int i = 0; i < o->count_objects; i++) {
        struct oracle_object *thread = &o->objects[i];
        if (thread->type != OBJECT_THREAD || thread->wait != object)
            continue;
        uint32_t state = ((const struct thread *)thread->raw)->state;
        if (all || (state != thread->state && !timed_out(o, thread)))
            thread_fails(o, (oracle_id)i, GONE);
    }
}

/* Has @child, a Sched, left @raw, which is being taken apart? One that began to die itself has not:
 * it gave its share to @raw. */
static bool left_parent(const struct sched *child, const struct sched *raw)
{
    return child->parent != raw && !child->dying;
}

static void sched_goes(struct oracle *o, oracle_id id, bool all)
{
    const struct sched *raw = (const struct sched *)o->objects[id].raw;
    for (int i = 0; i < o->count_objects; i++) {
        struct oracle_object *thread = &o->objects[i];
        if (thread->type == OBJECT_THREAD && thread->home == id &&
            (all || ((const struct thread *)thread->raw)->home != raw)) {
            thread->home = ORACLE_NONE;
            if (((const struct thread *)thread->raw)->sched == raw)
                thread->held = id; /* it came home before */
        }
        if (thread->type == OBJECT_SCHED && thread->giver == id &&
            (all || left_parent((const struct sched *)thread->raw, raw)))
            thread->giver = o->objects[id].giver;
    }
    if (all || raw->dying)
        sched_dies(o, id);
}

/* @id, which nobody has a capability of, is taken apart: quite, or in part. */
static void object_goes(struct oracle *o, oracle_id id, bool all)
{
    struct oracle_object *object = &o->objects[id];
    object->dying = true;
    switch (object->type) {
    case OBJECT_THREAD: {
        const struct thread *raw = (const struct thread *)object->raw;
        if (all || raw->all_link.next == &raw->all_link)
            thread_stops(o, id);
        break;
    }
    case OBJECT_ENDPOINT:
    case OBJECT_NOTIFICATION:
        fail_waiting(o, id, all);
        break;
    case OBJECT_SCHED:
        sched_goes(o, id, all);
        break;
    case OBJECT_IRQ:
        if (all)
            o->lines_masked |= 1ull << object->bits; /* the line's number */
        break;
    default:
        break;
    }
    if (!all)
        return;
    for (int i = 0; i < o->count_caps; i++)
        if (o->caps[i].type != 0 && o->caps[i].holder == id)
            oracle_wrong(o, "an object went before the capabilities in it");
    object->type = 0;
}

static bool on_reap_stack(const struct object *raw)
{
    for (const struct object *at = reap_top; at != NULL; at = at->reap_next)
        if (at == raw)
            return true;
    return false;
}

/* The part of a window whose entries are cleared already. */
static void shorten_window(struct oracle *o, struct oracle_cap *cap)
{
    bool window = o->objects[cap->holder].type == OBJECT_SPACE && cap->type == OBJECT_REGION;
    if (!window || cap->raw->a <= cap->a || cap->raw->a > cap->b)
        return;
    maps_clear(o, cap->holder, cap->a, cap->raw->a, cap->value, cap_bytes(cap));
    cap->a = cap->raw->a;
}

/* Leaves first: a capability goes only when nothing is derived from it any more. */
static void remove_caps(struct oracle *o, const struct doom *doom, bool all)
{
    bool more = true;
    while (more) {
        more = false;
        for (int i = 0; i < o->count_caps; i++) {
            struct oracle_cap *cap = &o->caps[i];
            if (cap->type == 0 || !doom->caps[i] || has_children(o, (oracle_id)i))
                continue;
            if (!all && cap->raw->type != 0) {
                shorten_window(o, cap);
                continue;
            }
            cap_remove(o, (oracle_id)i);
            more = true;
        }
    }
}

void doom_perform(struct oracle *o, const struct doom *doom, bool all)
{
    remove_caps(o, doom, all);
    for (int i = 0; i < o->count_objects; i++) {
        bool gone = all && doom->objects[i];
        if (o->objects[i].type == 0 || !(gone || o->objects[i].dying))
            continue;
        object_goes(o, (oracle_id)i, gone || !on_reap_stack(o->objects[i].raw));
    }
}
