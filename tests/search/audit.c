/**
 * audit.c - see audit.h.
 */
#include "tests/search/audit.h"

#include <corm/object.h>
#include <corm/operations.h>
#include <corm/status.h>
#include <inttypes.h>

#include "kernel/cpu.h"
#include "kernel/table.h"
#include "kernel/thread.h"
#include "lib/base/list_walk.h"

#define TYPES       (OBJECT_TYPES + 1u) /* the first: slot 0; the last: an unknown one */
#define OPS         (HANDLE_OP_MASK + 1u)
#define STATUSES    32u
#define WAITS       (STATUSES - 2u)
#define INTERRUPTED (STATUSES - 1u)
#define THREADS_MAX 32u

static uint64_t counts[TYPES][OPS][STATUSES];

static struct {
    const struct thread *self; /* NULL: no system call */
    unsigned type;
    unsigned op;
    bool receives;
    unsigned count_waiting;
    struct {
        const struct thread *thread;
        uint32_t state;
    } waiting[THREADS_MAX];
} now;

static bool waits(const struct thread *thread) { return thread->state >= THREAD_QUEUED; }

static unsigned type_of(const struct thread *thread, uint32_t handle)
{
    const struct table *table = (const struct table *)thread->bindings[BINDING_TABLE].object;
    uint32_t index = handle >> HANDLE_OP_BITS;
    bool inside = table != NULL && index < object_slots(&table->object);
    return inside ? table->slots[index].type : 0;
}

static void note_waiting(void)
{
    now.count_waiting = 0;
    list_for_each (link, &thread_list) {
        const struct thread *thread = container_of(link, struct thread, all_link);
        if (!waits(thread) || (thread->slow_word & SLOW_FAULT_CALL) ||
            now.count_waiting == THREADS_MAX)
            continue;
        now.waiting[now.count_waiting].thread = thread;
        now.waiting[now.count_waiting++].state = thread->state;
    }
}

void audit_before(const struct action *action)
{
    const struct thread *self = cpu_first.current;
    uint64_t handle =
        action->kind == ACTION_RESTART ? self->context.restart_handle : action->handle;
    now.self = action->kind == ACTION_CALL || action->kind == ACTION_RESTART ? self : NULL;
    now.receives = handle_receives((uint32_t)handle);
    now.type = type_of(self, (uint32_t)handle);
    now.op = (unsigned)handle & HANDLE_OP_MASK;
    note_waiting();
}

static unsigned outcome_of(const struct thread *thread, bool received)
{
    uint64_t result = thread->context.in_syscall ? thread->result : thread->context.seen_result;
    if (received)
        return result & RECEIVED_ERROR ? (unsigned)(result & ~RECEIVED_ERROR) % WAITS : OK;
    return (unsigned)result % WAITS;
}

static void count_self(void)
{
    unsigned outcome = INTERRUPTED;
    if (waits(now.self))
        outcome = WAITS;
    else if (now.self->context.restart_handle == 0)
        outcome = outcome_of(now.self, now.receives);
    counts[now.type % TYPES][now.op][outcome]++;
}

static void count_waiting(const struct thread *thread, uint32_t state)
{
    bool listened = state == THREAD_LISTENING;
    bool received = listened || state == THREAD_RECEIVING;
    if (waits(thread) || thread->object.type != OBJECT_THREAD)
        return; /* the memory of one that is gone may be cleared */
    unsigned type = listened ? OBJECT_NOTIFICATION : OBJECT_ENDPOINT;
    unsigned op = received ? ENDPOINT_OP_RECEIVE : ENDPOINT_OP_CALL;
    counts[type][op][outcome_of(thread, received)]++;
}

void audit_after(void)
{
    if (now.self != NULL)
        count_self();
    for (unsigned i = 0; i < now.count_waiting; i++)
        count_waiting(now.waiting[i].thread, now.waiting[i].state);
}

void audit_print(void)
{
    for (unsigned type = 0; type < TYPES; type++)
        for (unsigned op = 0; op < OPS; op++)
            for (unsigned outcome = 0; outcome < STATUSES; outcome++) {
                uint64_t count = counts[type][op][outcome];
                if (count == 0)
                    continue;
                printf("# audit %u %u ", type, op);
                if (outcome < WAITS)
                    printf("%u", outcome);
                else
                    printf(outcome == WAITS ? "waits" : "interrupted");
                printf(" %" PRIu64 "\n", count);
            }
}
