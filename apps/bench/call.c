/**
 * call.c - ipc_round_trip_*: call and reply-and-wait between two address spaces.
 *
 * The client makes the words, the server sums them and makes as many for the answer, the client
 * sums those: every word is used on both sides. The server is a loop as real ones are: it looks
 * whether it received a call, and dispatches on its label.
 */
#include "bench.h"
#include "measure.h"

#include <corm/kernel_calls.h>

/* The server's Table. */
enum { SERVER_ENDPOINT = 1 };

enum echo_label { ECHO_0 = 1, ECHO_4 = 2, ECHO_8 = 3 };

/* Results go here, so that summing is not left out. */
static volatile uint64_t sink;

static inline __attribute__((always_inline)) uint64_t sum(const struct message *m, unsigned count)
{
    uint64_t total = 0;
    for (unsigned i = 0; i < count; i++)
        total += m->words[i];
    return total;
}

static inline __attribute__((always_inline)) struct message make(uint32_t label, unsigned count)
{
    struct message m = {.tag = TAG(label, count)};
    for (unsigned i = 0; i < count; i++)
        m.words[i] = i + 1;
    return m;
}

static void serve(void *unused)
{
    struct message m = {0};
    (void)unused;
    for (;;) {
        const uint64_t received = ipc_reply_wait(SERVER_ENDPOINT, &m);
        if (received & (RECEIVED_SIGNAL | RECEIVED_ERROR))
            continue;
        switch (tag_label(m.tag)) {
        case ECHO_0:
            m = make(OK, 0);
            break;
        case ECHO_4:
            sink = sum(&m, 4);
            m = make(OK, 4);
            break;
        case ECHO_8:
            sink = sum(&m, 8);
            m = make(OK, 8);
            break;
        default:
            m = make(METHOD, 0);
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

static inline __attribute__((always_inline)) void round_trip(cap_t server, uint32_t label,
                                                             unsigned count)
{
    struct message m = make(label, count);
    status_t status = ipc_call(server, &m);
    if (count > 0)
        sink = sum(&m, count);
    else
        sink = status;
}

void bench_calls(struct bench *bench)
{
    const cap_t server = start_server(bench);
    measure_report("ipc_round_trip_0",
                   measure_per_iteration(MEASURE_LOOP(round_trip(server, ECHO_0, 0))));
    measure_report("ipc_round_trip_4",
                   measure_per_iteration(MEASURE_LOOP(round_trip(server, ECHO_4, 4))));
    measure_report("ipc_round_trip_8",
                   measure_per_iteration(MEASURE_LOOP(round_trip(server, ECHO_8, 8))));
}
