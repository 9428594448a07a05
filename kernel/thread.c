/*
 * thread.c - Thread: bindings and control. ipc.c has its part in calls, sched.c its time.
 */
#include "kernel/thread.h"

#include "abi/fault.h"
#include "kernel/arch.h"
#include "kernel/cpu.h"
#include "kernel/guest.h"
#include "kernel/ipc.h"
#include "kernel/notify.h"
#include "kernel/reap.h"
#include "kernel/space.h"
#include "lib/base/bits.h"

#define REQUEST_LIMIT_MAX_NS (3600 * NANOS_PER_S)

struct list thread_list = {&thread_list, &thread_list};
uint32_t thread_count;
const struct thread *boot_thread;
struct thread thread_nobody = {.floor = FLOOR_NOBODY};

/* The Table of a thread that has none. No handle matches: the one that equals the key of slot 0
 * names slot 1, and the one that equals its key, 0, names slot 0. Neither is empty. */
static struct slot empty_slots[2] = {SLOT_ZERO, {.type = SLOT_TYPE_NEVER}};
#define EMPTY_MASK (1u << HANDLE_OP_BITS)

/* Not running, not waiting: its bindings may change. */
static bool thread_at_rest(const struct thread *thread)
{
    return thread->state < THREAD_QUEUED && thread->state != THREAD_READY;
}

/*
 * Make @source's capability a binding of @thread in place of the one before.
 * What that one was the last capability of is not reaped before all is bound: it may take @source
 * along.
 */
static void bind(struct thread *thread, enum thread_binding which, struct slot *source)
{
    struct slot *to = &thread->bindings[which];
    slot_delete_step(to); /* a leaf: one step */
    slot_derive(source, to, true);
    to->kind = SLOT_BOUND;
    to->a = (uint64_t)thread;
    to->b = which;
}

static void bind_table(struct thread *thread, struct slot *source)
{
    struct table *table = (struct table *)source->object;
    bind(thread, BINDING_TABLE, source);
    thread->table_base = table->slots;
    thread->table_mask = ((uint64_t)(object_slots(&table->object) - 1)) << HANDLE_OP_BITS;
}

static void bind_space(struct thread *thread, enum thread_binding which, uint64_t *root,
                       struct slot *source)
{
    bind(thread, which, source);
    *root = arch_root_word(((struct space *)source->object)->root);
}

void thread_unbind(struct thread *thread, enum thread_binding which)
{
    cpu_summon_thread(thread); /* on its ways without the lock it reads what changes here */
    switch (which) {
    case BINDING_TABLE:
        thread->table_base = empty_slots;
        thread->table_mask = EMPTY_MASK;
        break;
    case BINDING_SPACE:
        thread->root = arch_root_word(arch_root_none());
        arch_space_leave(); /* the way out loads it */
        break;
    case BINDING_NOTIFICATION:
        notify_unbind(notify_bound(thread));
        break;
    case BINDING_GUEST:
        guest_stop(thread);
        thread->guest_root = 0;
        break;
    case BINDING_FRAME:
        guest_stop(thread);
        thread->frame = NULL;
        break;
    case BINDING_FAULT:
    case BINDING_COUNT:
        break;
    }
}

status_t thread_configure(struct slot *slot, struct invocation *call)
{
    struct thread *thread = (struct thread *)slot->object;
    struct slot *table = call->caps[0];
    struct slot *space = call->caps[1];
    struct slot *fault = call->caps[2];
    if (space != NULL && space_is_guest((struct space *)space->object))
        return RANGE; /* may map what is writable and executable */
    if (!thread_at_rest(thread))
        return BUSY;
    if (table != NULL)
        bind_table(thread, table);
    if (space != NULL)
        bind_space(thread, BINDING_SPACE, &thread->root, space);
    if (fault != NULL)
        bind(thread, BINDING_FAULT, fault);
    return reap_drain() ? OK : STATUS_RESTART;
}

status_t thread_set_guest(struct slot *slot, struct invocation *call)
{
    struct thread *thread = (struct thread *)slot->object;
    const struct thread_set_guest_args *args = call->arguments;
    struct slot *space = call->caps[0];
    struct slot *region = call->caps[1];
    if (region != NULL && (region->device || !is_aligned(args->offset, PAGE_BYTES) ||
                           !range_within(args->offset, PAGE_BYTES, slot_bytes(region))))
        return RANGE;
    cpu_summon_thread(thread);
    if (thread->context.in_guest)
        return BUSY;
    if (space != NULL)
        bind_space(thread, BINDING_GUEST, &thread->guest_root, space);
    if (region != NULL) {
        bind(thread, BINDING_FRAME, region);
        thread->frame = arch_phys_to_virt(region->value + args->offset);
    }
    return reap_drain() ? OK : STATUS_RESTART;
}

status_t thread_bind_notification(struct slot *slot, struct invocation *call)
{
    struct thread *thread = (struct thread *)slot->object;
    struct slot *source = call->caps[0];
    struct thread *bound = source ? ((struct notification *)source->object)->bound : NULL;
    if (bound != NULL && bound != thread)
        return BUSY;
    if (source != NULL) {
        bind(thread, BINDING_NOTIFICATION, source);
        notify_bind(notify_bound(thread), thread);
    } else {
        slot_delete_step(&thread->bindings[BINDING_NOTIFICATION]);
    }
    return reap_drain() ? OK : STATUS_RESTART;
}

status_t thread_set_floor(struct slot *slot, struct invocation *call)
{
    struct thread *thread = (struct thread *)slot->object;
    const struct thread_set_floor_args *args = call->arguments;
    bool queued = thread->queue == QUEUE_RUN;
    struct cpu *cpu = cpu_running(thread);
    if (args->floor > ((struct sched *)call->caps[0]->object)->priority)
        return RANGE;
    if (queued)
        sched_dequeue(thread);
    thread->floor = (int32_t)args->floor;
    if (queued)
        sched_enqueue(thread, QUEUE_TAIL);
    else if (cpu != NULL)
        cpu_reschedule(cpu);
    return OK;
}

/* Take @thread out of whatever it waits for or is ready in; the caller sets its new state. */
static void leave_queues(struct thread *thread)
{
    endpoint_step_down(thread);
    switch ((enum thread_state)thread->state) {
    case THREAD_QUEUED:
    case THREAD_RECEIVING:
        endpoint_unlink(thread);
        break;
    case THREAD_CALLING:
        thread_serve_nobody(thread->server);
        break;
    case THREAD_LISTENING:
        notify_no_waiter(thread->wait_notification);
        break;
    case THREAD_READY:
        sched_dequeue(thread);
        sched_block(thread, THREAD_READY);
        break;
    case THREAD_NEW:
    case THREAD_SUSPENDED:
    case THREAD_FAULTED:
        break;
    }
    timer_disarm(&thread->deadline);
}

/*
 * What @thread waits for will not come, and it finds @status. But a fault that nobody answered is
 * still there: with the registers that it saved it happens again, and goes to the next incarnation
 * of the handler.
 */
static void break_wait(struct thread *thread, status_t status)
{
    bool receives = thread->state >= THREAD_LISTENING;
    leave_queues(thread);
    if (receives)
        thread->sched = thread->home;
    thread->slow_word &= (uint32_t)~SLOW_FAULT_CALL;
    thread->message = (struct message){0};
    thread->result = receives ? RECEIVED_ERROR | status : status;
}

void thread_fail_wait(struct thread *thread, status_t status)
{
    break_wait(thread, status);
    sched_make_ready(thread, QUEUE_TAIL);
}

static void abandon_caller(struct thread *thread)
{
    if (thread_serves(thread))
        thread_fail_wait(thread->caller, GONE);
}

/* @thread runs no more, waits no more, and is in no queue. */
static void hold(struct thread *thread)
{
    cpu_summon_thread(thread);
    if (thread->state >= THREAD_QUEUED)
        break_wait(thread, CANCELLED);
    else
        leave_queues(thread);
}

static void stop(struct thread *thread)
{
    abandon_caller(thread);
    hold(thread);
    if (thread->state != THREAD_NEW)
        thread->state = THREAD_SUSPENDED;
}

status_t thread_start(struct slot *slot, struct invocation *call)
{
    struct thread *thread = (struct thread *)slot->object;
    const struct thread_start_args *args = call->arguments;
    if (args->pc >= USER_LIMIT || args->sp >= USER_LIMIT || args->tls >= USER_LIMIT)
        return RANGE;
    if (!thread_at_rest(thread) || thread->home == NULL)
        return BUSY;
    abandon_caller(thread);
    arch_context_start(thread, args->pc, args->sp, args->argument, args->tls);
    thread->slow_word &= (uint32_t)~SLOW_FAULT_CALL;
    thread->sched = thread->home;
    sched_make_ready(thread, QUEUE_TAIL);
    return OK;
}

status_t thread_suspend(struct slot *slot, UNUSED struct invocation *call)
{
    stop((struct thread *)slot->object);
    return OK;
}

status_t thread_resume(struct slot *slot, UNUSED struct invocation *call)
{
    struct thread *thread = (struct thread *)slot->object;
    if (thread->state != THREAD_SUSPENDED && thread->state != THREAD_FAULTED)
        return BUSY;
    /* Who serves nobody has only its own time, whatever it was lent before. */
    if (thread->sched == NULL || !thread_serves(thread))
        thread->sched = thread->home;
    if (thread->sched == NULL)
        return BUSY;
    sched_make_ready(thread, QUEUE_TAIL);
    return OK;
}

status_t thread_set_tls(struct slot *slot, struct invocation *call)
{
    struct thread *thread = (struct thread *)slot->object;
    const struct thread_set_tls_args *args = call->arguments;
    if (args->tls >= USER_LIMIT)
        return RANGE;
    cpu_summon_thread(thread);
    thread->context.tls = args->tls;
    return OK;
}

/* May @thread's vector state be copied to or from its frame page now? */
static status_t vector_reachable(const struct thread *thread)
{
    cpu_summon_thread(thread);
    if (!(thread->slow_word & SLOW_VECTOR))
        return UNSUPPORTED;
    if (thread->frame == NULL)
        return EMPTY;
    return thread->context.in_guest ? BUSY : OK;
}

status_t thread_vector_out(struct slot *slot, UNUSED struct invocation *call)
{
    struct thread *thread = (struct thread *)slot->object;
    status_t status = vector_reachable(thread);
    if (status == OK)
        arch_vector_out(thread, thread->frame);
    return status;
}

status_t thread_vector_in(struct slot *slot, UNUSED struct invocation *call)
{
    struct thread *thread = (struct thread *)slot->object;
    status_t status = vector_reachable(thread);
    return status == OK ? arch_vector_in(thread, thread->frame) : status;
}

status_t thread_inspect(struct slot *slot, struct invocation *call)
{
    struct thread *thread = (struct thread *)slot->object;
    cpu_summon_thread(thread);
    call->words[0] = thread->state;
    arch_context_where(thread, &call->words[1], &call->words[2]);
    return OK;
}

status_t thread_limit_request(struct slot *slot, struct invocation *call)
{
    struct thread *thread = (struct thread *)slot->object;
    const struct thread_limit_request_args *args = call->arguments;
    if (!thread_at_rest(thread))
        return BUSY;
    if (args->limit_ns > REQUEST_LIMIT_MAX_NS)
        return RANGE;
    thread->request_limit_ns = args->limit_ns;
    thread->slow_word &= (uint32_t)~SLOW_LIMITED;
    thread->slow_word |= args->limit_ns != 0 ? SLOW_LIMITED : 0;
    return OK;
}

static void deadline_due(struct timer *timer)
{
    thread_fail_wait(container_of(timer, struct thread, deadline), TIMEOUT);
}

/* A thread works on one call for too long: a fault, whatever it is doing. It leaves its guest, and
 * what a system call was to return is not lost. */
static void request_due(struct timer *timer)
{
    struct thread *thread = container_of(timer, struct thread, request);
    hold(thread);
    guest_stop(thread);
    arch_context_fill(thread, thread->result, false);
    thread->message = (struct message){.tag = TAG(FAULT_TIMEOUT, FAULT_WORDS)};
    arch_context_where(thread, &thread->message.words[2], &thread->message.words[3]);
    ipc_fault(thread);
}

void thread_init(struct object *object)
{
    struct thread *thread = (struct thread *)object;
    bool vector = (object->flags & OBJECT_FLAG) != 0;
    thread->state = THREAD_NEW;
    thread->slow_word = vector ? SLOW_VECTOR : 0;
    thread->caller = &thread_nobody;
    thread->table_base = empty_slots;
    thread->table_mask = EMPTY_MASK;
    thread->root = arch_root_word(arch_root_none());
    thread->deadline.due = deadline_due;
    thread->request.due = request_due;
    if (vector)
        arch_vector_init(thread);
    list_push_back(&thread_list, &thread->all_link);
    thread_count++;
}

bool thread_reap_step(struct object *object)
{
    struct thread *thread = (struct thread *)object;
    if (list_linked(&thread->all_link)) {
        stop(thread);
        arch_vector_forget(thread);
        if (list_linked(&thread->home_link))
            list_remove(&thread->home_link);
        list_remove(&thread->all_link);
        thread_count--;
        return false;
    }
    for (unsigned i = 0; i < BINDING_COUNT; i++) {
        if (!slot_delete_step(&thread->bindings[i]))
            return false;
    }
    return true;
}
