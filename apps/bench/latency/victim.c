/**
 * victim.c - threads that wait, or want to run, while what they wait for goes away.
 */
#include "victim.h"

#include <corm/kernel_calls.h>
#include "native/counter.h"

#define STACK_BYTES 512u

static struct victims what;
static cap_t rest; /* an Endpoint that nobody calls */
static uint8_t stacks[VICTIMS_MAX][STACK_BYTES] ALIGNED(16);

static void live(void *argument)
{
    const uint64_t index = (uint64_t)(uintptr_t)argument;
    struct message m = {0};
    switch (what.act) {
    case VICTIM_RECEIVES:
        (void)trap(HANDLE(what.endpoint, ENDPOINT_OP_RECEIVE), &m);
        break;
    case VICTIM_CALLS:
        status_ignore(ipc_call(what.endpoint, &m), "nobody answers");
        break;
    case VICTIM_SLEEPS:
        (void)trap_deadline(HANDLE(what.endpoint, ENDPOINT_OP_RECEIVE_DEADLINE), &m,
                            what.deadline_ns + index * what.stagger_ns);
        break;
    case VICTIM_RUNS:
        for (;;)
            counter_pause();
    }
    for (;;)
        (void)trap(HANDLE(rest, ENDPOINT_OP_RECEIVE), &m);
}

void victims_make_rest(void)
{
    must(kit_make(hall_kit(), OBJECT_ENDPOINT, 0, 0, &rest), "a place to rest");
}

void victims_start(const struct victims *victims)
{
    what = *victims;
    for (uint32_t i = 0; i < what.count; i++) {
        struct kit_thread spec = {
            .sched = what.sched != CAP_NONE ? what.sched : hall_bench()->worker_sched,
            .floor = what.floor,
            .main = live,
            .argument = (void *)(uintptr_t)i,
            .stack = stacks[i],
            .stack_bytes = STACK_BYTES,
        };
        cap_t thread = CAP_NONE;
        must(kit_thread_make(stage_kit(), &spec, &thread), "a victim");
        must(kit_thread_start(thread, &spec), "starting a victim");
    }
}
