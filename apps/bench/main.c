/**
 * main.c - the benchmark of the kernel: instructions per operation, stubs included.
 *
 * Prints `BENCH name insn` lines; `./corm bench ipc` boots it and reads them.
 */
#include "bench.h"

#include <corm/kernel_calls.h>
#include <corm/status_name.h>
#include "lib/base/bits.h"
#include "sdk/rt/component.h"
#include "sdk/rt/log.h"

#define NODES_LOG2 16 /* page-table nodes for what the component maps itself */

static struct bench bench;
static cap_t finished; /* Notification: the worker is done */
static cap_t finished_signal;

void must(status_t status, const char *what)
{
    if (status == OK)
        return;
    log_line("%s: %s", what, status_name(status));
    component_exit(1, what);
}

static void worker(void *unused)
{
    (void)unused;
    bench_calls(&bench);
    bench_notifications(&bench);
    bench_interrupts(&bench);
    bench_faults(&bench);
    bench_memory(&bench);
    bench_objects(&bench);
    bench_guest(&bench);
    (void)ipc_signal(finished_signal);
    for (;;)
        ipc_yield();
}

static void set_up(const struct component_info *info)
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
    kit_init(&bench.kit, SLOT_UNTYPED, &limits);
    must(kit_make(&bench.kit, OBJECT_UNTYPED, NODES_LOG2, 0, &nodes), "memory for nodes");
    must(space_donate(SLOT_SPACE, COMPONENT_SPACE_FIRST_FREE, nodes), "donating nodes");
    must(kit_make(&bench.kit, OBJECT_NOTIFICATION, 0, 0, &finished), "a Notification");
    must(kit_mint(&bench.kit, finished, NOTIFICATION_RIGHT_SIGNAL, BIT(0), &finished_signal),
         "its signal");
    bench_scheds(&bench);
}

int component_main(const struct component_info *info)
{
    struct kit_thread spec = {.main = worker, .vector = true};
    set_up(info);
    spec.sched = bench.worker_sched;
    bench_stack(&bench, &spec);
    bench_thread(&bench, &spec);
    (void)notification_wait(finished, DEADLINE_NEVER);
    log_line("done");
    return 0;
}
