/**
 * both.h - a server that waits, a client that runs, and tests of theirs that run on the fast path
 * and without it: what a thread sees must not differ.
 */
#pragma once

#include "tests/unit/kernel/machine.h"

/** A server thread that waits at an Endpoint, and a client; init's priority; slots. */
static uint32_t endpoint, client, server;

static inline void setup(bool fast)
{
    boot();
    host_fast_enabled = fast;
    endpoint = make(OBJECT_ENDPOINT, 0, 0);
    server = spawn_equal();
    client = spawn_equal();
    REQUIRE(INVOKE(server, THREAD_OP_SET_FLOOR, INIT_SLOT_SCHED, PRIORITIES - 1) == OK);
    run(thread_at(server));
    reply_wait(endpoint, 0, 0);
    run(thread_at(client));
}

/** setup_served - and the server works on a call of the client's. Returns a Notification. */
static inline uint32_t setup_served(bool fast)
{
    setup(fast);
    run(init_thread);
    uint32_t notification = make(OBJECT_NOTIFICATION, 0, 0);
    run(thread_at(client));
    ipc(endpoint, 1, 0);
    REQUIRE(running() == thread_at(server));
    return notification;
}

#define TEST_BOTH(sentence)               TEST_BOTH_NAMED(sentence, __COUNTER__)
#define TEST_BOTH_NAMED(sentence, number) TEST_BOTH_DEFINE(sentence, number)
#define TEST_BOTH_DEFINE(sentence, number)                                                         \
    static void both_##number(bool fast);                                                          \
    TEST(sentence " (fast path)") { both_##number(true); }                                         \
    TEST(sentence " (slow path)") { both_##number(false); }                                        \
    static void both_##number(UNUSED bool fast)
