/**
 * test_server.c - an Endpoint's server: it keeps its place while it works, so that the fast path
 * has nothing to put back, and whatever would make that wrong takes the place from it.
 */
#include "tests/unit/kernel/both.h"

static const struct endpoint *endpoint_at(uint32_t index)
{
    return (const struct endpoint *)slot_at(index)->object;
}

static bool is_server(uint32_t thread, uint32_t index)
{
    return endpoint_at(index)->fast == thread_at(thread);
}

static bool has_server(uint32_t index) { return endpoint_at(index)->fast != ENDPOINT_NOBODY; }

/* The client's call is with the server, which runs. */
static void start_work(bool fast)
{
    setup(fast);
    REQUIRE(is_server(server, endpoint));
    ipc(endpoint, 1, 0);
    REQUIRE(running() == thread_at(server));
}

TEST_BOTH("a server keeps its place while it works, and takes the next call there")
{
    start_work(fast);
    CHECK(is_server(server, endpoint));
    for (uint32_t label = 2; label < 5; label++) {
        reply_wait(endpoint, 0, 0);
        REQUIRE(running() == thread_at(client));
        CHECK(is_server(server, endpoint));
        ipc(endpoint, label, 0);
        REQUIRE(running() == thread_at(server));
        CHECK_EQUAL(seen_label(running()), label);
    }
}

TEST_BOTH("a call that must wait takes the place: the answer does not overlook it")
{
    start_work(fast);
    run(init_thread);
    ipc(endpoint, 2, 0);
    CHECK_EQUAL(init_thread->state, THREAD_QUEUED);
    CHECK(!has_server(endpoint));
    run(thread_at(server));
    reply_wait(endpoint, 0, 0);
    run(thread_at(server));
    CHECK_EQUAL(seen_label(running()), 2);
    reply_wait(endpoint, 0, 0);
    CHECK(is_server(server, endpoint));
}

TEST_BOTH("a server that calls elsewhere and has to wait there keeps its place")
{
    setup(fast);
    run(init_thread);
    uint32_t inner = make(OBJECT_ENDPOINT, 0, 0);
    run(thread_at(client));
    ipc(endpoint, 1, 0);
    REQUIRE(running() == thread_at(server));
    ipc(inner, 2, 0);
    CHECK_EQUAL(thread_at(server)->state, THREAD_QUEUED);
    CHECK(is_server(server, endpoint));
    run(init_thread);
    reply_wait(inner, 0, 0);
    REQUIRE(running() == init_thread);
    reply_wait(inner, 0, 0);
    REQUIRE(running() == thread_at(server));
    reply_wait(endpoint, 0, 0);
    CHECK(is_server(server, endpoint) && is_server(INIT_SLOT_THREAD, inner));
}

TEST_BOTH("nobody is the server of two Endpoints")
{
    setup(fast);
    run(init_thread);
    uint32_t other = make(OBJECT_ENDPOINT, 0, 0);
    run(thread_at(client));
    ipc(endpoint, 1, 0);
    REQUIRE(running() == thread_at(server));
    reply_wait(other, 0, 0);
    CHECK(!has_server(endpoint));
    CHECK(is_server(server, other));
    run(thread_at(client));
    ipc(endpoint, 2, 0);
    CHECK_EQUAL(thread_at(client)->state, THREAD_QUEUED);
}

TEST_BOTH("who receives where a server works has the place; who waits there with it has none")
{
    start_work(fast);
    run(init_thread);
    reply_wait(endpoint, 0, 0);
    CHECK(is_server(INIT_SLOT_THREAD, endpoint));
    run(thread_at(server));
    reply_wait(endpoint, 0, 0);
    CHECK(!has_server(endpoint));
    run(thread_at(client));
    ipc(endpoint, 2, 0);
    CHECK_EQUAL(seen_label(init_thread), 2); /* it has waited for longer */
}

TEST_BOTH("a server that ends at work has no place any more")
{
    start_work(fast);
    run(init_thread);
    del(server);
    CHECK(!has_server(endpoint));
    run(thread_at(client));
    CHECK_EQUAL(seen_result(running()), GONE);
    ipc(endpoint, 2, 0);
    CHECK_EQUAL(thread_at(client)->state, THREAD_QUEUED);
}

TEST_BOTH("an Endpoint that ends leaves its server at work without a place, and the answer arrives")
{
    start_work(fast);
    run(init_thread);
    del(endpoint);
    CHECK(thread_at(server)->receives_at == NULL);
    uint32_t other = make(OBJECT_ENDPOINT, 0, 0);
    run(thread_at(server));
    reply_wait(other, 0, 0);
    CHECK(is_server(server, other));
    run(thread_at(client));
    CHECK_EQUAL(seen_result(running()), OK);
}

TEST_BOTH("where a budget is demanded nobody has the place, also not who works just then")
{
    start_work(fast);
    run(init_thread);
    REQUIRE(INVOKE(endpoint, ENDPOINT_OP_DEMAND_BUDGET, 1000) == OK);
    CHECK(!has_server(endpoint));
    run(thread_at(server));
    reply_wait(endpoint, 0, 0);
    CHECK(!has_server(endpoint));
    CHECK_EQUAL(thread_at(server)->state, THREAD_RECEIVING);
}

TEST_BOTH("a server that waits until a deadline has no place meanwhile")
{
    start_work(fast);
    receive_until(endpoint, host_now + NANOS_PER_MS);
    CHECK_EQUAL(thread_at(server)->state, THREAD_RECEIVING);
    CHECK(!has_server(endpoint));
    elapse(2 * NANOS_PER_MS);
    run(thread_at(server));
    CHECK_EQUAL(seen_result(running()), RECEIVED_ERROR | TIMEOUT);
    reply_wait(endpoint, 0, 0);
    CHECK(is_server(server, endpoint));
}

TEST_BOTH("a server that listens at a Notification is called only when it receives again")
{
    uint32_t notification = setup_served(fast);
    reply_wait(notification, 0, 0);
    run(thread_at(client));
    ipc(endpoint, 2, 0);
    CHECK_EQUAL(thread_at(client)->state, THREAD_QUEUED);
    CHECK_EQUAL(thread_at(server)->state, THREAD_LISTENING);
    run(init_thread);
    uint32_t bit = mint(notification, NOTIFICATION_RIGHT_SIGNAL, 4);
    CHECK_EQUAL(INVOKE(bit, NOTIFICATION_OP_SIGNAL), OK);
    run(thread_at(server));
    CHECK_EQUAL(seen_result(running()), RECEIVED_SIGNAL | 4);
    reply_wait(endpoint, 0, 0);
    run(thread_at(server));
    CHECK_EQUAL(seen_label(running()), 2);
}

TEST_BOTH("a server that a signal wakes serves nobody, whomever it served before")
{
    uint32_t notification = setup_served(fast);
    reply_wait(endpoint, 8, 0);
    run(init_thread);
    uint32_t bit = mint(notification, NOTIFICATION_RIGHT_SIGNAL, 4);
    CHECK_EQUAL(INVOKE(server, THREAD_OP_BIND_NOTIFICATION, notification), OK);
    CHECK_EQUAL(INVOKE(bit, NOTIFICATION_OP_SIGNAL), OK);
    run(thread_at(server));
    CHECK_EQUAL(seen_result(running()), RECEIVED_SIGNAL | 4);
    CHECK(!thread_serves(running()));
    reply_wait(endpoint, 9, 0);
    run(thread_at(client));
    CHECK_EQUAL(seen_label(running()), 8);
}
