/**
 * policies.c - what the manifest says about restarts is what happens.
 *
 * leader restarts whoever started after it (follower); fragile is never restarted; weak only twice.
 */
#include "apps/recovery/recovery.h"

#include "sdk/rt/time.h"

#define RECOVERY_NS (3 * NANOS_PER_S)
#define WEAK_LIVES  2

static void judge_rest_for_one(void)
{
    const uint32_t leader = component_named("leader");
    const uint32_t follower = component_named("follower");
    const uint32_t generation = status_read(follower).generation;
    judge(kill_once(leader, RECOVERY_NS) != 0, "it returns", "leader");
    judge(generation_await(follower, generation + 1, RECOVERY_NS),
          "who started after it starts again with it", "follower");
    const struct status_entry entry = status_read(follower);
    judge(entry.reason == REASON_PEER && entry.reason_detail == leader, "the reason is known",
          "follower");
    const struct status_entry victim = status_read(component_named("victim"));
    judge(victim.reason != REASON_PEER, "who started before it does not notice", "victim");
}

static void judge_never(void)
{
    const uint32_t fragile = component_named("fragile");
    judge(control_ask(CONTROL_KILL, fragile) == OK, "it can be killed", "fragile");
    judge(status_read(fragile).state == COMPONENT_QUARANTINED, "it is not restarted", "fragile");
    judge(control_ask(CONTROL_KILL, fragile) == BUSY, "who does not run cannot be killed",
          "fragile");
    judge(control_ask(CONTROL_RESTART, fragile) == OK && generation_await(fragile, 2, RECOVERY_NS),
          "it is restarted on request", "fragile");
}

static void judge_at_most(void)
{
    const uint32_t weak = component_named("weak");
    for (unsigned life = 0; life < WEAK_LIVES; life++)
        judge(kill_once(weak, RECOVERY_NS) != 0, "it returns as often as it may", "weak");
    judge(control_ask(CONTROL_KILL, weak) == OK, "it can be killed once more", "weak");
    judge(status_read(weak).state == COMPONENT_QUARANTINED, "then it stays away", "weak");
}

void judge_policies(void)
{
    judge_rest_for_one();
    judge_never();
    judge_at_most();
    judge(control_ask((enum control_request)99, 0) == METHOD, "an unknown request is refused",
          "99");
}
