/**
 * bench.h - the parts of the benchmark and what they share.
 *
 * Priorities: the component's first thread only sets up and reports. What is measured runs on the
 * worker's thread, below it, on a Sched of the worker's own; servers and waiters stand between.
 */
#pragma once

#include <corm/status.h>
#include "abi/component.h"
#include "sdk/kit/kit.h"
#include "sdk/kit/peer.h"

#define WORKER_PRIORITY 20u
#define SERVER_PRIORITY 30u
#define WAITER_PRIORITY 40u

struct bench {
    nanos_t period_ns;       /* of the two Scheds, and */
    uint32_t waiter_percent; /* what the waiters have of it: filled in before bench_run() */
    struct kit kit;
    cap_t worker_sched; /* of everything that is measured */
    cap_t waiter_sched; /* of threads that are woken: another one, as in a real system */
};

/** must - end the benchmark unless @status is OK; @what failed. */
void must(status_t status, const char *what);

/** bench_run - set everything up and run @measure on the worker's thread, to its end. */
void bench_run(struct bench *bench, const struct component_info *info,
               void (*measure)(struct bench *bench));

/** bench_stack - fill in a stack in the component's own Space. */
void bench_stack(struct bench *bench, struct kit_thread *spec);

/** bench_thread - make and start a thread. Returns its slot. */
cap_t bench_thread(struct bench *bench, const struct kit_thread *spec);

/** Each measures and reports. Context: the worker's thread. */
void bench_calls(struct bench *bench);         /* ipc_round_trip_0, _4, _8 */
void bench_notifications(struct bench *bench); /* signal_no_waiter, poll_empty, null_syscall,
                                                  yield_alone, signal_higher_waiter */
void bench_interrupts(struct bench *bench);    /* irq_to_user */
void bench_faults(struct bench *bench);        /* fault_round_trip */
void bench_memory(struct bench *bench);        /* map_1, map_64_per_page, unmap_1 */
void bench_objects(struct bench *bench);       /* create_endpoint, delete_endpoint */
void bench_guest(struct bench *bench);         /* enter_round_trip */
