/**
 * stand_in.c - a server in the place of a kernel object, and one in another Space.
 */
#include "test.h"

static cap_t service;

/* An Untyped that is twice as large as it is. */
static void interpose(void *untyped)
{
    struct message m = {0};
    for (;;) {
        const uint64_t received = ipc_reply_wait(service, &m);
        uint64_t base = 0, size_log2 = 0, used = 0, device = 0;
        if (received & (RECEIVED_ERROR | RECEIVED_SIGNAL))
            continue;
        CHECK_OK(untyped_info(*(const cap_t *)untyped, &base, &size_log2, &used, &device));
        m = (struct message){.tag = TAG(OK, 4), .words = {base, size_log2 + 1, used, device}};
    }
}

static void interposition(void)
{
    cap_t pool = env_make(OBJECT_UNTYPED, 13, 0);
    uint64_t base = 0, size_log2 = 0, used = 1, device = 1, real_base = 0;
    service = env_endpoint();
    helper_high(interpose, &pool);
    CHECK_OK(untyped_info(env_caller(service, 1), &base, &size_log2, &used, &device));
    CHECK_EQUAL(size_log2, 14);
    CHECK_OK(untyped_info(pool, &real_base, &size_log2, &used, &device));
    CHECK_EQUAL(base, real_base);
}

static void other_space(void *unused)
{
    struct message m = {0};
    (void)unused;
    for (;;) {
        (void)!ipc_reply_wait(1, &m);
        *(volatile uint64_t *)PEER_SHARED_ADDRESS = m.words[0]; /* only here it is there */
        m.words[0] *= 2;
        m.tag = TAG(OK, 8);
    }
}

static void across_spaces(void)
{
    struct peer peer;
    struct kit_thread spec = {
        .sched = env_sched, .fault = env_fault, .floor = PRIORITY_HIGH, .main = other_space};
    cap_t thread = CAP_NONE;
    struct message m = {.tag = TAG(0, 8), .words = {21, 2, 3, 4, 5, 6, 7, 8}};
    const cap_t endpoint = env_endpoint();
    CHECK_OK(peer_make(&env, &peer));
    CHECK_OK(peer_grant(&peer, endpoint, 1, ENDPOINT_RIGHT_RECEIVE));
    peer_thread(&peer, &spec);
    CHECK_OK(kit_thread_make(&env, &spec, &thread));
    CHECK_OK(kit_thread_start(thread, &spec));
    CHECK_OK(ipc_call(env_caller(endpoint, 1), &m));
    CHECK_EQUAL(*(volatile uint64_t *)peer.shared, 21); /* which is here alone */
    CHECK_EQUAL(m.words[0], 42);
    CHECK_EQUAL(m.words[7], 8);
}

TEST_SUITE(stand_in, {"a server can stand in for a kernel object", interposition},
           {"a call crosses into another Space", across_spaces});
