/*
 * ipc.c - calls, replies, receives: the general path. fast.c does the common case in fewer
 * instructions; what it leaves behind is indistinguishable from what this file would have done.
 */
#include "kernel/ipc.h"

#include "abi/fault.h"
#include "kernel/arch.h"
#include "kernel/cpu.h"
#include "kernel/fast.h"
#include "kernel/notify.h"
#include "kernel/panic.h"

/* What keeps a receiver from being called on the fast path. */
#define SLOW_RECEIVER (SLOW_SIGNAL_PENDING | SLOW_VECTOR | SLOW_LIMITED)

struct thread fast_words[3] = {[0].floor = FLOOR_NOBODY, [2].floor = FLOOR_HEARD};
const uint64_t fast_tag_last = (1ull << TAG_SEND_SLOT_SHIFT) - 1;

COLD void endpoint_init(struct object *object)
{
    struct endpoint *endpoint = (struct endpoint *)object;
    endpoint->fast = ENDPOINT_NOBODY;
    list_init(&endpoint->callers);
    list_init(&endpoint->receivers);
}

void endpoint_step_down(struct thread *server)
{
    struct endpoint *endpoint = server->receives_at;
    if (endpoint == NULL || endpoint->fast != server)
        return;
    endpoint->fast = ENDPOINT_NOBODY;
    if (server->state == THREAD_RECEIVING)
        list_push_back(&endpoint->receivers, &server->wait_link);
    else
        server->receives_at = NULL;
}

void endpoint_unlink(struct thread *thread)
{
    list_remove(&thread->wait_link);
    timer_disarm(&thread->deadline);
    if (thread->state == THREAD_RECEIVING) {
        thread->caller = &thread_nobody;
        thread->receives_at = NULL;
    }
}

/* Copy the capability that @from sends into the slot that @to offers. 0 if there is none, or it
 * cannot be. */
static COLD NOINLINE uint64_t transfer_capability(struct thread *from, struct thread *to)
{
    uint32_t source_index = tag_send_slot(from->message.tag);
    uint32_t target_index = tag_receive_slot(to->message.tag);
    if (source_index == 0 || target_index == 0)
        return 0;
    struct slot *source = thread_slot(from, source_index);
    struct slot *target = thread_slot(to, target_index);
    if (source == NULL || target == NULL || slot_empty(source) || !slot_empty(target) ||
        source->type == OBJECT_UNTYPED || !slot_can_derive(source))
        return 0;
    slot_derive(source, target, true);
    slot_set_keys(target, target_index);
    return target_index;
}

/* The message of a call (@calls) or of its answer. */
static ALWAYS_INLINE void transfer(struct thread *from, struct thread *to, bool calls)
{
    uint64_t tag = from->message.tag;
    if (UNLIKELY(tag >> TAG_SEND_SLOT_SHIFT != 0)) {
        if (calls && tag_receive_slot(tag) != 0)
            to->slow_word |= SLOW_ANSWERING;
        uint64_t slot = transfer_capability(from, to);
        tag = (uint32_t)from->message.tag | slot << TAG_SEND_SLOT_SHIFT;
    }
    to->message.tag = tag;
#pragma GCC unroll 8
    for (unsigned i = 0; i < MESSAGE_WORDS; i++)
        to->message.words[i] = from->message.words[i];
}

static COLD NOINLINE void request_begins(struct thread *server)
{
    timer_arm(&server->request, cpu_self()->index, arch_time_now() + server->request_limit_ns);
}

/*
 * @caller's message goes to @receiver, which is in no queue, together with the time to work on it.
 * A caller that lost its Sched while it waited is served at the server's own expense.
 */
static void deliver(struct thread *caller, uint64_t badge, struct thread *receiver)
{
    transfer(caller, receiver, true);
    caller->state = THREAD_CALLING;
    caller->server = receiver;
    receiver->caller = caller;
    receiver->result = badge;
    if (caller->slow_word & SLOW_FAULT_CALL)
        receiver->slow_word |= SLOW_FAULT_SERVED;
    bool lends = caller->sched != NULL && !caller->sched->dying;
    if (!lends)
        receiver->slow_word |= SLOW_ANSWERING;
    receiver->sched = lends ? caller->sched : receiver->home;
    if (UNLIKELY(receiver->slow_word & SLOW_LIMITED))
        request_begins(receiver);
}

static ALWAYS_INLINE struct thread *first_waiting(struct list *queue)
{
    struct list *link = list_first(queue);
    return link == NULL ? NULL : container_of(link, struct thread, wait_link);
}

/* The first that waits at @endpoint, out of its queue, or NULL. */
static struct thread *take_receiver(struct endpoint *endpoint)
{
    if (endpoint->fast->state == THREAD_RECEIVING)
        return endpoint->fast;
    struct thread *receiver = first_waiting(&endpoint->receivers);
    if (receiver != NULL)
        endpoint_unlink(receiver);
    return receiver;
}

status_t ipc_call(struct thread *caller, struct endpoint *endpoint, uint64_t badge,
                  nanos_t deadline_ns)
{
    struct cpu *cpu = cpu_self();
    if (endpoint->min_budget_ns != 0) {
        struct sched *sched = cpu->current == caller ? cpu->sched : caller->sched;
        sched_charge(cpu);
        if (sched == NULL || sched_left(sched, cpu->charged_at) < endpoint->min_budget_ns)
            return BUDGET;
    }
    struct thread *receiver = take_receiver(endpoint);
    if (receiver != NULL) {
        sched_block(caller, THREAD_CALLING);
        deliver(caller, badge, receiver);
        sched_wake(receiver, QUEUE_HEAD);
        return STATUS_SWITCHED;
    }
    if (deadline_ns == DEADLINE_POLL)
        return TIMEOUT;
    sched_block(caller, THREAD_QUEUED);
    caller->badge = badge;
    endpoint_step_down(endpoint->fast);
    list_push_back(&endpoint->callers, &caller->wait_link);
    timer_arm(&caller->deadline, cpu->index, deadline_ns);
    return STATUS_SWITCHED;
}

/* The answer of the running thread to the caller that it serves. Returns the caller if it can go
 * on. */
static struct thread *reply(struct thread *server)
{
    struct thread *caller = server->caller;
    thread_serve_nobody(server);
    if (caller->slow_word & SLOW_FAULT_CALL) {
        caller->slow_word &= (uint32_t)~SLOW_FAULT_CALL;
        if (tag_label(server->message.tag) != OK) {
            caller->state = THREAD_SUSPENDED;
            return NULL;
        }
        arch_context_resume_fault(caller, &server->message);
    } else {
        transfer(server, caller, false);
        caller->result = OK;
    }
    return caller;
}

/* Nothing was there: @thread, the running one, waits at @endpoint. */
static void receive_block(struct thread *thread, struct endpoint *endpoint, nanos_t deadline_ns)
{
    endpoint_step_down(thread);
    endpoint_step_down(endpoint->fast);
    sched_block(thread, THREAD_RECEIVING);
    thread->receives_at = endpoint;
    bool fast = list_empty(&endpoint->receivers) && endpoint->min_budget_ns == 0 &&
                deadline_ns == DEADLINE_NEVER && !(thread->slow_word & SLOW_RECEIVER) &&
                tag_receive_slot(thread->message.tag) == 0;
    if (fast) {
        endpoint->fast = thread;
        return;
    }
    list_push_back(&endpoint->receivers, &thread->wait_link);
    timer_arm(&thread->deadline, cpu_self()->index, deadline_ns);
}

/* @thread, the running one, receives from @endpoint: what notify_wait returns. */
static uint64_t endpoint_receive(struct thread *thread, struct endpoint *endpoint,
                                 nanos_t deadline_ns)
{
    if (thread->slow_word & SLOW_SIGNAL_PENDING)
        return RECEIVED_SIGNAL | notify_take(notify_bound(thread));
    struct thread *caller = first_waiting(&endpoint->callers);
    if (caller != NULL) {
        endpoint_unlink(caller);
        sched_block(thread, THREAD_READY);
        deliver(caller, caller->badge, thread);
        sched_make_ready(thread, QUEUE_HEAD);
        return RECEIVED_LATER;
    }
    if (deadline_ns == DEADLINE_POLL)
        return RECEIVED_ERROR | TIMEOUT;
    receive_block(thread, endpoint, deadline_ns);
    return RECEIVED_LATER;
}

/* @thread, the running one, which serves nobody now, receives by @handle. */
static uint64_t receive(struct thread *thread, uint32_t handle)
{
    struct slot *slot = thread_slot(thread, handle >> HANDLE_OP_BITS);
    STATIC_ASSERT((int)ENDPOINT_OP_RECEIVE == HANDLE_RECEIVE &&
                      (int)NOTIFICATION_OP_RECEIVE == HANDLE_RECEIVE,
                  "they are told apart by the object");
    if (slot == NULL || (handle & ~1u) != slot->receive_key)
        return RECEIVED_ERROR | BAD_HANDLE;
    nanos_t deadline_ns = handle == slot->receive_key ? DEADLINE_NEVER : thread->deadline_ns;
    if (slot->type == OBJECT_ENDPOINT)
        return endpoint_receive(thread, (struct endpoint *)slot->object, deadline_ns);
    return notify_wait(thread, (struct notification *)slot->object, deadline_ns);
}

NOINLINE void ipc_reply_wait(struct cpu *cpu, uint32_t handle)
{
    struct thread *thread = cpu->current;
    struct thread *answered = thread_serves(thread) ? reply(thread) : NULL;
    uint64_t result = receive(thread, handle);
    if (result != RECEIVED_LATER) {
        thread->message = (struct message){0};
        thread->result = result;
    }
    if (cpu->current == thread && cpu->sched != thread->home) {
        /* It did not have to wait, and serves nobody: on with its own time. */
        sched_block(thread, THREAD_READY);
        thread->sched = thread->home;
        sched_make_ready(thread, QUEUE_HEAD);
    }
    if (answered != NULL)
        sched_wake(answered, QUEUE_HEAD); /* it holds what it lent */
}

struct thread *ipc_fault_server(struct cpu *cpu, struct thread *thread)
{
    const struct slot *binding = &thread->bindings[BINDING_FAULT];
    const struct endpoint *endpoint = (const struct endpoint *)binding->object;
    if (UNLIKELY(endpoint == NULL))
        return NULL;
    struct thread *server = endpoint->fast;
    if (UNLIKELY(server->standing < cpu->standing_needed))
        return NULL;
    thread->slow_word |= SLOW_FAULT_CALL;
    thread->state = THREAD_CALLING;
    thread->server = server;
    thread->sched = cpu->sched;
    server->slow_word |= SLOW_FAULT_SERVED;
    server->state = THREAD_READY;
    server->caller = thread;
    server->result = binding->value;
    return server;
}

void ipc_fault(struct thread *thread)
{
    const struct slot *binding = &thread->bindings[BINDING_FAULT];
    status_t status = EMPTY;
    thread->slow_word |= SLOW_FAULT_CALL;
    if (!slot_empty(binding))
        status =
            ipc_call(thread, (struct endpoint *)binding->object, binding->value, DEADLINE_NEVER);
    else if (thread == boot_thread)
        kernel_panic("init faulted; address or vector, error, pc, sp:", thread->message.words,
                     FAULT_WORDS);
    if (status != STATUS_SWITCHED) {
        thread->slow_word &= (uint32_t)~SLOW_FAULT_CALL;
        sched_block(thread, THREAD_FAULTED);
    }
}

static COLD status_t endpoint_demand_budget(struct endpoint *endpoint, nanos_t min_budget_ns)
{
    endpoint_step_down(endpoint->fast);
    endpoint->min_budget_ns = min_budget_ns;
    return OK;
}

/* Whatever operation the handle names: a call goes to the server, so any object can be interposed.
 */
status_t endpoint_invoke(struct slot *slot, uint32_t op, struct invocation *call)
{
    struct endpoint *endpoint = (struct endpoint *)slot->object;
    if (op == ENDPOINT_OP_DEMAND_BUDGET && (slot->rights & ENDPOINT_RIGHT_MANAGE))
        return endpoint_demand_budget(endpoint, call->words[0]);
    if (!(slot->rights & ENDPOINT_RIGHT_CALL))
        return RIGHTS;
    nanos_t deadline = op == ENDPOINT_OP_CALL_DEADLINE ? call->caller->deadline_ns : DEADLINE_NEVER;
    return ipc_call(call->caller, endpoint, slot->value, deadline);
}

COLD bool endpoint_reap_step(struct object *object)
{
    struct endpoint *endpoint = (struct endpoint *)object;
    if (endpoint->fast->receives_at != NULL) /* it is not ENDPOINT_NOBODY */
        endpoint_step_down(endpoint->fast);
    struct thread *thread = first_waiting(&endpoint->callers);
    if (thread == NULL)
        thread = first_waiting(&endpoint->receivers);
    if (thread == NULL)
        return true;
    thread_fail_wait(thread, GONE);
    return false;
}
