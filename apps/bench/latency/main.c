/**
 * main.c - how long an interrupt waits for the kernel, wherever it comes.
 *
 * `./corm bench latency` boots it. Prints a line `LATENCY most at OFFSET of LENGTH samples N: path`
 * for each path, then `BENCH name insn`.
 */
#include "victim.h"

#include "sdk/rt/component.h"

/* A period that does not end while this runs: no timer of a budget comes in between. */
static struct bench state = {.period_ns = 1000 * NANOS_PER_S, .waiter_percent = 25};

static void sweep_paths(const struct path *paths, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        sweep_path(&paths[i]);
}

static void measure_all(struct bench *bench)
{
    sweep_begin(bench);
    victims_make_rest();
    sweep_paths(paths_caps, count_paths_caps);
    sweep_paths(paths_memory, count_paths_memory);
    sweep_paths(paths_space, count_paths_space);
    sweep_paths(paths_threads, count_paths_threads);
    sweep_paths(paths_worst, count_paths_worst);
    sweep_end();
}

int component_main(const struct component_info *info)
{
    bench_run(&state, info, measure_all);
    return 0;
}
