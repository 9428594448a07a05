/**
 * test_turns.c - turns of those who are equal, and who waits for what when its time is used up.
 */
#include "tests/unit/kernel/machine.h"

TEST("threads of one priority take turns of a slice each")
{
    boot();
    uint32_t turns[3] = {0};
    uint32_t threads[3];
    for (int i = 0; i < 3; i++)
        threads[i] = spawn(make_sched(3 * NANOS_PER_MS, 10 * NANOS_PER_MS, 7));
    reply_wait(make(OBJECT_NOTIFICATION, 0, 0), 0, 0);
    for (int i = 0; i < 60; i++) {
        elapse(100000);
        for (int t = 0; t < 3; t++)
            turns[t] += running() == thread_at(threads[t]);
    }
    for (int t = 0; t < 3; t++)
        CHECK(turns[t] >= 15 && turns[t] <= 25);
}

TEST("a signal to a thread that has used up its time leaves the turn of who runs as it is")
{
    boot();
    uint32_t notification = make(OBJECT_NOTIFICATION, 0, 0);
    uint32_t bit = mint(notification, NOTIFICATION_RIGHT_SIGNAL, 1);
    uint32_t dry = spawn(make_sched(NANOS_PER_MS / 10, 100 * NANOS_PER_MS, 255));
    uint32_t one = spawn(make_sched(3 * NANOS_PER_MS, 10 * NANOS_PER_MS, 7));
    uint32_t other = spawn(make_sched(3 * NANOS_PER_MS, 10 * NANOS_PER_MS, 7));
    run(thread_at(dry));
    host_now += NANOS_PER_MS / 10;
    reply_wait(notification, 0, 0);
    reply_wait(make(OBJECT_NOTIFICATION, 0, 0), 0, 0);
    REQUIRE(running() == thread_at(one));
    nanos_t end = cpu_first.slice_end;
    elapse((end - host_now) / 2);
    trap(HANDLE(bit, NOTIFICATION_OP_SIGNAL), 0, (uint64_t[MESSAGE_WORDS]){0}, 0);
    REQUIRE(running() == thread_at(one));
    elapse(end - host_now);
    CHECK(running() == thread_at(other));
}

TEST("each thread of a Sched has a whole turn, whoever was before it")
{
    boot();
    uint32_t sched = make_sched(3 * NANOS_PER_MS, 10 * NANOS_PER_MS, 7);
    uint32_t one = spawn(sched), other = spawn(sched);
    reply_wait(make(OBJECT_NOTIFICATION, 0, 0), 0, 0);
    REQUIRE(running() == thread_at(one));
    const nanos_t turn = cpu_first.slice_end - host_now;
    elapse(turn * 3 / 4);
    yield();
    REQUIRE(running() == thread_at(other));
    elapse(turn / 2);
    CHECK(running() == thread_at(other));
}

TEST("a server that is dry on both Scheds waits for the lent one, not for its own")
{
    boot();
    uint32_t endpoint = make(OBJECT_ENDPOINT, 0, 0);
    uint32_t server = spawn(make_sched(NANOS_PER_MS, 100 * NANOS_PER_MS, 255));
    uint32_t client = spawn(make_sched(NANOS_PER_MS, 10 * NANOS_PER_MS, 255));
    run(thread_at(server));
    host_now += NANOS_PER_MS;
    reply_wait(endpoint, 0, 0);
    run(thread_at(client));
    ipc(endpoint, 0, 0);
    REQUIRE(running() == thread_at(server));
    host_now += NANOS_PER_MS;
    yield();
    REQUIRE(running() == init_thread);
    receive_until(make(OBJECT_NOTIFICATION, 0, 0), host_now + 50 * NANOS_PER_MS);
    CHECK(running() == thread_at(server));
    CHECK(cpu_first.sched == thread_at(client)->home);
}
