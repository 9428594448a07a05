/*
 * syscall.c - system calls that the fast path did not finish, faults and interrupts: the way into
 * the core.
 */
#include <corm/syscall.h>

#include "abi/fault.h"
#include "kernel/arch.h"
#include "kernel/cpu.h"
#include "kernel/debug.h"
#include "kernel/guest.h"
#include "kernel/ipc.h"
#include "kernel/irq.h"
#include "kernel/lock.h"
#include "kernel/notify.h"
#include "kernel/space.h"
#include "kernel/table.h"

/* The last row is that of slot 0: no operation. */
#define OBJECT_OP_ROW(object, number, function, rights, resolved, ...)                             \
    [OBJECT_##object][number] = {function, rights, resolved},
static const struct object_op object_ops[SLOT_TYPE_NEVER + 1][OBJECT_OPS] = {
    OBJECT_OPERATIONS(OBJECT_OP_ROW)};

struct slot *thread_slot(struct thread *thread, uint64_t index)
{
    uint64_t masked = index & (thread->table_mask >> HANDLE_OP_BITS);
    if (index == 0 || masked != index)
        return NULL;
    return &thread->table_base[masked];
}

/* The slot that a capability argument names in the caller's Table, checked. */
static ALWAYS_INLINE status_t resolve_cap(struct thread *caller, uint64_t index, uint8_t type,
                                          uint8_t rights, struct slot **slot)
{
    struct slot *found = thread_slot(caller, index);
    if (UNLIKELY(found == NULL))
        return BAD_HANDLE;
    if (UNLIKELY(found->type != type))
        return slot_empty(found) ? BAD_HANDLE : TYPE;
    *slot = found;
    return UNLIKELY((rights & ~found->rights) != 0) ? RIGHTS : OK;
}

static COLD NOINLINE status_t resolve_caps(const struct object_cap *caps, struct invocation *call)
{
    status_t status = OK;
    for (unsigned i = 0; i < OBJECT_OP_CAPS && caps[i].type != 0 && status == OK; i++) {
        uint64_t index = call->words[caps[i].word];
        call->caps[i] = NULL;
        if (index != 0 || !caps[i].optional)
            status = resolve_cap(call->caller, index, caps[i].type, caps[i].rights, &call->caps[i]);
    }
    return status;
}

/* The empty slot that a destination's two words name: a Table, and the index in it. */
static ALWAYS_INLINE status_t resolve_destination(struct thread *caller, const uint64_t *words,
                                                  struct slot **slot)
{
    struct slot *table = NULL;
    status_t status = resolve_cap(caller, words[0], OBJECT_TABLE, TABLE_RIGHT_MANAGE, &table);
    if (UNLIKELY(status != OK))
        return status;
    *slot = table_slot((struct table *)table->object, words[1]);
    if (UNLIKELY(*slot == NULL))
        return RANGE;
    return slot_empty(*slot) ? OK : SLOT_BUSY;
}

/* What takes messages: an Endpoint takes any operation as a call. */
static NOINLINE status_t invoke_messenger(struct slot *slot, uint32_t op, struct invocation *call)
{
    if (slot->type == OBJECT_ENDPOINT)
        return endpoint_invoke(slot, op, call);
    if (slot->type == OBJECT_NOTIFICATION && op == NOTIFICATION_OP_SIGNAL)
        return notification_signal(slot);
    return BAD_HANDLE;
}

/* An operation that makes a capability. */
static ALWAYS_INLINE status_t invoke_into(struct slot *slot, const struct object_op *rule,
                                          struct invocation *call)
{
    const uint64_t *words = &call->words[rule->to];
    status_t status = resolve_destination(call->caller, words, &call->to);
    if (LIKELY(status == OK))
        status = rule->perform(slot, call);
    if (LIKELY(status == OK))
        slot_set_keys(call->to, (uint32_t)words[1]);
    return status;
}

/* The operation has a destination, or other capability arguments, or is not in the table. */
static NOINLINE status_t invoke_resolved(struct slot *slot, uint32_t op,
                                         const struct object_op *rule, struct invocation *call)
{
    if (LIKELY(rule->to != 0))
        return invoke_into(slot, rule, call);
    if (rule->perform == NULL)
        return invoke_messenger(slot, op, call);
    status_t status = resolve_caps(rule->caps, call);
    return status == OK ? rule->perform(slot, call) : status;
}

static ALWAYS_INLINE status_t invoke(struct invocation *call, uint32_t handle)
{
    struct thread *thread = call->caller;
    uint64_t offset = handle & thread->table_mask;
    struct slot *slot = (void *)((char *)thread->table_base + offset);
    uint32_t op = handle & HANDLE_OP_MASK;
    if (UNLIKELY((offset | op) != handle))
        return BAD_HANDLE;
    if (UNLIKELY(op >= OBJECT_OPS))
        return invoke_messenger(slot, op, call);
    const struct object_op *rule = object_ops[slot->type] + op;
    if (UNLIKELY((rule->rights & ~slot->rights) != 0))
        return RIGHTS;
    if (UNLIKELY(rule->to >= 0)) /* or it does not exist */
        return invoke_resolved(slot, op, rule, call);
    return rule->perform(slot, call);
}

static NOINLINE void yield_to_others(struct thread *thread)
{
    sched_block(thread, THREAD_READY);
    sched_enqueue(thread, QUEUE_TAIL);
}

/* Others of the same priority first. */
static void yield(struct cpu *cpu)
{
    struct thread *thread = cpu->current;
    thread->result = OK;
    if (cpu->ready_rank >= sched_current_rank(cpu))
        yield_to_others(thread);
}

static NOINLINE void slot0_call(struct cpu *cpu, uint32_t op)
{
    struct thread *thread = cpu->current;
    thread->message.tag = 0; /* no slot is offered any more */
    if (op == SYSCALL_YIELD)
        yield(cpu);
    else if (op == SYSCALL_ENTER)
        guest_enter(cpu);
    else
        debug_call(thread, op);
}

/* The thread may run no more, for it took its own Sched, or itself, away. The registers have the
 * tag; made again, the call may end on the fast path. */
static COLD NOINLINE void restart(struct thread *thread, uint32_t handle)
{
    arch_context_fill(thread, handle, true);
    thread->message.tag = 0;
    arch_interrupts_dispatch();
}

static ALWAYS_INLINE void capability_call(struct thread *thread, uint32_t handle)
{
    struct invocation call; /* what an operation needs resolved is, and no more */
    call.caller = thread;
    call.words = thread->message.words;
    call.handle = handle;
    status_t status = invoke(&call, handle);
    if (LIKELY(status < STATUS_RESTART)) {
        call.caller->message.tag = 0;                    /* no slot is offered any more */
        call.caller->result = (uint64_t)(int32_t)status; /* positive */
    } else if (status == STATUS_RESTART) {
        restart(call.caller, call.handle);
    }
}

static NOINLINE void choose_and_leave(void)
{
    sched_reschedule(cpu_self());
    arch_lock_release(arch_kernel_lock());
}

static ALWAYS_INLINE void leave(void)
{
    if (UNLIKELY(cpu_self()->reschedule || cpu_self()->current == NULL))
        choose_and_leave();
    else
        arch_lock_release(arch_kernel_lock());
}

/* Each way into the core takes the lock; who has to wait for it takes a way of its own. If the
 * current thread was stopped meanwhile, its system call or fault is to happen again and is dropped.
 */
static COLD NOINLINE bool wait_for_lock(uint64_t call)
{
    if (cpu_wait(call))
        return true;
    leave();
    return false;
}

static ALWAYS_INLINE void syscall(uint32_t handle)
{
    if (UNLIKELY(handle & HANDLE_OP_IPC) && handle_receives(handle))
        ipc_reply_wait(cpu_self(), handle);
    else if (handle > HANDLE_OP_MASK)
        capability_call(cpu_self()->current, handle);
    else
        slot0_call(cpu_self(), handle);
    leave();
}

static COLD NOINLINE void syscall_later(uint32_t handle)
{
    if (wait_for_lock(handle))
        syscall(handle);
}

void trap_syscall(uint32_t handle)
{
    if (LIKELY(arch_lock_try(arch_kernel_lock())))
        syscall(handle);
    else
        syscall_later(handle);
}

void trap_signal(const struct slot *slot)
{
    struct thread *thread = cpu_self()->current;
    thread->message.tag = 0;
    thread->result = OK;
    notify_signal((struct notification *)slot->object, slot->value);
    if (UNLIKELY(cpu_self()->reschedule)) /* there is still somebody who runs */
        choose_and_leave();
    else
        arch_lock_release(arch_kernel_lock());
}

static ALWAYS_INLINE void write_fault(struct message *message, uint64_t tag, uint64_t word0,
                                      uint64_t word1, uint64_t pc, uint64_t sp)
{
    message->tag = tag;
    message->words[0] = word0;
    message->words[1] = word1;
    message->words[2] = pc;
    message->words[3] = sp;
    for (unsigned i = FAULT_WORDS; i < MESSAGE_WORDS; i++)
        message->words[i] = 0; /* what was last sent or received is nobody else's */
}

/* Nobody waits for the fault, or somebody else is to run. */
static NOINLINE void fault_general(uint64_t tag, uint64_t word0, uint64_t word1, uint64_t pc,
                                   uint64_t sp)
{
    struct thread *thread = cpu_self()->current;
    write_fault(&thread->message, tag, word0, word1, pc, sp);
    ipc_fault(thread);
    leave();
}

static COLD NOINLINE void fault_later(uint64_t tag, uint64_t word0, uint64_t word1, uint64_t pc,
                                      uint64_t sp)
{
    if (wait_for_lock(CALL_NONE))
        fault_general(tag, word0, word1, pc, sp);
}

void trap_fault(uint64_t tag, uint64_t word0, uint64_t word1, uint64_t pc, uint64_t sp)
{
    if (UNLIKELY(!arch_lock_try(arch_kernel_lock()))) {
        fault_later(tag, word0, word1, pc, sp);
        return;
    }
    struct cpu *cpu = cpu_self();
    struct thread *server = ipc_fault_server(cpu, cpu->current);
    if (UNLIKELY(server == NULL)) {
        fault_general(tag, word0, word1, pc, sp);
        return;
    }
    write_fault(&server->message, tag, word0, word1, pc, sp);
    cpu->current = server;
    arch_lock_release(arch_kernel_lock());
}

static ALWAYS_INLINE void take_lock(void)
{
    if (UNLIKELY(!arch_lock_try(arch_kernel_lock())))
        cpu_wait(CALL_NONE);
}

void trap_interrupt(void)
{
    take_lock();
    arch_interrupts_dispatch();
    leave();
}

COLD void trap_vector(struct thread *thread)
{
    if (!arch_lock_try(arch_kernel_lock()) && !wait_for_lock(CALL_NONE))
        return; /* it may be gone */
    arch_vector_forget(thread);
    leave();
}

COLD void kernel_join(void)
{
    take_lock();
    leave();
}
