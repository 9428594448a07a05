/**
 * policy.c - whether and when a component that died is built again.
 */
#include "servers/init/policy.h"

#define DOUBLINGS_MAX 6

/* Who used less than three quarters of what the time was worth did not have its budget. */
#define BUDGET_QUARTERS 3

struct policy_verdict policy_judge(struct policy_history *history,
                                   const struct manifest_component *spec, nanos_t now_ns)
{
    if (spec->policy == POLICY_NEVER)
        return (struct policy_verdict){.restart = false};
    if (history->deaths == 0 || now_ns - history->window_start_ns >= spec->restart_window_ns)
        *history = (struct policy_history){.window_start_ns = now_ns};
    history->deaths++;
    if (history->deaths > spec->restart_at_most)
        return (struct policy_verdict){.restart = false};
    if (history->deaths == 1)
        return (struct policy_verdict){.restart = true};
    const uint32_t doublings = history->deaths - 2;
    return (struct policy_verdict){
        .restart = true,
        .wait_ns = spec->backoff_ns << (doublings < DOUBLINGS_MAX ? doublings : DOUBLINGS_MAX),
    };
}

bool policy_excused(const struct manifest_component *spec, const struct policy_silence *silence)
{
    if (silence->in_call)
        return silence->silent_ns < POLICY_CALL_NS;
    if (!silence->ready)
        return false;
    const nanos_t period_us = spec->period_ns / NANOS_PER_US;
    const nanos_t budget_us = spec->budget_ns / NANOS_PER_US;
    const nanos_t granted_ns = period_us == 0 ? 0 : silence->silent_ns / period_us * budget_us;
    return silence->consumed_ns < granted_ns / 4 * BUDGET_QUARTERS &&
           silence->silent_ns < POLICY_STARVED_BEATS * spec->heartbeat_ns;
}
