/**
 * oracle.c - from events to changes of the model.
 */
#include <corm/syscall.h>
#include <string.h>

#include "kernel/cpu.h"
#include "tests/oracle/model.h"

/* ---- what boot made ---- */

static oracle_id adopt_object(struct oracle *o, const struct object *raw)
{
    oracle_id id = raw == NULL ? ORACLE_NONE : object_find(o, raw);
    if (raw != NULL && id == ORACLE_NONE)
        id = object_add(o, (enum object_type)raw->type, raw);
    return id;
}

/* Where the slot lies: in a Table, Space or Thread that is known by now. */
static bool find_place(const struct oracle *o, const struct slot *raw, struct oracle_cap *cap)
{
    for (int i = 0; i < o->count_objects; i++) {
        const struct oracle_object *holder = &o->objects[i];
        uint64_t slots = holder->type == OBJECT_THREAD ? BINDING_COUNT : 1ull << holder->size_log2;
        if (holder->type != OBJECT_TABLE && holder->type != OBJECT_SPACE &&
            holder->type != OBJECT_THREAD)
            continue;
        const struct slot *first = slot_of(o, (oracle_id)i, 0);
        if (raw < first || raw >= first + slots)
            continue;
        cap->holder = (oracle_id)i;
        cap->index = (uint16_t)(raw - first);
        return true;
    }
    return false;
}

static void adopt_caps(struct oracle *o)
{
    oracle_id ancestors[16] = {0};
    ancestors[0] = ORACLE_NONE;
    for (const struct slot *raw = slot_root.next; raw != &slot_root; raw = raw->next) {
        struct oracle_cap cap = {.type = raw->type,
                                 .rights = raw->rights,
                                 .size_log2 = raw->size_log2,
                                 .device = raw->device,
                                 .parent = ancestors[raw->depth - 1],
                                 .object = object_find(o, raw->object),
                                 .value = raw->value,
                                 .a = raw->a,
                                 .b = raw->b};
        if (!find_place(o, raw, &cap))
            oracle_wrong(o, "boot made a capability that is nowhere");
        if (o->objects[cap.holder].type == OBJECT_THREAD)
            cap.a = cap.b = 0;
        ancestors[raw->depth] = cap_add(o, &cap);
    }
}

static void adopt_time(struct oracle *o, oracle_id id)
{
    struct oracle_object *sched = &o->objects[id];
    const struct sched *raw = (const struct sched *)sched->raw;
    sched->share = sched->granted = raw->utilisation;
    sched->budget = raw->budget_ns;
    sched->period = sched->longest = raw->period_ns;
    sched->priority = raw->priority;
    sched->credit = (int64_t)(2 * raw->budget_ns);
}

void oracle_start(struct oracle *o)
{
    memset(o, 0, sizeof *o);
    for (const struct slot *raw = slot_root.next; raw != &slot_root; raw = raw->next)
        adopt_object(o, raw->object);
    adopt_caps(o);
    o->now = host_now;
    o->lines_masked = ~0ull;
    for (int i = 0; i < o->count_objects; i++) {
        struct oracle_object *object = &o->objects[i];
        const struct thread *thread = (const struct thread *)object->raw;
        if (object->type == OBJECT_SCHED)
            adopt_time(o, (oracle_id)i);
        if (object->type == OBJECT_SPACE)
            maps_adopt(o, (oracle_id)i);
        if (object->type != OBJECT_THREAD)
            continue;
        object->state = THREAD_READY;
        object->home = object->held = object_find(o, &thread->home->object);
        object->deadline = object->request_due = DEADLINE_NEVER;
    }
}

void oracle_copy(struct oracle *to, const struct oracle *from)
{
    memcpy(to->caps, from->caps, (size_t)from->count_caps * sizeof from->caps[0]);
    memcpy(to->objects, from->objects, (size_t)from->count_objects * sizeof from->objects[0]);
    memcpy(to->mappings, from->mappings, (size_t)from->count_mappings * sizeof from->mappings[0]);
    memcpy(&to->count_caps, &from->count_caps, sizeof *from - offsetof(struct oracle, count_caps));
}

/* ---- events ---- */

void oracle_begin(struct oracle *o, const struct oracle_event *event)
{
    time_passes(o, host_now, cpu_first.sched);
    o->event = *event;
    o->lines_raised |= event->lines;
    o->count_sleeps = 0;
    o->self_raw = cpu_first.current;
    o->self = object_find(o, &o->self_raw->object);
}

void oracle_slept(struct oracle *o, uint64_t lines)
{
    if (o->count_sleeps == ORACLE_SLEEPS_MAX) {
        oracle_wrong(o, "the oracle is full");
        return;
    }
    o->sleeps[o->count_sleeps].now = host_now;
    o->sleeps[o->count_sleeps].lines = lines;
    o->sleeps[o->count_sleeps].late = 0;
    o->count_sleeps++;
}

void oracle_raised(struct oracle *o, uint64_t lines)
{
    if (!host_at_timer)
        o->lines_raised |= lines;
    else if (o->count_sleeps > 0)
        o->sleeps[o->count_sleeps - 1].late |= lines;
    else
        o->event.late |= lines;
}

static void dispatch_lines(struct oracle *o)
{
    uint64_t lines = o->lines_raised & ~o->lines_masked;
    o->lines_raised &= ~lines;
    for (int i = 0; i < o->count_objects && lines != 0; i++) {
        const struct oracle_object *line = &o->objects[i];
        if (line->type != OBJECT_IRQ || !(lines >> line->bits & 1))
            continue;
        oracle_id binding = cap_find(o, (oracle_id)i, 0);
        o->lines_masked |= 1ull << line->bits;
        if (binding != ORACLE_NONE)
            signal_notification(o, o->caps[binding].object, o->caps[binding].value);
    }
}

/* The kernel dispatches what waits: lines that are not masked, due timers, and then lines that were
 * raised in the meantime. */
static void dispatch(struct oracle *o, uint64_t late)
{
    dispatch_lines(o);
    deadlines_expire(o, o->now);
    o->lines_raised |= late;
    dispatch_lines(o);
}

static bool returned(const struct thread *thread) { return thread->context.restart_handle == 0; }

static uint64_t status_of(const struct thread *thread)
{
    return thread->context.in_syscall ? thread->result : thread->context.seen_result;
}

static const uint64_t *results_of(const struct thread *thread)
{
    return thread->context.in_syscall ? thread->message.words : thread->context.seen.words;
}

/* The call of a capability that takes messages: what it does needs no guessing. */
static void calls(struct oracle *o, const struct oracle_cap *cap, unsigned op)
{
    struct oracle_object *self = &o->objects[o->self];
    oracle_id object = cap->object;
    uint64_t status = status_of(o->self_raw);
    self->outcome_known = true;
    if (cap->type == OBJECT_NOTIFICATION) {
        bool signals = op == NOTIFICATION_OP_SIGNAL;
        self->outcome = OK;
        if (!signals)
            self->outcome_known = false;
        else if (!(cap->rights & NOTIFICATION_RIGHT_SIGNAL))
            self->outcome = RIGHTS;
        else if (cap->value == 0)
            self->outcome = RANGE;
        else
            signal_notification(o, object, cap->value);
        return;
    }
    if (op == ENDPOINT_OP_DEMAND_BUDGET && (cap->rights & ENDPOINT_RIGHT_MANAGE)) {
        o->objects[object].min_budget = o->event.registers.words[0];
        self->outcome = OK;
    } else if (!(cap->rights & ENDPOINT_RIGHT_CALL)) {
        self->outcome = RIGHTS;
    } else if (o->objects[object].min_budget != 0 && o->self_raw->state == THREAD_READY &&
               status == BUDGET) {
        self->outcome = BUDGET; /* it alone knows what it brought */
    } else {
        thread_calls(o, o->self, object, cap->value,
                     op == ENDPOINT_OP_CALL_DEADLINE ? o->event.deadline : DEADLINE_NEVER);
    }
}

static void invokes(struct oracle *o, uint32_t handle)
{
    oracle_id table = binding(o, o->self, BINDING_TABLE);
    oracle_id id =
        table == ORACLE_NONE ? ORACLE_NONE : cap_find(o, table, handle >> HANDLE_OP_BITS);
    unsigned op = handle & HANDLE_OP_MASK;
    struct oracle_object *self = &o->objects[o->self];
    if (id == ORACLE_NONE) {
        self->outcome = BAD_HANDLE;
        self->outcome_known = true;
    } else if (o->caps[id].type == OBJECT_ENDPOINT || o->caps[id].type == OBJECT_NOTIFICATION) {
        calls(o, &o->caps[id], op);
    } else if (returned(o->self_raw)) {
        op_perform(o, id, op, status_of(o->self_raw), results_of(o->self_raw));
    } else {
        op_interrupted(o, id, op);
        dispatch(o, o->event.late);
    }
}

static void enters(struct oracle *o)
{
    struct oracle_object *self = &o->objects[o->self];
    bool possible = cap_find(o, o->self, BINDING_FRAME) != ORACLE_NONE &&
                    cap_find(o, o->self, BINDING_GUEST) != ORACLE_NONE;
    if (o->self_raw->context.in_guest) {
        if (!possible || self->kicked)
            oracle_wrong(o, "a thread is in its guest that has none, or was kicked");
        self->in_guest = true;
    }
    if (possible)
        self->kicked = false;
}

static void system_call(struct oracle *o)
{
    struct oracle_object *self = &o->objects[o->self];
    uint32_t handle = (uint32_t)o->event.handle;
    self->gift = (uint16_t)tag_send_slot(o->event.registers.tag);
    self->offer = (uint16_t)tag_receive_slot(o->event.registers.tag);
    self->outcome_known = false;
    if (handle_receives(handle))
        thread_replies_and_receives(o, o->self, handle, o->event.deadline);
    else if (handle > HANDLE_OP_MASK)
        invokes(o, handle);
    else if (handle == SYSCALL_ENTER)
        enters(o);
}

/* What the model cannot foresee: who has lost all his time stops. */
static void settle(struct oracle *o)
{
    for (int i = 0; i < o->count_objects; i++) {
        struct oracle_object *thread = &o->objects[i];
        const struct thread *raw = (const struct thread *)thread->raw;
        if (thread->type != OBJECT_THREAD)
            continue;
        if (thread->state == THREAD_READY && raw->state == THREAD_SUSPENDED &&
            thread->home == ORACLE_NONE && raw->sched == NULL)
            thread->state = THREAD_SUSPENDED;
    }
}

/* Whoever goes on in its guest has had the processor all the time, or comes out of it. Who is
 * chosen, and whether anybody else was in between when interrupts came late, the model takes from
 * the kernel. */
static void guest_goes_on(struct oracle *o)
{
    const struct thread *raw = cpu_first.current;
    oracle_id current = raw == NULL ? ORACLE_NONE : object_find(o, &raw->object);
    if (current == ORACLE_NONE || !o->objects[current].in_guest)
        return;
    bool lost = current != o->self || o->count_sleeps > 0;
    bool out = !raw->context.in_guest;
    if (lost || (out && o->event.late != 0))
        thread_leaves_guest(o, current);
}

/* From now on it may go on with what it has. */
static void note_held(struct oracle *o)
{
    for (int i = 0; i < o->count_objects; i++) {
        struct oracle_object *thread = &o->objects[i];
        const struct thread *raw = (const struct thread *)thread->raw;
        if (thread->type != OBJECT_THREAD)
            continue;
        const struct sched *used = cpu_first.current == raw ? cpu_first.sched : raw->sched;
        oracle_id sched = used == NULL ? ORACLE_NONE : object_find(o, &used->object);
        if (sched == thread->home || sched == thread->lent)
            thread->held = sched;
    }
}

const char *oracle_end(struct oracle *o)
{
    if (o->self == ORACLE_NONE)
        return "a thread runs that nobody made";
    switch (o->event.kind) {
    case ORACLE_SYSCALL:
        system_call(o);
        break;
    case ORACLE_FAULT:
        thread_faults(o, o->self);
        break;
    case ORACLE_INTERRUPT:
        dispatch(o, o->event.late);
        break;
    case ORACLE_GUEST_EXIT:
        thread_leaves_guest(o, o->self);
        break;
    }
    for (int i = 0; i < o->count_sleeps; i++) {
        time_passes(o, o->sleeps[i].now, NULL);
        o->lines_raised |= o->sleeps[i].lines;
        dispatch(o, o->sleeps[i].late);
    }
    settle(o);
    guest_goes_on(o);
    note_held(o);
    return o->wrong;
}
