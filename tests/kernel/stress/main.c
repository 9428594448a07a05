/**
 * main.c - the stress of the kernel: rounds of actors that are built, work, and are destroyed.
 *
 * The arguments are the seed and how many operations there are to be. Every third round ends in the
 * middle of everything; after the others the sums are compared. After each, all memory is back.
 */
#include "tests/kernel/stress/stress.h"

#include "abi/bootinfo.h"
#include "abi/world.h"
#include "lib/base/string.h"
#include "sdk/rt/component.h"
#include "sdk/rt/log.h"
#include "sdk/rt/time.h"
#include "tests/kernel/stress/service.h"

#define ROUND_OPERATIONS 100000u
#define ROUNDS_MIN       4u /* a short stress has shorter rounds */
#define CUT_SHORT        3u /* one round in so many */
#define LOOK_MS          20u
#define TELL_NS          (5 * NANOS_PER_S)
#define SILENT_NS        (120 * NANOS_PER_S) /* nobody made an operation: the end */
#define UNTYPED_LOG2     25u
#define ACTOR_LOG2       20u
#define TIME_PERIOD_NS   (10 * NANOS_PER_MS)
#define TIME_WORKERS_NS  (6 * NANOS_PER_MS)
#define TIME_OTHERS_NS   (2500 * NANOS_PER_US)
#define SLICE_NS         (200 * NANOS_PER_US)
#define PRIORITY_WORKERS 100u
#define PRIORITY_OTHERS  90u /* most of these only count, or run in guests */
#define RIGHTS_ALL       0xffu

enum {
    SLOT_ROUND = SLOT_FIRST_FREE, /* the Untyped of all of a round */
    SLOT_REPORTS,
    SLOT_REPORT_DONE,
    SLOT_FIRST,
    SLOT_END = SLOT_FIRST + 512,
};

static const struct kit_limits limits = {
    .first_slot = SLOT_FIRST,
    .end_slot = SLOT_END,
    .first_space_slot = COMPONENT_SPACE_FIRST_FREE,
    .end_space_slot = 1u << COMPONENT_SPACE_SLOTS_LOG2,
    .address = COMPONENT_ADDRESS_FREE,
};

struct actor {
    struct peer peer;
    cap_t thread, untyped, notification, endpoint;
};

static struct kit kit;
static struct actor workers[WORKERS], servers[SERVERS];
static cap_t worker_times[PROCESSORS], other_times[PROCESSORS];
static cap_t shared_region;
static uint64_t seed, wanted_operations, made_operations, made_looks;
static bool debug; /* the kernel can look at itself */

NORETURN static void give_up(const char *what, uint64_t value)
{
    log_line("STRESS-WRONG seed %lu, round %u: %s (%lx)", seed, shared != NULL ? shared->round : 0,
             what, value);
    log_drain(time_now() + 5 * NANOS_PER_S);
    component_exit(1, what);
}

static void must(status_t status, const char *what)
{
    if (status != OK)
        give_up(what, status);
}

/* ---- Building ---- */

static cap_t time_of(uint32_t processor)
{
    return processor == 0 ? SLOT_SCHED : SLOT_OTHER_SCHEDS + processor - 1;
}

static void split(uint32_t processor, nanos_t budget_ns, uint32_t priority, cap_t *sched)
{
    must(kit_make(&kit, OBJECT_SCHED, 0, 0, sched), "a Sched");
    must(sched_split(time_of(processor), *sched, budget_ns, TIME_PERIOD_NS, SLICE_NS, priority),
         "time");
}

static void grant(const struct actor *actor, uint32_t slot, cap_t source, uint64_t rights)
{
    must(table_copy(SLOT_TABLE, source, actor->peer.table, slot, rights), "a capability");
}

static void grant_badged(const struct actor *actor, uint32_t slot, cap_t source, uint64_t rights,
                         uint64_t badge)
{
    must(table_mint(SLOT_TABLE, source, actor->peer.table, slot, rights, badge), "a badge");
}

/* What only fills it is not kept in our Space, whose slots are few. */
static void make_space(struct actor *actor)
{
    const uint32_t space_slot = kit.next_space_slot;
    must(peer_make_sized(&kit, ACTOR_SPACE_LOG2, &actor->peer), "a Space");
    while (kit.next_space_slot > space_slot)
        must(space_detach(SLOT_SPACE, --kit.next_space_slot), "away with its pages");
    must(table_delete(SLOT_TABLE, actor->peer.table), "the small Table");
    must(kit_make(&kit, OBJECT_TABLE, ACTOR_TABLE_LOG2, 0, &actor->peer.table), "a Table");
}

static void share_page(const struct actor *actor)
{
    must(space_attach(actor->peer.space, SPACE_SHARED, shared_region, ACTOR_SHARED,
                      BIT(SHARED_LOG2)),
         "the shared pages");
    must(kit_map_range(actor->peer.space, SPACE_SHARED, 0, ACTOR_SHARED, BIT(SHARED_LOG2),
                       REGION_RIGHT_READ | REGION_RIGHT_WRITE),
         "the shared pages, mapped");
}

static void make_actor(struct actor *actor, cap_t sched)
{
    struct kit_thread spec = {.sched = sched, .vector = true};
    make_space(actor);
    share_page(actor);
    must(kit_make(&kit, OBJECT_UNTYPED, ACTOR_LOG2, 0, &actor->untyped), "an Untyped");
    must(kit_make(&kit, OBJECT_NOTIFICATION, 0, 0, &actor->notification), "a Notification");
    must(kit_make(&kit, OBJECT_ENDPOINT, 0, 0, &actor->endpoint), "an Endpoint");
    must(kit_mint(&kit, actor->endpoint, ENDPOINT_RIGHT_CALL, FAULT_BADGE, &spec.fault),
         "the way to its pager");
    spec.table = actor->peer.table;
    spec.space = actor->peer.space;
    must(kit_thread_make(&kit, &spec, &actor->thread), "a thread");
    grant(actor, ACTOR_ENDPOINT, actor->endpoint, ENDPOINT_RIGHT_RECEIVE);
    grant(actor, ACTOR_TABLE, actor->peer.table, RIGHTS_ALL);
    grant(actor, ACTOR_SPACE, actor->peer.space, RIGHTS_ALL);
    grant(actor, ACTOR_NOTIFICATION, actor->notification, RIGHTS_ALL);
    grant(actor, ACTOR_REPORT, SLOT_REPORT_DONE, RIGHTS_ALL);
    must(table_move(SLOT_TABLE, actor->untyped, actor->peer.table, ACTOR_UNTYPED), "its Untyped");
}

static void grant_times(const struct actor *actor)
{
    for (uint32_t i = 0; i < PROCESSORS; i++) {
        grant(actor, ACTOR_TIMES + i, worker_times[i], RIGHTS_ALL);
        grant(actor, ACTOR_OTHER_TIMES + i, other_times[i], RIGHTS_ALL);
    }
}

static void grant_to_worker(uint32_t index)
{
    const struct actor *actor = &workers[index];
    grant_times(actor);
    for (uint32_t i = 0; i < SERVERS; i++) {
        grant_badged(actor, ACTOR_SERVERS + i, servers[i].endpoint, ENDPOINT_RIGHT_CALL, 1 + index);
        grant(actor, ACTOR_SERVER_THREADS + i, servers[i].thread, RIGHTS_ALL);
    }
    for (uint32_t i = 0; i < WORKERS; i++) {
        grant(actor, ACTOR_WORKER_THREADS + i, workers[i].thread, RIGHTS_ALL);
        grant(actor, ACTOR_WORKER_TABLES + i, workers[i].peer.table, RIGHTS_ALL);
        grant(actor, ACTOR_WORKER_SPACES + i, workers[i].peer.space, RIGHTS_ALL);
        grant_badged(actor, ACTOR_WORKER_SIGNALS + i, workers[i].notification,
                     NOTIFICATION_RIGHT_SIGNAL, BIT(BIT_PEER + index));
    }
}

static void grant_to_server(uint32_t index)
{
    const struct actor *actor = &servers[index];
    if (index + 1 < SERVERS)
        grant_badged(actor, ACTOR_NEXT, servers[index + 1].endpoint, ENDPOINT_RIGHT_CALL,
                     1 + WORKERS + index);
}

static void start(const struct actor *actor, bool server, uint32_t index)
{
    const uint64_t top = actor->peer.stack_address + BIT(KIT_STACK_LOG2) - 8; /* 0 is there */
    must(thread_start(actor->thread, (uint64_t)(uintptr_t)actor_main, top,
                      (uint64_t)(uintptr_t)ACTOR_ARGUMENT(server, index), 0),
         "a start");
}

static void build(uint32_t round)
{
    void *address = NULL;
    kit_init(&kit, SLOT_ROUND, &limits);
    must(kit_memory(&kit, SHARED_LOG2, &shared_region, &address), "the shared pages");
    for (uint32_t i = 0; i < PROCESSORS; i++) {
        split(i, TIME_WORKERS_NS, PRIORITY_WORKERS, &worker_times[i]);
        split(i, TIME_OTHERS_NS, PRIORITY_OTHERS, &other_times[i]);
    }
    for (uint32_t i = 0; i < WORKERS; i++)
        make_actor(&workers[i], worker_times[i]);
    for (uint32_t i = 0; i < SERVERS; i++)
        make_actor(&servers[i], other_times[i]);
    for (uint32_t i = 0; i < WORKERS; i++)
        grant_to_worker(i);
    for (uint32_t i = 0; i < SERVERS; i++)
        grant_to_server(i);
    shared = address;
    shared->seed = seed;
    shared->round = round;
    shared->debug = debug;
    for (uint32_t i = 0; i < SERVERS; i++)
        start(&servers[i], true, i);
    for (uint32_t i = 0; i < WORKERS; i++)
        start(&workers[i], false, i);
    __atomic_store_n(&shared->go, 1, __ATOMIC_RELEASE);
}

/* ---- Watching ---- */

static uint64_t operations_of_round(void)
{
    uint64_t sum = 0;
    for (uint32_t i = 0; i < WORKERS; i++)
        sum += __atomic_load_n(&shared->operations[i], __ATOMIC_RELAXED);
    return sum;
}

static void log_thread(const char *what, uint32_t index, cap_t thread)
{
    uint64_t state = 0, pc = 0, sp = 0;
    must(thread_inspect(thread, &state, &pc, &sp), "a look at a thread");
    log_line("%s %u: state %lu, pc 0x%lx, sp 0x%lx", what, index, state, pc, sp);
}

static void look_for_failure(void)
{
    if (!__atomic_load_n(&shared->failed, __ATOMIC_ACQUIRE))
        return;
    while (__atomic_load_n(&shared->failed, __ATOMIC_ACQUIRE) != 2)
        (void)notification_wait(SLOT_REPORTS, time_now() + NANOS_PER_MS);
    log_line("%s", shared->failure);
    give_up("a worker's check failed", 0);
}

static void wait_a_moment(void)
{
    (void)notification_wait(SLOT_REPORTS, time_now() + LOOK_MS * NANOS_PER_MS);
    look_for_failure();
}

static void log_threads(void)
{
    for (uint32_t i = 0; i < WORKERS; i++)
        log_thread("worker", i, workers[i].thread);
    for (uint32_t i = 0; i < SERVERS; i++)
        log_thread("server", i, servers[i].thread);
}

NORETURN static void nobody_works(void)
{
    log_threads();
    give_up("nobody has made an operation for a long time", operations_of_round());
}

static void watch_until(uint64_t operations)
{
    uint64_t last = 0, now = 0;
    nanos_t moved_at = time_now(), told_at = moved_at;
    while ((now = operations_of_round()) < operations) {
        if (now != last) {
            last = now;
            moved_at = time_now();
        } else if (time_now() > moved_at + SILENT_NS) {
            nobody_works();
        }
        if (time_now() > told_at + TELL_NS) {
            told_at = time_now();
            log_line("STRESS %lu operations, in round %u", made_operations + now, shared->round);
            if (now == last && told_at > moved_at + TELL_NS)
                log_threads();
        }
        wait_a_moment();
    }
}

static bool all_done(void)
{
    for (uint32_t i = 0; i < WORKERS; i++)
        if (!__atomic_load_n(&shared->done[i], __ATOMIC_ACQUIRE))
            return false;
    return true;
}

static void let_them_end(void)
{
    const nanos_t end = time_now() + SILENT_NS;
    __atomic_store_n(&shared->stop, 1, __ATOMIC_RELAXED);
    while (!all_done()) {
        if (time_now() > end)
            nobody_works();
        wait_a_moment();
    }
}

/* A server that was called for a worker may still call on after the worker was CANCELLED: all are
 * stopped before anything is counted. */
static void stop_servers(void)
{
    for (uint32_t i = 0; i < SERVERS; i++) {
        const nanos_t end = time_now() + SILENT_NS;
        uint64_t state = 0, pc = 0, sp = 0;
        while (must(thread_inspect(servers[i].thread, &state, &pc, &sp), "a server"),
               state != STATE_RECEIVING) {
            if (time_now() > end)
                nobody_works();
            wait_a_moment();
        }
    }
}

/* Each call that was taken was answered, or its caller told that the server was stopped; of those
 * whose caller was stopped nobody knows. */
static void compare_sums(void)
{
    for (uint32_t i = 0; i < SERVERS; i++) {
        struct calls sum = {0, 0, 0};
        for (uint32_t j = 0; j < WORKERS; j++) {
            sum.answered += shared->by_worker[j][i].answered;
            sum.gone += shared->by_worker[j][i].gone;
            sum.cancelled += shared->by_worker[j][i].cancelled;
        }
        sum.answered += shared->by_server[i].answered;
        sum.gone += shared->by_server[i].gone;
        sum.cancelled += shared->by_server[i].cancelled;
        const uint64_t least = sum.answered + sum.gone, served = shared->served[i];
        if (served < least || served > least + sum.cancelled) {
            log_line("server %u: %lu served, %lu answered, %lu gone, %lu cancelled", i, served,
                     sum.answered, sum.gone, sum.cancelled);
            give_up("calls were lost or served twice", i);
        }
    }
}

/* ---- The end of a round ---- */

static void destroy(void)
{
    uint64_t base = 0, size_log2 = 0, used = 0, device = 0, free_nodes = 0, nodes = 0;
    for (uint32_t i = 0; i < WORKERS; i++) {
        made_operations += shared->operations[i];
        made_looks += shared->looks[i];
    }
    shared = NULL;
    must(table_revoke(SLOT_TABLE, SLOT_ROUND), "the revoke of a round");
    for (cap_t slot = SLOT_FIRST; slot < kit.next_slot; slot++) {
        uint64_t type = 0, rights = 0, badge = 0;
        must(table_inspect(SLOT_TABLE, slot, &type, &rights, &badge), "a slot");
        if (type != 0)
            give_up("a capability outlived the revoke", slot);
    }
    must(untyped_reset(SLOT_ROUND), "the reset of a round");
    must(untyped_info(SLOT_ROUND, &base, &size_log2, &used, &device), "the Untyped");
    must(space_info(SLOT_SPACE, &free_nodes, &nodes), "the Space");
    if (used != 0)
        give_up("memory is lost", used);
}

static void run_round(uint32_t round, uint64_t operations)
{
    build(round);
    watch_until(operations);
    if (round % CUT_SHORT != CUT_SHORT - 1) {
        let_them_end();
        stop_servers();
        compare_sums();
    }
    look_for_failure();
    destroy();
}

/* ---- Arguments ---- */

static const char *argument(const struct world_options *world, uint32_t index)
{
    const char *at = world->strings;
    for (; index > 0; index--)
        at += strlen(at) + 1;
    return at;
}

static uint64_t number(const char *text)
{
    uint64_t value = 0;
    for (; *text >= '0' && *text <= '9'; text++)
        value = value * 10 + (uint64_t)(*text - '0');
    return value;
}

int component_main(const struct component_info *info)
{
    const struct world_options *world = (const void *)(uintptr_t)info->world_address;
    if (world == NULL || world->argument_count != 2 || info->count_processors != PROCESSORS)
        give_up("needs a seed, a number of operations and four processors", info->count_processors);
    debug = (info->features & BOOTINFO_FEATURE_DEBUG) != 0;
    seed = number(argument(world, 0));
    wanted_operations = number(argument(world, 1));
    must(untyped_retype(SLOT_UNTYPED, OBJECT_UNTYPED, UNTYPED_LOG2, 0, SLOT_TABLE, SLOT_ROUND),
         "the memory");
    must(untyped_retype(SLOT_UNTYPED, OBJECT_NOTIFICATION, 0, 0, SLOT_TABLE, SLOT_REPORTS),
         "a Notification");
    must(table_mint(SLOT_TABLE, SLOT_REPORTS, SLOT_TABLE, SLOT_REPORT_DONE,
                    NOTIFICATION_RIGHT_SIGNAL, REPORT_DONE),
         "its signals");
    uint64_t of_round = wanted_operations / ROUNDS_MIN;
    if (of_round > ROUND_OPERATIONS)
        of_round = ROUND_OPERATIONS;
    uint32_t round = 0;
    for (; made_operations < wanted_operations; round++) {
        run_round(round, of_round);
        log_line("STRESS %lu operations, %u rounds, %lu looks", made_operations, round + 1,
                 made_looks);
    }
    log_line("STRESS-END seed %lu: %lu operations, %u rounds, %lu looks at everything", seed,
             made_operations, round, made_looks);
    return log_drain(time_now() + 5 * NANOS_PER_S) ? 0 : 1;
}
