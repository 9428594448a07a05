/*
 * syscall.c - system calls that the fast path did not finish, faults and interrupts: the way into
 * the core.
 */
#include <corm/object_table.h>
#include <corm/syscall.h>

#include "kernel/arch.h"
#include "kernel/cpu.h"
#include "kernel/guest.h"
#include "kernel/ioport.h"
#include "kernel/ipc.h"
#include "kernel/irq.h"
#include "kernel/lock.h"
#include "kernel/notify.h"
#include "kernel/region.h"
#include "kernel/space.h"
#include "kernel/table.h"
#include "kernel/untyped.h"

struct slot *thread_slot(struct thread *thread, uint64_t index)
{
    uint64_t masked = index & (thread->table_mask >> HANDLE_OP_BITS);
    if (index == 0 || masked != index)
        return NULL;
    return &thread->table_base[masked];
}

status_t invocation_slot(struct invocation *call, uint64_t index, enum object_type type,
                         struct slot **slot)
{
    struct slot *found = thread_slot(call->caller, index);
    if (found == NULL || slot_empty(found))
        return BAD_HANDLE;
    if (found->type != type)
        return TYPE;
    *slot = found;
    return OK;
}

status_t invocation_destination(struct invocation *call, uint64_t table, uint64_t index,
                                struct slot **slot)
{
    struct slot *table_cap = NULL;
    status_t status = invocation_slot(call, table, OBJECT_TABLE, &table_cap);
    if (status != OK)
        return status;
    if (!(table_cap->rights & TABLE_RIGHT_MANAGE))
        return RIGHTS;
    struct slot *found = table_slot((struct table *)table_cap->object, index);
    if (found == NULL)
        return RANGE;
    if (!slot_empty(found))
        return SLOT_BUSY;
    *slot = found;
    return OK;
}

/* What takes messages: an Endpoint takes any operation as a call. */
static status_t invoke_messenger(struct slot *slot, uint32_t op, struct invocation *call)
{
    if (slot->type == OBJECT_ENDPOINT)
        return endpoint_invoke(slot, op, call);
    if (slot->type == OBJECT_NOTIFICATION && op == NOTIFICATION_OP_SIGNAL)
        return notification_signal(slot);
    return BAD_HANDLE;
}

static ALWAYS_INLINE status_t invoke(struct thread *thread, uint32_t handle)
{
    uint64_t offset = handle & thread->table_mask;
    struct slot *slot = (void *)((char *)thread->table_base + offset);
    uint32_t op = handle & HANDLE_OP_MASK;
    if (UNLIKELY((offset | op) != handle || slot->type >= OBJECT_TYPES))
        return BAD_HANDLE;
    struct invocation call = {.caller = thread, .words = thread->message.words};
    if (UNLIKELY(op >= object_ops[slot->type].count))
        return invoke_messenger(slot, op, &call);
    const struct object_op *rule = &object_ops[slot->type].ops[op];
    if (UNLIKELY(rule->perform == NULL))
        return BAD_HANDLE;
    if (UNLIKELY((rule->rights & ~slot->rights) != 0))
        return RIGHTS;
    return rule->perform(slot, &call);
}

/* Others of the same priority first. */
static void yield(struct cpu *cpu)
{
    struct thread *thread = cpu->current;
    thread->result = OK;
    if (bitmap_empty(&cpu->ready_map))
        return;
    sched_block_current(cpu, THREAD_READY);
    sched_enqueue(thread, false);
}

static void slot0_call(struct cpu *cpu, uint32_t op)
{
    struct thread *thread = cpu->current;
    thread->message.tag = 0; /* no slot is offered any more */
    switch (op) {
    case SYSCALL_YIELD:
        yield(cpu);
        return;
    case SYSCALL_ENTER:
        guest_enter(cpu);
        return;
#ifdef CORM_DEBUG
    case SYSCALL_DEBUG_WRITE:
        arch_debug_write((char)thread->message.words[0]);
        thread->result = OK;
        return;
    case SYSCALL_DEBUG_CALL:
        arch_debug_provoke(thread->message.words[0]);
        thread->result = OK;
        return;
#endif
    }
    thread->result = BAD_HANDLE;
}

static ALWAYS_INLINE void capability_call(struct thread *thread, uint32_t handle)
{
    status_t status = invoke(thread, handle);
    if (LIKELY(status < STATUS_RESTART)) {
        thread->message.tag = 0; /* no slot is offered any more */
        thread->result = status;
    } else if (status == STATUS_RESTART) {
        /* The thread may run no more, for it took its own Sched, or itself, away. */
        arch_context_restart(thread, handle);
        arch_interrupts_dispatch();
    }
}

static ALWAYS_INLINE void leave(struct cpu *cpu)
{
    if (UNLIKELY(cpu->reschedule || cpu->current == NULL))
        sched_reschedule(cpu);
    arch_lock_release(&kernel_lock);
}

void trap_syscall(uint64_t handle)
{
    arch_lock_take(&kernel_lock);
    struct cpu *cpu = cpu_self();
    if (handle >> 32 != 0)
        ipc_reply_wait(cpu, (uint32_t)(handle >> 32));
    else if (handle > HANDLE_OP_MASK)
        capability_call(cpu->current, (uint32_t)handle);
    else
        slot0_call(cpu, (uint32_t)handle);
    leave(cpu);
}

void trap_signal(const struct slot *slot)
{
    struct cpu *cpu = cpu_self();
    struct thread *thread = cpu->current;
    thread->message.tag = 0;
    thread->result = OK;
    notify_signal((struct notification *)slot->object, slot->value);
    leave(cpu);
}

void trap_fault(void)
{
    arch_lock_take(&kernel_lock);
    struct cpu *cpu = cpu_self();
    ipc_fault(cpu);
    leave(cpu);
}

void trap_interrupt(void)
{
    arch_lock_take(&kernel_lock);
    arch_interrupts_dispatch();
    leave(cpu_self());
}
