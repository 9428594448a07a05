/**
 * phases.c - clients, servers, and the phases that are made of them.
 */
#include "phases.h"

#include <corm/kernel_calls.h>
#include "lib/base/bits.h"
#include "sdk/rt/log.h"
#include "sdk/rt/time.h"

#define CALLS  5000u /* of each client */
#define WAKES  100u
#define UNMAPS 100u

/* Time for who reads the counters; nothing runs meanwhile. */
#define PAUSE_NS (500 * NANOS_PER_MS)

#define CLIENT_PERCENT 40u
#define SERVER_PERCENT 20u

/* The servers' Table. */
enum { SERVER_ENDPOINT = 1 };
enum { LABEL_ECHO = 1 };

struct client {
    uint32_t index;          /* of its processor */
    cap_t sched, home_sched; /* its own time, and that of the server at home here */
    cap_t server;            /* to call the one at home here */
    cap_t start, start_signal;
    cap_t turn, turn_signal; /* for who waits for it in the middle of a phase */
    cap_t finished_signal;
    nanos_t begun_ns, ended_ns;
};

struct phase {
    const char *name;
    uint32_t clients;
    uint32_t operations; /* of all of them */
    void (*work)(struct client *client);
};

static struct {
    struct bench *bench;
    uint32_t processors;
    cap_t finished, pause;
    struct client clients[PROCESSORS_MAX];
    const struct phase *phase;
    volatile uint32_t at_work;
    volatile uint64_t *page; /* that is unmapped again and again, */
    uint32_t page_slot;      /* by this slot of the Space */
} hall;

/* --- what clients do --- */

static void call_many(cap_t server)
{
    for (uint32_t i = 0; i < CALLS; i++) {
        struct message m = {.tag = TAG(LABEL_ECHO, 0)};
        must(ipc_call(server, &m), "a call");
    }
}

static void call_near(struct client *client) { call_many(client->server); }

/* The server that is at home on the next processor. */
static void call_far(struct client *client)
{
    call_many(hall.clients[(client->index + 1) % hall.phase->clients].server);
}

static void call_one(struct client *client)
{
    (void)client;
    call_many(hall.clients[0].server);
}

static void take_turn(const struct client *client)
{
    if (!(notification_wait(client->turn, DEADLINE_NEVER) & RECEIVED_SIGNAL))
        must(PROTOCOL, "a turn");
}

/* The first one begins. */
static void wake_each_other(struct client *client)
{
    const struct client *other = &hall.clients[1 - client->index];
    for (uint32_t i = 0; i < WAKES; i++) {
        if (client->index != 0)
            take_turn(client);
        must(ipc_signal(other->turn_signal), "waking the other one");
        if (client->index == 0)
            take_turn(client);
    }
}

/* The first one unmaps, the others only run in the same address space. */
static void unmap(struct client *client)
{
    const uint64_t address = (uint64_t)(uintptr_t)hall.page;
    uint64_t done = 0;
    if (client->index != 0) {
        (void)__atomic_fetch_add(&hall.at_work, 1, __ATOMIC_RELAXED);
        while (hall.at_work != 0)
            ;
        return;
    }
    while (hall.at_work != hall.phase->clients - 1)
        ;
    for (uint32_t i = 0; i < UNMAPS; i++) {
        must(space_unmap(SLOT_SPACE, address, KIT_PAGE_BYTES, &done), "unmapping");
        must(kit_map_range(SLOT_SPACE, hall.page_slot, 0, address, KIT_PAGE_BYTES,
                           REGION_RIGHT_READ | REGION_RIGHT_WRITE),
             "mapping");
        *hall.page = i;
    }
    hall.at_work = 0;
}

static const struct phase phases[] = {
    {"pairs_1", 1, CALLS, call_near},
    {"pairs_2", 2, 2 * CALLS, call_near},
    {"pairs_4", 4, 4 * CALLS, call_near},
    {"cross_2", 2, 2 * CALLS, call_far},
    {"cross_4", 4, 4 * CALLS, call_far},
    {"one_server_2", 2, 2 * CALLS, call_one},
    {"one_server_4", 4, 4 * CALLS, call_one},
    {"wake_2", 2, 2 * WAKES, wake_each_other},
    {"unmap_1", 1, UNMAPS, unmap},
    {"unmap_2", 2, UNMAPS, unmap},
    {"unmap_4", 4, UNMAPS, unmap},
};

/* --- who does it --- */

static void live(void *argument)
{
    struct client *client = argument;
    for (;;) {
        (void)notification_wait(client->start, DEADLINE_NEVER);
        client->begun_ns = time_now();
        hall.phase->work(client);
        client->ended_ns = time_now();
        must(ipc_signal(client->finished_signal), "the end of a phase");
    }
}

static void serve(void *unused)
{
    struct message m = {.tag = TAG(OK, 0)};
    (void)unused;
    for (;;) {
        const uint64_t received = ipc_reply_wait(SERVER_ENDPOINT, &m);
        if (received & (RECEIVED_SIGNAL | RECEIVED_ERROR))
            continue;
        m.tag = TAG(tag_operation(m.tag) == TAG(LABEL_ECHO, 0) ? OK : METHOD, 0);
    }
}

/* A server on @sched, and the right to call it. */
static cap_t start_server(cap_t sched)
{
    struct kit *kit = &hall.bench->kit;
    struct kit_thread spec = {.sched = sched, .floor = SERVER_PRIORITY, .main = serve};
    struct peer peer;
    cap_t endpoint = CAP_NONE, call = CAP_NONE;
    must(peer_make(kit, &peer), "a server's Space");
    must(kit_make(kit, OBJECT_ENDPOINT, 0, 0, &endpoint), "a server's Endpoint");
    must(peer_grant(&peer, endpoint, SERVER_ENDPOINT, ENDPOINT_RIGHT_RECEIVE), "its receive right");
    must(kit_mint(kit, endpoint, ENDPOINT_RIGHT_CALL, 1, &call), "the right to call it");
    peer_thread(&peer, &spec);
    bench_thread(hall.bench, &spec);
    return call;
}

static void make_notification(cap_t *notification, cap_t *signal)
{
    struct kit *kit = &hall.bench->kit;
    must(kit_make(kit, OBJECT_NOTIFICATION, 0, 0, notification), "a Notification");
    must(kit_mint(kit, *notification, NOTIFICATION_RIGHT_SIGNAL, BIT(0), signal), "its signal");
}

static void make_scheds(struct client *client)
{
    struct bench *bench = hall.bench;
    const cap_t root = SLOT_OTHER_SCHEDS + client->index - 1;
    if (client->index == 0) {
        client->sched = bench->worker_sched;
        client->home_sched = bench->waiter_sched;
        return;
    }
    must(kit_sched(&bench->kit, root, bench->period_ns / 100 * CLIENT_PERCENT, bench->period_ns,
                   WORKER_PRIORITY, &client->sched),
         "a client's time");
    must(kit_sched(&bench->kit, root, bench->period_ns / 100 * SERVER_PERCENT, bench->period_ns,
                   WAITER_PRIORITY, &client->home_sched),
         "a server's time");
}

static void start_client(struct client *client)
{
    struct kit_thread spec = {.sched = client->sched, .main = live, .argument = client};
    make_notification(&client->start, &client->start_signal);
    make_notification(&client->turn, &client->turn_signal);
    must(kit_mint(&hall.bench->kit, hall.finished, NOTIFICATION_RIGHT_SIGNAL, BIT(client->index),
                  &client->finished_signal),
         "the signal of the end");
    bench_stack(hall.bench, &spec);
    bench_thread(hall.bench, &spec);
}

void phases_make(struct bench *bench, uint32_t processors)
{
    void *page = NULL;
    cap_t region = CAP_NONE;
    hall.bench = bench;
    hall.processors = processors;
    must(kit_make(&bench->kit, OBJECT_NOTIFICATION, 0, 0, &hall.finished), "a Notification");
    must(kit_make(&bench->kit, OBJECT_NOTIFICATION, 0, 0, &hall.pause), "a Notification");
    hall.page_slot = bench->kit.next_space_slot;
    must(kit_memory(&bench->kit, 12, &region, &page), "a page");
    hall.page = page;
    for (uint32_t i = 0; i < processors; i++) {
        struct client *client = &hall.clients[i];
        client->index = i;
        make_scheds(client);
        client->server = start_server(client->home_sched);
        start_client(client);
    }
}

/* --- running them --- */

static void rest(nanos_t span_ns) { (void)notification_wait(hall.pause, time_now() + span_ns); }

/* Until the lines are out, to a console that may not have started yet. log_drain() yields all the
 * time, which would be counted. */
static void tell(void)
{
    while (!log_drain(0)) {
        rest(NANOS_PER_MS);
        log_update();
    }
}

/* The first processor's client is of this thread's priority: it begins when this one waits. */
static void perform(const struct phase *phase)
{
    uint64_t left = BIT(phase->clients) - 1;
    hall.phase = phase;
    for (uint32_t i = phase->clients; i-- > 0;)
        must(ipc_signal(hall.clients[i].start_signal), "starting a client");
    while (left != 0)
        left &= ~notification_wait(hall.finished, DEADLINE_NEVER);
}

static nanos_t span_of(const struct phase *phase)
{
    nanos_t begun_ns = UINT64_MAX, ended_ns = 0;
    for (uint32_t i = 0; i < phase->clients; i++) {
        const struct client *client = &hall.clients[i];
        begun_ns = client->begun_ns < begun_ns ? client->begun_ns : begun_ns;
        ended_ns = client->ended_ns > ended_ns ? client->ended_ns : ended_ns;
    }
    return ended_ns - begun_ns;
}

static void run(const struct phase *phase)
{
    log_line("CONTENTION ready %s", phase->name);
    tell();
    rest(PAUSE_NS);
    log_line("CONTENTION go %s", phase->name);
    tell();
    perform(phase);
    log_line("CONTENTION done %s operations %u ns %lu", phase->name, phase->operations,
             span_of(phase));
    tell();
    rest(PAUSE_NS);
}

void phases_run(void)
{
    for (uint32_t i = 0; i < ARRAY_LENGTH(phases); i++)
        if (phases[i].clients <= hall.processors)
            run(&phases[i]);
}
