/**
 * test_notify.c - Notifications.
 */
#include "tests/unit/kernel/machine.h"

static struct notification *notification_at(uint32_t index)
{
    return (struct notification *)slot_at(index)->object;
}

static void merge(bool fast)
{
    boot();
    host_fast_enabled = fast;
    uint32_t notification = make(OBJECT_NOTIFICATION, 0, 0);
    uint32_t one = mint(notification, NOTIFICATION_RIGHT_SIGNAL, 1);
    uint32_t four = mint(notification, NOTIFICATION_RIGHT_SIGNAL, 4);
    CHECK_EQUAL(INVOKE(one, NOTIFICATION_OP_SIGNAL), OK);
    CHECK_EQUAL(INVOKE(four, NOTIFICATION_OP_SIGNAL), OK);
    CHECK_EQUAL(INVOKE(one, NOTIFICATION_OP_SIGNAL), OK);
    CHECK_EQUAL(notification_at(notification)->bits, 5);
    reply_wait(notification, 0, 0);
    CHECK(running() == init_thread);
    CHECK_EQUAL(seen_result(init_thread), RECEIVED_SIGNAL | 5);
    CHECK_EQUAL(notification_at(notification)->bits, 0);
}

TEST("signals merge, and one wait takes all bits (fast path)") { merge(true); }

TEST("signals merge, and one wait takes all bits (slow path)") { merge(false); }

TEST("a signal wakes the waiter at once if it has the higher priority")
{
    boot();
    uint32_t notification = make(OBJECT_NOTIFICATION, 0, 0);
    uint32_t bit = mint(notification, NOTIFICATION_RIGHT_SIGNAL, 2);
    uint32_t low = spawn(make_sched(NANOS_PER_MS, 10 * NANOS_PER_MS, 10));
    reply_wait(notification, 0, 0);
    REQUIRE(running() == thread_at(low));
    trap(HANDLE(bit, NOTIFICATION_OP_SIGNAL), 0, (uint64_t[MESSAGE_WORDS]){0}, 0);
    CHECK(running() == init_thread);
    CHECK_EQUAL(seen_result(init_thread), RECEIVED_SIGNAL | 2);
    CHECK_EQUAL(notification_at(notification)->bits, 0);
}

TEST("a signal to a waiter of lower priority leaves the signaller running")
{
    boot();
    uint32_t notification = make(OBJECT_NOTIFICATION, 0, 0);
    uint32_t bit = mint(notification, NOTIFICATION_RIGHT_SIGNAL, 2);
    uint32_t other = make(OBJECT_NOTIFICATION, 0, 0);
    uint32_t wake = mint(other, NOTIFICATION_RIGHT_SIGNAL, 1);
    uint32_t low = spawn(make_sched(NANOS_PER_MS, 10 * NANOS_PER_MS, 10));
    uint32_t lower = spawn(make_sched(NANOS_PER_MS, 10 * NANOS_PER_MS, 9));
    reply_wait(other, 0, 0);
    REQUIRE(running() == thread_at(low));
    reply_wait(notification, 0, 0);
    REQUIRE(running() == thread_at(lower));
    trap(HANDLE(wake, NOTIFICATION_OP_SIGNAL), 0, (uint64_t[MESSAGE_WORDS]){0}, 0);
    REQUIRE(running() == init_thread);
    CHECK_EQUAL(INVOKE(bit, NOTIFICATION_OP_SIGNAL), OK);
    CHECK_EQUAL(thread_at(low)->state, THREAD_READY);
}

TEST("polls, deadlines and a second waiter end a wait without a signal")
{
    boot();
    uint32_t notification = make(OBJECT_NOTIFICATION, 0, 0);
    uint32_t index = spawn_equal();
    receive_until(notification, DEADLINE_POLL);
    CHECK_EQUAL(seen_result(init_thread), RECEIVED_ERROR | TIMEOUT);
    run(thread_at(index));
    receive_until(notification, host_now + 3000);
    run(init_thread);
    reply_wait(notification, 0, 0);
    CHECK(running() == init_thread);
    CHECK_EQUAL(seen_result(init_thread), RECEIVED_ERROR | BUSY);
    elapse(5000);
    run(thread_at(index));
    CHECK_EQUAL(seen_result(running()), RECEIVED_ERROR | TIMEOUT);
}

TEST("only the right capability signals or waits")
{
    boot();
    uint32_t notification = make(OBJECT_NOTIFICATION, 0, 0);
    uint32_t signal_only = mint(notification, NOTIFICATION_RIGHT_SIGNAL, 1);
    uint32_t wait_only = mint(notification, NOTIFICATION_RIGHT_RECEIVE, 1);
    reply_wait(signal_only, 0, 0);
    CHECK_EQUAL(seen_result(init_thread), RECEIVED_ERROR | BAD_HANDLE);
    CHECK_EQUAL(INVOKE(wait_only, NOTIFICATION_OP_SIGNAL), RIGHTS);
    CHECK_EQUAL(INVOKE(notification, NOTIFICATION_OP_SIGNAL), RANGE);
}

TEST("a Notification that goes away leaves its waiter with GONE")
{
    boot();
    uint32_t notification = make(OBJECT_NOTIFICATION, 0, 0);
    uint32_t index = spawn_equal();
    run(thread_at(index));
    reply_wait(notification, 0, 0);
    run(init_thread);
    del(notification);
    run(thread_at(index));
    CHECK_EQUAL(seen_result(running()), RECEIVED_ERROR | GONE);
}

TEST("a bound Notification ends a receive on an Endpoint")
{
    boot();
    uint32_t notification = make(OBJECT_NOTIFICATION, 0, 0);
    uint32_t bit = mint(notification, NOTIFICATION_RIGHT_SIGNAL, 16);
    uint32_t endpoint = make(OBJECT_ENDPOINT, 0, 0);
    uint32_t index = spawn_equal();
    CHECK_EQUAL(INVOKE(index, THREAD_OP_BIND_NOTIFICATION, notification), OK);
    run(thread_at(index));
    reply_wait(endpoint, 0, 0);
    run(init_thread);
    CHECK_EQUAL(INVOKE(bit, NOTIFICATION_OP_SIGNAL), OK);
    run(thread_at(index));
    CHECK_EQUAL(seen_result(running()), RECEIVED_SIGNAL | 16);
    run(init_thread);
    CHECK_EQUAL(INVOKE(bit, NOTIFICATION_OP_SIGNAL), OK);
    run(thread_at(index));
    reply_wait(endpoint, 0, 0);
    CHECK(running() == thread_at(index));
    CHECK_EQUAL(seen_result(running()), RECEIVED_SIGNAL | 16);
}

TEST("who receives finds the signals of its Notification before the calls that are queued")
{
    boot();
    uint32_t notification = make(OBJECT_NOTIFICATION, 0, 0);
    uint32_t bit = mint(notification, NOTIFICATION_RIGHT_SIGNAL, 16);
    uint32_t endpoint = make(OBJECT_ENDPOINT, 0, 0);
    uint32_t index = spawn_equal();
    uint32_t client = spawn_equal();
    CHECK_EQUAL(INVOKE(index, THREAD_OP_BIND_NOTIFICATION, notification), OK);
    CHECK_EQUAL(INVOKE(bit, NOTIFICATION_OP_SIGNAL), OK);
    run(thread_at(client));
    ipc(endpoint, 3, 0);
    run(thread_at(index));
    reply_wait(endpoint, 0, 0);
    run(thread_at(index));
    CHECK_EQUAL(seen_result(running()), RECEIVED_SIGNAL | 16);
    reply_wait(endpoint, 0, 0);
    run(thread_at(index));
    CHECK_EQUAL(seen_label(running()), 3);
}

TEST("a Notification is bound to one thread, and 0 or its deletion unbinds it")
{
    boot();
    uint32_t notification = make(OBJECT_NOTIFICATION, 0, 0);
    uint32_t one = spawn_equal();
    uint32_t two = spawn_equal();
    CHECK_EQUAL(INVOKE(one, THREAD_OP_BIND_NOTIFICATION, notification), OK);
    CHECK_EQUAL(INVOKE(one, THREAD_OP_BIND_NOTIFICATION, notification), OK);
    CHECK_EQUAL(INVOKE(two, THREAD_OP_BIND_NOTIFICATION, notification), BUSY);
    CHECK_EQUAL(INVOKE(one, THREAD_OP_BIND_NOTIFICATION, 0), OK);
    CHECK_EQUAL(INVOKE(two, THREAD_OP_BIND_NOTIFICATION, notification), OK);
    CHECK_EQUAL(INVOKE(two, THREAD_OP_BIND_NOTIFICATION, one), TYPE);
    del(notification);
    CHECK(notify_bound(thread_at(two)) == NULL);
}

TEST("a Notification that is unbound keeps its signals, and the thread finds none")
{
    boot();
    uint32_t notification = make(OBJECT_NOTIFICATION, 0, 0);
    uint32_t bit = mint(notification, NOTIFICATION_RIGHT_SIGNAL, 8);
    uint32_t endpoint = make(OBJECT_ENDPOINT, 0, 0);
    uint32_t index = spawn_equal();
    CHECK_EQUAL(INVOKE(index, THREAD_OP_BIND_NOTIFICATION, notification), OK);
    CHECK_EQUAL(INVOKE(bit, NOTIFICATION_OP_SIGNAL), OK);
    CHECK_EQUAL(INVOKE(index, THREAD_OP_BIND_NOTIFICATION, 0), OK);
    CHECK_EQUAL(thread_at(index)->slow_word, 0);
    run(thread_at(index));
    receive_until(endpoint, DEADLINE_POLL);
    CHECK_EQUAL(seen_result(running()), RECEIVED_ERROR | TIMEOUT);
    receive_until(notification, DEADLINE_POLL);
    CHECK_EQUAL(seen_result(running()), RECEIVED_SIGNAL | 8);
}

TEST("binding a Notification that has bits wakes a thread that receives already")
{
    boot();
    uint32_t notification = make(OBJECT_NOTIFICATION, 0, 0);
    uint32_t bit = mint(notification, NOTIFICATION_RIGHT_SIGNAL, 8);
    uint32_t endpoint = make(OBJECT_ENDPOINT, 0, 0);
    uint32_t index = spawn_equal();
    run(thread_at(index));
    reply_wait(endpoint, 0, 0);
    run(init_thread);
    CHECK_EQUAL(INVOKE(bit, NOTIFICATION_OP_SIGNAL), OK);
    CHECK_EQUAL(INVOKE(index, THREAD_OP_BIND_NOTIFICATION, notification), OK);
    run(thread_at(index));
    CHECK_EQUAL(seen_result(running()), RECEIVED_SIGNAL | 8);
}
