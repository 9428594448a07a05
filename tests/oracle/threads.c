/**
 * threads.c - the model's threads: who waits where and for whom, and what ends the wait.
 */
#include "kernel/cpu.h"
#include "tests/oracle/model.h"

#define DEPTH_MAX 250 /* the deepest derivation that the contract allows */

static uint64_t word(const struct oracle *o, unsigned i) { return o->event.registers.words[i]; }

static bool waits(const struct oracle_object *thread) { return thread->state >= THREAD_QUEUED; }

static bool receives(const struct oracle_object *thread)
{
    return thread->state == THREAD_RECEIVING || thread->state == THREAD_LISTENING;
}

/* @thread goes on, and its system call returned @outcome. */
static void wake(struct oracle *o, oracle_id thread, uint64_t outcome)
{
    struct oracle_object *t = &o->objects[thread];
    t->state = THREAD_READY;
    t->wait = ORACLE_NONE;
    t->deadline = DEADLINE_NEVER;
    t->outcome = outcome;
    t->outcome_known = true;
}

static void wait_at(struct oracle *o, oracle_id thread, oracle_id object, enum thread_state state,
                    uint64_t deadline)
{
    struct oracle_object *t = &o->objects[thread];
    t->state = (uint8_t)state;
    t->wait = object;
    t->arrived = ++o->arrivals;
    t->deadline = deadline;
}

/* Who came first of those that wait at @endpoint in @state, or none. */
static oracle_id first_waiting(const struct oracle *o, oracle_id endpoint, enum thread_state state)
{
    oracle_id first = ORACLE_NONE;
    for (int i = 0; i < o->count_objects; i++) {
        const struct oracle_object *t = &o->objects[i];
        if (t->type == OBJECT_THREAD && t->state == state && t->wait == endpoint &&
            (first == ORACLE_NONE || t->arrived < o->objects[first].arrived))
            first = (oracle_id)i;
    }
    return first;
}

static int depth(const struct oracle *o, oracle_id cap)
{
    int levels = 0;
    for (; cap != ORACLE_NONE; cap = o->caps[cap].parent)
        levels++;
    return levels;
}

/* The capability that @from sends goes into the slot that @to offers, if all is as it must be. */
static void transfer(struct oracle *o, oracle_id from, oracle_id to)
{
    uint16_t gift = o->objects[from].gift;
    uint16_t offer = o->objects[to].offer;
    oracle_id source_table = binding(o, from, BINDING_TABLE);
    oracle_id target_table = binding(o, to, BINDING_TABLE);
    o->objects[from].gift = 0;
    o->objects[to].offer = 0;
    if (gift == 0 || offer == 0 || source_table == ORACLE_NONE || target_table == ORACLE_NONE ||
        offer >= 1u << o->objects[target_table].size_log2)
        return;
    oracle_id source = cap_find(o, source_table, gift);
    if (source == ORACLE_NONE || o->caps[source].type == OBJECT_UNTYPED ||
        cap_find(o, target_table, offer) != ORACLE_NONE || depth(o, source) >= DEPTH_MAX)
        return;
    cap_derive(o, source, source, target_table, offer);
}

static void deliver(struct oracle *o, oracle_id caller, oracle_id server, uint64_t badge)
{
    struct oracle_object *c = &o->objects[caller];
    struct oracle_object *s = &o->objects[server];
    transfer(o, caller, server);
    c->state = THREAD_CALLING;
    c->wait = ORACLE_NONE;
    c->server = server;
    c->deadline = DEADLINE_NEVER;
    s->serves = caller;
    s->lent = object_find(o, (const struct object *)((const struct thread *)c->raw)->sched);
    s->request_due = s->limit != 0 ? o->now + s->limit : DEADLINE_NEVER;
    wake(o, server, badge);
}

void thread_calls(struct oracle *o, oracle_id self, oracle_id endpoint, uint64_t badge,
                  nanos_t deadline)
{
    oracle_id receiver = first_waiting(o, endpoint, THREAD_RECEIVING);
    o->objects[self].badge = badge;
    if (receiver != ORACLE_NONE)
        deliver(o, self, receiver, badge);
    else if (deadline == DEADLINE_POLL)
        wake(o, self, TIMEOUT);
    else
        wait_at(o, self, endpoint, THREAD_QUEUED, deadline);
}

static void replies(struct oracle *o, oracle_id self)
{
    oracle_id caller = o->objects[self].serves;
    struct oracle_object *c = &o->objects[caller];
    o->objects[self].serves = ORACLE_NONE;
    c->server = ORACLE_NONE;
    if (!c->fault_call) {
        transfer(o, self, caller);
        wake(o, caller, OK);
        return;
    }
    c->fault_call = false;
    c->state = tag_label(o->event.registers.tag) == OK ? THREAD_READY : THREAD_SUSPENDED;
    c->outcome_known = false;
}

static uint64_t take_bits(struct oracle *o, oracle_id notification)
{
    uint64_t bits = o->objects[notification].bits;
    o->objects[notification].bits = 0;
    return bits;
}

static void receives_call(struct oracle *o, oracle_id self, oracle_id endpoint, nanos_t deadline)
{
    oracle_id bound = o->objects[self].bound;
    oracle_id caller = first_waiting(o, endpoint, THREAD_QUEUED);
    if (bound != ORACLE_NONE && o->objects[bound].bits != 0)
        wake(o, self, RECEIVED_SIGNAL | take_bits(o, bound));
    else if (caller != ORACLE_NONE)
        deliver(o, caller, self, o->objects[caller].badge);
    else if (deadline == DEADLINE_POLL)
        wake(o, self, RECEIVED_ERROR | TIMEOUT);
    else
        wait_at(o, self, endpoint, THREAD_RECEIVING, deadline);
}

static void receives_signal(struct oracle *o, oracle_id self, oracle_id notification,
                            nanos_t deadline)
{
    struct oracle_object *n = &o->objects[notification];
    if (n->bits != 0) {
        wake(o, self, RECEIVED_SIGNAL | take_bits(o, notification));
    } else if (deadline == DEADLINE_POLL) {
        wake(o, self, RECEIVED_ERROR | TIMEOUT);
    } else if (n->waiter != ORACLE_NONE) {
        wake(o, self, RECEIVED_ERROR | BUSY);
    } else {
        o->objects[self].offer = 0;
        n->waiter = self;
        wait_at(o, self, notification, THREAD_LISTENING, deadline);
    }
}

void thread_replies_and_receives(struct oracle *o, oracle_id self, uint32_t handle,
                                 nanos_t deadline)
{
    if (o->objects[self].serves != ORACLE_NONE)
        replies(o, self);
    o->objects[self].lent = ORACLE_NONE;
    o->objects[self].gift = 0;
    oracle_id table = binding(o, self, BINDING_TABLE);
    oracle_id cap =
        table == ORACLE_NONE ? ORACLE_NONE : cap_find(o, table, handle >> HANDLE_OP_BITS);
    unsigned op = handle & HANDLE_OP_MASK;
    bool allowed = cap != ORACLE_NONE && (o->caps[cap].rights & ENDPOINT_RIGHT_RECEIVE) &&
                   (op == ENDPOINT_OP_RECEIVE || op == ENDPOINT_OP_RECEIVE_DEADLINE);
    deadline = op == ENDPOINT_OP_RECEIVE ? DEADLINE_NEVER : deadline;
    if (allowed && o->caps[cap].type == OBJECT_ENDPOINT)
        receives_call(o, self, o->caps[cap].object, deadline);
    else if (allowed && o->caps[cap].type == OBJECT_NOTIFICATION)
        receives_signal(o, self, o->caps[cap].object, deadline);
    else
        wake(o, self, RECEIVED_ERROR | BAD_HANDLE);
}

void signal_notification(struct oracle *o, oracle_id notification, uint64_t bits)
{
    struct oracle_object *n = &o->objects[notification];
    if (n->waiter != ORACLE_NONE) {
        oracle_id waiter = n->waiter;
        n->waiter = ORACLE_NONE;
        wake(o, waiter, RECEIVED_SIGNAL | bits);
        return;
    }
    n->bits |= bits;
    if (n->listener != ORACLE_NONE && o->objects[n->listener].state == THREAD_RECEIVING)
        wake(o, n->listener, RECEIVED_SIGNAL | take_bits(o, notification));
}

void unbind_notification(struct oracle *o, oracle_id thread)
{
    oracle_id bound = o->objects[thread].bound;
    if (bound != ORACLE_NONE)
        o->objects[bound].listener = ORACLE_NONE;
    o->objects[thread].bound = ORACLE_NONE;
}

/* @thread does not wait any more; if it did, it finds @status. */
static void break_wait(struct oracle *o, oracle_id thread, uint64_t status)
{
    struct oracle_object *t = &o->objects[thread];
    bool received = receives(t);
    if (!waits(t))
        return;
    if (t->state == THREAD_CALLING) {
        o->objects[t->server].serves = ORACLE_NONE;
        t->server = ORACLE_NONE;
    }
    if (t->state == THREAD_LISTENING)
        o->objects[t->wait].waiter = ORACLE_NONE;
    bool fault = t->fault_call;
    t->fault_call = false;
    t->offer = t->gift = 0;
    wake(o, thread, received ? RECEIVED_ERROR | status : status);
    if (fault)
        t->outcome_known = false; /* it faults again */
}

void thread_fails(struct oracle *o, oracle_id thread, uint64_t status)
{
    break_wait(o, thread, status);
}

void thread_stops(struct oracle *o, oracle_id thread)
{
    struct oracle_object *t = &o->objects[thread];
    if (t->serves != ORACLE_NONE)
        thread_fails(o, t->serves, GONE);
    break_wait(o, thread, CANCELLED);
    if (t->state != THREAD_NEW)
        t->state = THREAD_SUSPENDED;
}

void thread_faults(struct oracle *o, oracle_id thread)
{
    struct oracle_object *t = &o->objects[thread];
    oracle_id handler = cap_find(o, thread, BINDING_FAULT);
    bool refused = ((const struct thread *)t->raw)->state == THREAD_FAULTED;
    t->gift = t->offer = 0;
    t->outcome_known = false;
    if (handler == ORACLE_NONE ||
        (refused && o->objects[o->caps[handler].object].min_budget != 0)) {
        t->state = THREAD_FAULTED;
        return;
    }
    t->fault_call = true;
    thread_calls(o, thread, o->caps[handler].object, o->caps[handler].value, DEADLINE_NEVER);
}

/* A timer interrupt does a bounded piece, and less if another interrupt comes; what is left waits
 * for the next, which is set for at once. */
static bool put_off(const struct timer *timer)
{
    return wheel_entry_active(&timer->entry) && host_timer <= host_now;
}

void deadlines_expire(struct oracle *o, nanos_t now)
{
    for (int i = 0; i < o->count_objects; i++) {
        struct oracle_object *t = &o->objects[i];
        const struct thread *raw = (const struct thread *)t->raw;
        if (t->type != OBJECT_THREAD)
            continue;
        if (waits(t) && t->deadline <= now && !put_off(&raw->deadline))
            thread_fails(o, (oracle_id)i, TIMEOUT);
        if (t->serves == ORACLE_NONE || t->request_due > now || put_off(&raw->request))
            continue;
        t->request_due = DEADLINE_NEVER;
        break_wait(o, (oracle_id)i, CANCELLED);
        thread_leaves_guest(o, (oracle_id)i);
        thread_faults(o, (oracle_id)i);
    }
}

/* ---- operations on Threads ---- */

void thread_leaves_guest(struct oracle *o, oracle_id thread)
{
    o->objects[thread].in_guest = false;
}

static bool at_rest(const struct oracle_object *thread)
{
    return thread->state == THREAD_NEW || thread->state == THREAD_SUSPENDED ||
           thread->state == THREAD_FAULTED;
}

/* A binding becomes what word @i names; nothing if that is 0. True if it did. */
static bool binds(struct oracle *o, oracle_id thread, enum thread_binding which, unsigned i,
                  enum object_type type, uint8_t rights)
{
    if (word(o, i) == 0)
        return false;
    oracle_id source = need(o, word(o, i), type, rights);
    if (source == ORACLE_NONE)
        return false;
    oracle_id old = cap_find(o, thread, which);
    if (old != ORACLE_NONE)
        cap_remove(o, old);
    cap_derive(o, source, source, thread, which);
    return true;
}

static void configured(struct oracle *o, oracle_id thread)
{
    struct oracle_object *t = &o->objects[thread];
    if (!at_rest(t))
        oracle_wrong(o, "a thread that runs or waits was configured");
    binds(o, thread, BINDING_TABLE, 0, OBJECT_TABLE, TABLE_RIGHT_MANAGE);
    if (binds(o, thread, BINDING_SPACE, 1, OBJECT_SPACE, SPACE_RIGHT_MANAGE)) {
        oracle_id space = binding(o, thread, BINDING_SPACE);
        if (o->objects[space].flags & OBJECT_FLAG)
            oracle_wrong(o, "a thread runs in a Space for guests");
    }
    binds(o, thread, BINDING_FAULT, 2, OBJECT_ENDPOINT, ENDPOINT_RIGHT_CALL);
}

static void guest_set(struct oracle *o, oracle_id thread)
{
    struct oracle_object *t = &o->objects[thread];
    if (t->in_guest)
        oracle_wrong(o, "the ground was changed under a thread in its guest");
    binds(o, thread, BINDING_GUEST, 0, OBJECT_SPACE, SPACE_RIGHT_MANAGE);
    if (!binds(o, thread, BINDING_FRAME, 1, OBJECT_REGION, REGION_RIGHT_READ | REGION_RIGHT_WRITE))
        return;
    const struct oracle_cap *region = &o->caps[cap_find(o, thread, BINDING_FRAME)];
    t->frame = word(o, 2);
    if (!inside(t->frame, 4096, 0, cap_bytes(region)) || region->device)
        oracle_wrong(o, "a frame lies outside its Region, or in device memory");
}

static void notification_bound(struct oracle *o, oracle_id thread)
{
    oracle_id old = cap_find(o, thread, BINDING_NOTIFICATION);
    if (word(o, 0) == 0) {
        if (old != ORACLE_NONE)
            cap_remove(o, old);
        return;
    }
    if (!binds(o, thread, BINDING_NOTIFICATION, 0, OBJECT_NOTIFICATION, NOTIFICATION_RIGHT_RECEIVE))
        return;
    oracle_id notification = binding(o, thread, BINDING_NOTIFICATION);
    if (o->objects[notification].listener != ORACLE_NONE)
        oracle_wrong(o, "a Notification is bound to two threads");
    o->objects[notification].listener = thread;
    o->objects[thread].bound = notification;
    if (o->objects[notification].bits != 0)
        signal_notification(o, notification, take_bits(o, notification));
}

static void floor_set(struct oracle *o, oracle_id thread)
{
    oracle_id authority = need(o, word(o, 0), OBJECT_SCHED, SCHED_RIGHT_MANAGE);
    if (authority == ORACLE_NONE)
        return;
    if (word(o, 1) > o->objects[o->caps[authority].object].priority)
        oracle_wrong(o, "a floor above what its authority has");
    o->objects[thread].floor = (uint32_t)word(o, 1);
}

static void started(struct oracle *o, oracle_id thread)
{
    struct oracle_object *t = &o->objects[thread];
    if (!at_rest(t) || t->home == ORACLE_NONE)
        oracle_wrong(o, "a thread was started that runs, waits, or has no time");
    if (t->serves != ORACLE_NONE)
        thread_fails(o, t->serves, GONE);
    t->fault_call = t->in_guest = false;
    t->offer = t->gift = 0;
    t->lent = ORACLE_NONE;
    wake(o, thread, OK);
    t->outcome_known = false;
}

static void limited(struct oracle *o, oracle_id thread) { o->objects[thread].limit = word(o, 0); }

static void resumed(struct oracle *o, oracle_id thread)
{
    struct oracle_object *t = &o->objects[thread];
    if (t->state != THREAD_SUSPENDED && t->state != THREAD_FAULTED)
        oracle_wrong(o, "a thread was resumed that was not held");
    t->state = THREAD_READY;
}

static void kicked(struct oracle *o, oracle_id thread)
{
    if (o->objects[thread].in_guest)
        thread_leaves_guest(o, thread);
    else
        o->objects[thread].kicked = true;
}

void thread_invoked(struct oracle *o, oracle_id cap, unsigned op)
{
    static void (*const performed[])(struct oracle *, oracle_id) = {
        [THREAD_OP_CONFIGURE] = configured,  [THREAD_OP_SET_FLOOR] = floor_set,
        [THREAD_OP_START] = started,         [THREAD_OP_SUSPEND] = thread_stops,
        [THREAD_OP_RESUME] = resumed,        [THREAD_OP_KICK] = kicked,
        [THREAD_OP_SET_GUEST] = guest_set,   [THREAD_OP_BIND_NOTIFICATION] = notification_bound,
        [THREAD_OP_LIMIT_REQUEST] = limited, [THREAD_OP_VECTOR_OUT] = NULL,
        [THREAD_OP_VECTOR_IN] = NULL,        [THREAD_OP_SET_TLS] = NULL,
        [THREAD_OP_INSPECT] = NULL,
    };
    if (op < ARRAY_LENGTH(performed) && performed[op] != NULL)
        performed[op](o, o->caps[cap].object);
}
