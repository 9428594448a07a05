/**
 * test_policy.c - who is restarted when, and whose silence counts.
 */
#include "servers/init/policy.h"
#include "tests/unit/unit.h"

static const struct manifest_component spec = {
    .restart_at_most = 3,
    .restart_window_ns = 60 * NANOS_PER_S,
    .backoff_ns = 10 * NANOS_PER_MS,
    .heartbeat_ns = 100 * NANOS_PER_MS,
    .budget_ns = NANOS_PER_MS,
    .period_ns = 10 * NANOS_PER_MS,
};

TEST("the first death restarts at once, the next ones after a growing wait")
{
    struct policy_history history = {0};
    CHECK_EQUAL(policy_judge(&history, &spec, 1).wait_ns, 0);
    CHECK_EQUAL(policy_judge(&history, &spec, 2).wait_ns, spec.backoff_ns);
    CHECK_EQUAL(policy_judge(&history, &spec, 3).wait_ns, 2 * spec.backoff_ns);
}

TEST("one death too many in the window means quarantine")
{
    struct policy_history history = {0};
    for (unsigned death = 0; death < 3; death++)
        CHECK(policy_judge(&history, &spec, death).restart);
    CHECK(!policy_judge(&history, &spec, 10).restart);
}

TEST("a death after the window starts a new one")
{
    struct policy_history history = {0};
    for (unsigned death = 0; death < 3; death++)
        CHECK(policy_judge(&history, &spec, 5).restart);
    const struct policy_verdict verdict = policy_judge(&history, &spec, 5 + spec.restart_window_ns);
    CHECK(verdict.restart);
    CHECK_EQUAL(verdict.wait_ns, 0);
}

TEST("the wait does not grow without bound")
{
    struct manifest_component many = spec;
    struct policy_history history = {0};
    struct policy_verdict verdict = {0};
    many.restart_at_most = 1000000;
    for (unsigned death = 0; death < 1000; death++)
        verdict = policy_judge(&history, &many, death);
    CHECK_EQUAL(verdict.wait_ns, 64 * spec.backoff_ns);
}

TEST("a component that is never restarted is not")
{
    struct manifest_component never = spec;
    struct policy_history history = {0};
    never.policy = POLICY_NEVER;
    CHECK(!policy_judge(&history, &never, 1).restart);
}

TEST("silence while waiting for work is never excused")
{
    const struct policy_silence silence = {.silent_ns = spec.heartbeat_ns};
    CHECK(!policy_excused(&spec, &silence));
}

TEST("silence in a call is excused until the call must have ended")
{
    struct policy_silence silence = {.silent_ns = spec.heartbeat_ns, .in_call = true};
    CHECK(policy_excused(&spec, &silence));
    silence.silent_ns = POLICY_CALL_NS;
    CHECK(!policy_excused(&spec, &silence));
}

TEST("silence counts for who had its processor time, and only for who had it")
{
    struct policy_silence silence = {.silent_ns = spec.heartbeat_ns, .ready = true};
    silence.consumed_ns = 10 * NANOS_PER_MS; /* all of its tenth */
    CHECK(!policy_excused(&spec, &silence));
    silence.consumed_ns = NANOS_PER_MS;
    CHECK(policy_excused(&spec, &silence));
}

TEST("looping on lent time is found after a few heartbeats")
{
    const struct policy_silence silence = {.silent_ns = POLICY_STARVED_BEATS * spec.heartbeat_ns,
                                           .ready = true};
    CHECK(!policy_excused(&spec, &silence));
}
