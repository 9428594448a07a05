/**
 * main.c - threads of several processors that want the kernel at once.
 *
 * `./corm bench contention` boots it. It says when a phase is ready, goes, and is done, and waits
 * before it lets a phase go and when it is done, so that the kernel's counters can be read in the
 * machine's memory while nothing runs: `CONTENTION ready NAME`, `CONTENTION go NAME`, `CONTENTION
 * done NAME operations COUNT ns SPAN`.
 */
#include "phases.h"

#include "sdk/rt/component.h"

/* A period that does not end while this runs: no timer of a budget comes in between. */
static struct bench state = {.period_ns = 1000 * NANOS_PER_S, .waiter_percent = 30};

static void measure_all(struct bench *bench)
{
    const uint32_t processors = component_self()->count_processors;
    phases_make(bench, processors < PROCESSORS_MAX ? processors : PROCESSORS_MAX);
    phases_run();
}

int component_main(const struct component_info *info)
{
    bench_run(&state, info, measure_all);
    return 0;
}
