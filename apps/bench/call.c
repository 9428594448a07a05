/**
 * call.c - ipc_round_trip_*: call and reply-and-wait between two address spaces.
 *
 * The client makes the words, the server sums them and makes as many for the answer, the client
 * sums those: every word is used on both sides. The server is a loop as real ones are: it looks
 * whether it received a call, and dispatches on its label and count of words, as what
 * tools/abigen makes does.
 */
#include "bench.h"
#include "measure.h"

#include <corm/kernel_calls.h>

/* The server's Table. */
enum { SERVER_ENDPOINT = 1 };

enum echo_label { ECHO_0 = 1, ECHO_4 = 2, ECHO_8 = 3 };

/* Results go here, so that summing is not left out. */
static volatile uint64_t sink;

/* Word by word: a loop over them would keep the message in memory instead of registers. */
static inline uint64_t sum_4(const struct message *m)
{
    return m->words[0] + m->words[1] + m->words[2] + m->words[3];
}

static inline uint64_t sum_8(const struct message *m)
{
    return sum_4(m) + m->words[4] + m->words[5] + m->words[6] + m->words[7];
}

#define MESSAGE_0(label) ((struct message){.tag = TAG(label, 0)})
#define MESSAGE_4(label) ((struct message){.tag = TAG(label, 4), .words = {1, 2, 3, 4}})
#define MESSAGE_8(label) ((struct message){.tag = TAG(label, 8), .words = {1, 2, 3, 4, 5, 6, 7, 8}})

static void serve(void *unused)
{
    struct message m = MESSAGE_0(OK);
    (void)unused;
    for (;;) {
        const uint64_t received = ipc_reply_wait(SERVER_ENDPOINT, &m);
        if (received & (RECEIVED_SIGNAL | RECEIVED_ERROR))
            continue;
        switch (tag_operation(m.tag)) {
        case TAG(ECHO_0, 0):
            m.tag = TAG(OK, 0); /* the words go back as they came */
            break;
        case TAG(ECHO_4, 4):
            sink = sum_4(&m);
            m = MESSAGE_4(OK);
            break;
        case TAG(ECHO_8, 8):
            sink = sum_8(&m);
            m = MESSAGE_8(OK);
            break;
        default:
            m = MESSAGE_0(METHOD);
        }
    }
}

static cap_t start_server(struct bench *bench)
{
    struct kit *kit = &bench->kit;
    struct kit_thread spec = {
        .sched = bench->waiter_sched, .floor = SERVER_PRIORITY, .main = serve};
    struct peer peer;
    cap_t endpoint = CAP_NONE;
    cap_t client = CAP_NONE;
    must(peer_make(kit, &peer), "the server's Space");
    must(kit_make(kit, OBJECT_ENDPOINT, 0, 0, &endpoint), "the server's Endpoint");
    must(peer_grant(&peer, endpoint, SERVER_ENDPOINT, ENDPOINT_RIGHT_RECEIVE), "its receive right");
    must(kit_mint(kit, endpoint, ENDPOINT_RIGHT_CALL, 1, &client), "the client's right");
    peer_thread(&peer, &spec);
    bench_thread(bench, &spec);
    return client;
}

static inline void round_trip_0(cap_t server)
{
    struct message m = MESSAGE_0(ECHO_0);
    sink = ipc_call(server, &m);
}

static inline void round_trip_4(cap_t server)
{
    struct message m = MESSAGE_4(ECHO_4);
    if (ipc_call(server, &m) == OK)
        sink = sum_4(&m);
}

static inline void round_trip_8(cap_t server)
{
    struct message m = MESSAGE_8(ECHO_8);
    if (ipc_call(server, &m) == OK)
        sink = sum_8(&m);
}

void bench_calls(struct bench *bench)
{
    const cap_t server = start_server(bench);
    measure_report("ipc_round_trip_0", measure_per_iteration(MEASURE_LOOP(round_trip_0(server))));
    measure_report("ipc_round_trip_4", measure_per_iteration(MEASURE_LOOP(round_trip_4(server))));
    measure_report("ipc_round_trip_8", measure_per_iteration(MEASURE_LOOP(round_trip_8(server))));
}
