/**
 * helper.c - threads that help a case.
 */
#include "run.h"

#define HELPER_STACK_BYTES 8192

struct helper_state {
    struct helper spec;
    struct kit_thread thread;
    cap_t slot;
};

static struct helper_state helpers[HELPERS_MAX];
static uint32_t count_helpers;
static uint8_t stacks[HELPERS_MAX][HELPER_STACK_BYTES] ALIGNED(16);

void helpers_forget(void) { count_helpers = 0; }

static void helper_main(void *argument)
{
    struct helper_state *helper = argument;
    helper->spec.run(helper->spec.argument);
    for (;;)
        CHECK_OK(thread_suspend(helper->slot));
}

cap_t helper_make(const struct helper *spec)
{
    CHECK(count_helpers < HELPERS_MAX);
    struct helper_state *helper = &helpers[count_helpers];
    *helper = (struct helper_state){
        .spec = *spec,
        .thread =
            {
                .sched = spec->sched != CAP_NONE ? spec->sched : env_sched,
                .fault = spec->fault != CAP_NONE ? spec->fault : env_fault,
                .floor = spec->floor,
                .vector = spec->vector,
                .main = helper_main,
                .argument = helper,
                .stack = stacks[count_helpers],
                .stack_bytes = HELPER_STACK_BYTES,
            },
    };
    if (spec->no_fault)
        helper->thread.fault = CAP_NONE;
    CHECK_OK(kit_thread_make(&env, &helper->thread, &helper->slot));
    count_helpers++;
    return helper->slot;
}

void helper_start(cap_t thread)
{
    for (uint32_t i = 0; i < count_helpers; i++) {
        if (helpers[i].slot == thread)
            CHECK_OK(kit_thread_start(thread, &helpers[i].thread));
    }
}

cap_t helper_run(const struct helper *spec)
{
    const cap_t thread = helper_make(spec);
    helper_start(thread);
    return thread;
}

void helper_forget(cap_t thread)
{
    CHECK(count_helpers > 0 && helpers[count_helpers - 1].slot == thread);
    count_helpers--;
}

cap_t helper_high(void (*run)(void *argument), void *argument)
{
    const struct helper spec = {.run = run, .argument = argument, .floor = PRIORITY_HIGH};
    return helper_run(&spec);
}

uint64_t thread_state(cap_t thread)
{
    uint64_t state = 0, pc = 0, sp = 0;
    CHECK_OK(thread_inspect(thread, &state, &pc, &sp));
    return state;
}
