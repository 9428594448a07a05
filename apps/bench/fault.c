/**
 * fault.c - fault_round_trip: a page fault, its message to a handler in another address space, the
 * handler's answer, and the faulting thread's next instruction.
 *
 * The handler does what every handler must: it receives, looks at the label, answers with the
 * address to go on at. (It maps nothing: mapping is measured by itself.)
 */
#include "bench.h"
#include "measure.h"

#include <corm/kernel_calls.h>
#include "abi/fault.h"

/* The handler's Table. */
enum { HANDLER_ENDPOINT = 1 };

#define UNMAPPED 0x1000ull /* below every program */

static volatile bool done;
static uint64_t result;

static void handle(void *unused)
{
    struct message m = {0};
    (void)unused;
    for (;;) {
        const uint64_t received = ipc_reply_wait(HANDLER_ENDPOINT, &m);
        if (received & (RECEIVED_SIGNAL | RECEIVED_ERROR))
            continue;
        if (tag_label(m.tag) == FAULT_PAGE && m.words[0] == UNMAPPED)
            m = (struct message){.tag = TAG(OK, 1), .words = {m.words[2] + FAULTING_BYTES}};
        else
            m = (struct message){.tag = TAG(METHOD, 0)};
    }
}

static __attribute__((noinline)) uint64_t measure(void)
{
    return MEASURE_LOOP(FAULTING_LOAD(UNMAPPED));
}

static void fault(void *unused)
{
    (void)unused;
    result = measure_per_iteration(measure());
    done = true;
    for (;;)
        ipc_yield();
}

void bench_faults(struct bench *bench)
{
    struct kit *kit = &bench->kit;
    struct kit_thread handler = {
        .sched = bench->waiter_sched, .floor = SERVER_PRIORITY, .main = handle};
    struct kit_thread faulting = {.sched = bench->worker_sched, .main = fault};
    struct peer peer;
    cap_t endpoint = CAP_NONE;
    must(peer_make(kit, &peer), "the handler's Space");
    must(kit_make(kit, OBJECT_ENDPOINT, 0, 0, &endpoint), "the fault Endpoint");
    must(peer_grant(&peer, endpoint, HANDLER_ENDPOINT, ENDPOINT_RIGHT_RECEIVE),
         "its receive right");
    must(kit_mint(kit, endpoint, ENDPOINT_RIGHT_CALL, 1, &faulting.fault), "the fault right");
    peer_thread(&peer, &handler);
    bench_thread(bench, &handler);
    bench_stack(bench, &faulting);
    const cap_t thread = bench_thread(bench, &faulting);
    while (!done)
        ipc_yield();
    must(thread_suspend(thread), "stopping the faulting thread");
    measure_report("fault_round_trip", result);
}
