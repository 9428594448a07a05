/**
 * setup.c - memory, time, stacks and threads for a benchmark.
 */
#include "bench.h"

#include <corm/kernel_calls.h>
#include <corm/status_name.h>
#include "lib/base/bits.h"
#include "sdk/rt/component.h"
#include "sdk/rt/log.h"

#define NODES_LOG2 16 /* page-table nodes for what the component maps itself */

#define PERCENT_STEP 10u

void must(status_t status, const char *what)
{
    if (status == OK)
        return;
    log_line("%s: %s", what, status_name(status));
    component_exit(1, what);
}

static status_t split_percent(struct bench *bench, cap_t sched, uint32_t percent, uint32_t priority)
{
    const nanos_t budget_ns = bench->period_ns / 100 * percent;
    return sched_split(SLOT_SCHED, sched, budget_ns, bench->period_ns, 10 * NANOS_PER_MS, priority);
}

/* How much the manifest grants is found by asking for less and less; what is left is the first
 * thread's. */
static void make_scheds(struct bench *bench)
{
    struct kit *kit = &bench->kit;
    must(kit_make(kit, OBJECT_SCHED, 0, 0, &bench->waiter_sched), "the waiters' Sched");
    must(split_percent(bench, bench->waiter_sched, bench->waiter_percent, WAITER_PRIORITY),
         "the waiters' time");
    must(kit_make(kit, OBJECT_SCHED, 0, 0, &bench->worker_sched), "the worker's Sched");
    status_t status = BUDGET;
    for (uint32_t percent = 95; status != OK && percent >= PERCENT_STEP; percent -= PERCENT_STEP)
        status = split_percent(bench, bench->worker_sched, percent, WORKER_PRIORITY);
    must(status, "the worker's time");
}

static void set_up(struct bench *bench, const struct component_info *info)
{
    const struct kit_limits limits = {
        .first_slot = SLOT_FIRST_FREE,
        .end_slot = 1u << COMPONENT_TABLE_SLOTS_LOG2_OBJECTS,
        .first_space_slot = COMPONENT_SPACE_FIRST_FREE + 1,
        .end_space_slot = 1u << COMPONENT_SPACE_SLOTS_LOG2,
        .address = COMPONENT_ADDRESS_FREE,
    };
    cap_t nodes = CAP_NONE;
    if (info->object_bytes == 0)
        component_exit(1, "the manifest grants no objects");
    kit_init(&bench->kit, SLOT_UNTYPED, &limits);
    must(kit_make(&bench->kit, OBJECT_UNTYPED, NODES_LOG2, 0, &nodes), "memory for nodes");
    must(space_donate(SLOT_SPACE, COMPONENT_SPACE_FIRST_FREE, nodes), "donating nodes");
    make_scheds(bench);
}

/* What the worker's thread needs to know. */
struct work {
    struct bench *bench;
    void (*measure)(struct bench *bench);
    cap_t finished_signal;
};

static void worker(void *argument)
{
    const struct work *work = argument;
    work->measure(work->bench);
    (void)ipc_signal(work->finished_signal);
    for (;;)
        ipc_yield();
}

void bench_run(struct bench *bench, const struct component_info *info,
               void (*measure)(struct bench *bench))
{
    struct work work = {.bench = bench, .measure = measure};
    struct kit_thread spec = {.main = worker, .argument = &work, .vector = true};
    cap_t finished = CAP_NONE;
    set_up(bench, info);
    must(kit_make(&bench->kit, OBJECT_NOTIFICATION, 0, 0, &finished), "a Notification");
    must(kit_mint(&bench->kit, finished, NOTIFICATION_RIGHT_SIGNAL, BIT(0), &work.finished_signal),
         "its signal");
    spec.sched = bench->worker_sched;
    bench_stack(bench, &spec);
    bench_thread(bench, &spec);
    (void)notification_wait(finished, DEADLINE_NEVER);
    log_line("done");
}

void bench_stack(struct bench *bench, struct kit_thread *spec)
{
    cap_t region = CAP_NONE;
    must(kit_memory(&bench->kit, KIT_STACK_LOG2, &region, &spec->stack), "a stack");
    spec->stack_bytes = BIT(KIT_STACK_LOG2);
}

cap_t bench_thread(struct bench *bench, const struct kit_thread *spec)
{
    cap_t thread = CAP_NONE;
    must(kit_thread_make(&bench->kit, spec, &thread), "making a thread");
    must(kit_thread_start(thread, spec), "starting a thread");
    return thread;
}
