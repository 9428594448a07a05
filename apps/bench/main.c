/**
 * main.c - the benchmark of the kernel: instructions per operation, stubs included.
 *
 * Prints `BENCH name insn` lines; `./corm bench ipc` boots it and reads them.
 */
#include "bench.h"

#include "sdk/rt/component.h"

static struct bench state = {.period_ns = NANOS_PER_S, .waiter_percent = 3};

static void measure_all(struct bench *bench)
{
    bench_calls(bench);
    bench_notifications(bench);
    bench_interrupts(bench);
    bench_faults(bench);
    bench_memory(bench);
    bench_objects(bench);
    bench_guest(bench);
}

int component_main(const struct component_info *info)
{
    bench_run(&state, info, measure_all);
    return 0;
}
