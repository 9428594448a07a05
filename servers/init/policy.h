/**
 * policy.h - whether and when a component that died is built again. Pure functions.
 */
#pragma once

#include "abi/manifest.h"
#include "lib/base/types.h"

/* Deaths in the present window. A window starts with the first death after the last has passed. */
struct policy_history {
    nanos_t window_start_ns;
    uint32_t deaths;
};

struct policy_verdict {
    bool restart;    /* else quarantine */
    nanos_t wait_ns; /* before the restart */
};

/**
 * policy_judge - a component of @spec died at @now_ns.
 *
 * The first death in a window restarts at once, the second after the backoff, each further one
 * after twice as long, up to 64 times the backoff. More than restart_at_most deaths in a window, or
 * POLICY_NEVER: no restart.
 */
struct policy_verdict policy_judge(struct policy_history *history,
                                   const struct manifest_component *spec, nanos_t now_ns);

/* What init saw of a component that has not answered its ping in time. */
struct policy_silence {
    nanos_t silent_ns;   /* since the ping */
    nanos_t consumed_ns; /* of its home Sched, since the ping */
    bool in_call;        /* waits for another component */
    bool ready;          /* could run */
};

/**
 * policy_excused - the silence does not count: it was blocked in a call, or had no processor time.
 *
 * No excuse lasts for ever: a call has a deadline (POLICY_CALL_NS), and a component that is ready
 * may be looping on time that its callers lent (POLICY_STARVED_BEATS heartbeats).
 */
bool policy_excused(const struct manifest_component *spec, const struct policy_silence *silence);

#define POLICY_CALL_NS       (5 * NANOS_PER_S)
#define POLICY_STARVED_BEATS 4
