/**
 * print.c - see print.h.
 */
#include "tests/fuzz/print.h"

#include <corm/object_perform.h>
#include <corm/status_name.h>
#include <corm/syscall.h>
#include <inttypes.h>
#include <stdio.h>

#include "kernel/cpu.h"
#include "kernel/table.h"

#define OP_NAME(object, number, function, ...) [OBJECT_##object][number] = #function,
static const char *const op_names[OBJECT_TYPES][HANDLE_OP_MASK + 1] = {
    [OBJECT_ENDPOINT] = {[ENDPOINT_OP_CALL] = "call",
                         [ENDPOINT_OP_CALL_DEADLINE] = "call_deadline",
                         [ENDPOINT_OP_RECEIVE] = "receive",
                         [ENDPOINT_OP_RECEIVE_DEADLINE] = "receive_deadline",
                         [ENDPOINT_OP_DEMAND_BUDGET] = "demand_budget"},
    [OBJECT_NOTIFICATION] = {[NOTIFICATION_OP_SIGNAL] = "signal",
                             [NOTIFICATION_OP_RECEIVE] = "receive",
                             [NOTIFICATION_OP_RECEIVE_DEADLINE] = "receive_deadline"},
    OBJECT_OPERATIONS(OP_NAME)};

static nanos_t told_time;
static const struct thread *told_thread;

/* Threads by their place in memory: nothing else tells them apart for good. */
static unsigned long thread_name(const struct thread *thread)
{
    return (unsigned long)((const uint8_t *)thread - (const uint8_t *)host_ram(HOST_RAM_BASE));
}

static const char *op_name(const struct thread *thread, uint32_t handle)
{
    const struct table *table = (const struct table *)thread->bindings[BINDING_TABLE].object;
    uint32_t index = handle >> HANDLE_OP_BITS;
    if (index == 0)
        return handle == SYSCALL_YIELD ? "yield" : handle == SYSCALL_ENTER ? "enter" : "no such";
    if (table == NULL || index >= object_slots(&table->object))
        return "of nothing";
    uint8_t type = table->slots[index].type;
    const char *name = type < OBJECT_TYPES ? op_names[type][handle & HANDLE_OP_MASK] : NULL;
    return type == 0 ? "of an empty slot" : name == NULL ? "no such operation" : name;
}

static void print_deadline(nanos_t deadline)
{
    if (deadline == DEADLINE_NEVER)
        printf("DEADLINE_NEVER);");
    else if (deadline == DEADLINE_POLL)
        printf("DEADLINE_POLL);");
    else
        printf("%" PRIu64 ");", deadline);
}

static void print_call(const struct oracle_event *event)
{
    uint32_t handle = (uint32_t)event->handle;
    unsigned count = MESSAGE_WORDS;
    while (count > 1 && event->registers.words[count - 1] == 0)
        count--;
    printf("    trap(HANDLE(%u, %u) /* %s */,\n         0x%" PRIx64
           ", (const uint64_t[MESSAGE_WORDS]){",
           handle >> HANDLE_OP_BITS, handle & HANDLE_OP_MASK, op_name(cpu_first.current, handle),
           event->registers.tag);
    for (unsigned i = 0; i < count; i++)
        printf("%s0x%" PRIx64, i == 0 ? "" : ", ", event->registers.words[i]);
    printf("}, ");
    print_deadline(event->deadline);
}

void print_event(const struct oracle_event *event, unsigned window)
{
    if (host_now != told_time)
        printf("    host_now = %" PRIu64 ";\n", host_now);
    told_time = host_now;
    for (uint32_t line = 0; line < HOST_IRQ_LINES; line++)
        if (event->lines >> line & 1)
            printf("    host_irq_raise(%u);\n", line);
    if (window != 0)
        printf("    host_window_countdown = %u;\n    host_window_every = %u;\n", window & 15,
               window >> 4);
    if (cpu_first.current != told_thread)
        printf("    /* thread 0x%lx runs: */\n", thread_name(cpu_first.current));
    told_thread = cpu_first.current;
    switch (event->kind) {
    case ORACLE_SYSCALL:
        print_call(event);
        break;
    case ORACLE_FAULT:
        printf("    fault(%u, 0x%" PRIx64 ");", tag_label(event->registers.tag),
               event->registers.words[0]);
        break;
    case ORACLE_INTERRUPT:
        printf("    interrupts();");
        break;
    case ORACLE_GUEST_EXIT:
        printf("    host_guest_exit(%u);", tag_label(event->registers.tag));
        break;
    }
    fflush(stdout); /* the kernel may stop here */
}

void print_outcome(const struct oracle_event *event, const struct thread *thread)
{
    if (event->kind != ORACLE_SYSCALL) {
        printf("\n");
        return;
    }
    const struct arch_context *context = &thread->context;
    uint64_t result = context->in_syscall ? thread->result : context->seen_result;
    if (context->restart_handle != 0)
        printf(" /* broken off */\n");
    else if (thread->state != THREAD_READY)
        printf(" /* state %u */\n", thread->state);
    else if (result < RECEIVED_ERROR)
        printf(" /* %s (0x%" PRIx64 ") */\n", status_name((status_t)result), result);
    else
        printf(" /* 0x%" PRIx64 " */\n", result);
}
