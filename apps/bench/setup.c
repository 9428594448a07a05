/**
 * setup.c - time, stacks and threads for the benchmark.
 */
#include "bench.h"

#include <corm/kernel_calls.h>
#include "lib/base/bits.h"

#define PERIOD_NS      NANOS_PER_S
#define WAITER_PERCENT 3u
#define PERCENT_STEP   10u

static status_t split_percent(struct bench *bench, cap_t sched, uint32_t percent, uint32_t priority)
{
    (void)bench;
    return sched_split(SLOT_SCHED, sched, PERIOD_NS / 100 * percent, PERIOD_NS, 10 * NANOS_PER_MS,
                       priority);
}

/* How much the manifest grants is found by asking for less and less; what is left is the first
 * thread's. Grants are multiples of 10 percent; 7 of every last 10 are asked for. */
void bench_scheds(struct bench *bench)
{
    struct kit *kit = &bench->kit;
    must(kit_make(kit, OBJECT_SCHED, 0, 0, &bench->waiter_sched), "the waiters' Sched");
    must(split_percent(bench, bench->waiter_sched, WAITER_PERCENT, WAITER_PRIORITY),
         "the waiters' time");
    must(kit_make(kit, OBJECT_SCHED, 0, 0, &bench->worker_sched), "the worker's Sched");
    status_t status = BUDGET;
    for (uint32_t percent = 95; status != OK && percent >= PERCENT_STEP; percent -= PERCENT_STEP)
        status = split_percent(bench, bench->worker_sched, percent, WORKER_PRIORITY);
    must(status, "the worker's time");
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
