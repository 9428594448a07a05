/**
 * paths_threads.c - threads that lose what they wait for or run on, and deadlines in masses.
 */
#include "victim.h"

#include <corm/kernel_calls.h>
#include "sdk/rt/time.h"

#define WAITERS      40u
#define ON_SCHED     72u
#define THREADS      16u
#define SLEEPERS     96u
#define STAGGER_NS   64u
#define TIME_TO_WAIT (5 * NANOS_PER_US) /* for one thread to be made and to come to its wait */
#define BEFORE_NS    500u

#define BUDGET_NS (3 * NANOS_PER_US)
#define PERIOD_NS (3000 * NANOS_PER_US)

static cap_t endpoint, sched;
static nanos_t due_ns;

static cap_t make_endpoint(void)
{
    cap_t slot = CAP_NONE;
    must(kit_make(stage_kit(), OBJECT_ENDPOINT, 0, 0, &slot), "an Endpoint");
    return slot;
}

static void wait_at_endpoint(enum victim_act act)
{
    endpoint = make_endpoint();
    victims_start(&(struct victims){
        .act = act, .count = WAITERS, .floor = VICTIM_ABOVE, .endpoint = endpoint});
}

static void prepare_receivers(void) { wait_at_endpoint(VICTIM_RECEIVES); }
static void prepare_callers(void) { wait_at_endpoint(VICTIM_CALLS); }
static void delete_endpoint(void) { must(table_delete(SLOT_TABLE, endpoint), "deleting"); }

static void prepare_threads(void)
{
    endpoint = make_endpoint();
    victims_start(&(struct victims){
        .act = VICTIM_RECEIVES, .count = THREADS, .floor = VICTIM_ABOVE, .endpoint = endpoint});
}

static void revoke_stage(void) { must(table_revoke(SLOT_TABLE, stage_all()), "revoking"); }

static void make_sched(nanos_t budget_ns, nanos_t period_ns)
{
    must(kit_sched(stage_kit(), SLOT_SCHED, budget_ns, period_ns, 1, &sched), "a Sched");
}

static void prepare_sched(void)
{
    make_sched(NANOS_PER_MS, NANOS_PER_S);
    victims_start(&(struct victims){.act = VICTIM_RUNS, .count = ON_SCHED, .sched = sched});
}

static void delete_sched(void) { must(table_delete(SLOT_TABLE, sched), "deleting a Sched"); }

/* An instruction is a nanosecond. */
static void spin_until(nanos_t when_ns)
{
    const nanos_t now_ns = time_now();
    if (now_ns > when_ns)
        must(TIMEOUT, "a deadline that is still to come");
    sweep_spin(when_ns - now_ns);
}

static void sleep_at(nanos_t stagger_ns)
{
    endpoint = make_endpoint();
    due_ns = time_now() + SLEEPERS * TIME_TO_WAIT;
    victims_start(&(struct victims){.act = VICTIM_SLEEPS,
                                    .count = SLEEPERS,
                                    .floor = VICTIM_ABOVE,
                                    .endpoint = endpoint,
                                    .deadline_ns = due_ns,
                                    .stagger_ns = stagger_ns});
    spin_until(due_ns - 20 * BEFORE_NS);
}

static void prepare_sleepers(void) { sleep_at(0); }
static void prepare_staggered(void) { sleep_at(STAGGER_NS); }

/* Runs again when they all have come to rest. */
static void let_expire(void) { spin_until(due_ns + SLEEPERS * STAGGER_NS); }

/* The first victim runs until the Sched is dry; those after it find it so. */
static void prepare_refill(void)
{
    make_sched(BUDGET_NS, PERIOD_NS);
    due_ns = time_now() + PERIOD_NS;
    victims_start(&(struct victims){
        .act = VICTIM_RUNS, .count = WAITERS, .sched = sched, .floor = VICTIM_ABOVE});
    spin_until(due_ns - 40 * BEFORE_NS);
}

static void let_refill(void) { spin_until(due_ns + 60 * BEFORE_NS); }

const struct path paths_threads[] = {
    {.name = "delete of an Endpoint with 40 receivers",
     .stride = 7,
     .prepare = prepare_receivers,
     .perform = delete_endpoint},
    {.name = "delete of an Endpoint with 40 queued callers",
     .stride = 7,
     .prepare = prepare_callers,
     .perform = delete_endpoint},
    {.name = "revoke of an Untyped with 16 threads",
     .stride = 7,
     .prepare = prepare_threads,
     .perform = revoke_stage},
    {.name = "delete of a Sched that 72 ready threads have",
     .stride = 13,
     .prepare = prepare_sched,
     .perform = delete_sched},
    {.name = "96 deadlines at once",
     .stride = 31,
     .prepare = prepare_sleepers,
     .perform = let_expire},
    {.name = "96 deadlines 64 ns apart",
     .stride = 31,
     .prepare = prepare_staggered,
     .perform = let_expire},
    {.name = "refill of a Sched that 40 threads wait for",
     .stride = 31,
     .prepare = prepare_refill,
     .perform = let_refill},
};
const uint32_t count_paths_threads = ARRAY_LENGTH(paths_threads);
