/**
 * test_thread.c - configuring, starting, suspending, destroying; faults.
 */
#include "abi/fault.h"
#include "kernel/reap.h"
#include "tests/unit/kernel/machine.h"

static uint64_t start(uint32_t thread, uint64_t pc, uint64_t sp, uint64_t argument, uint64_t tls)
{
    return INVOKE(thread, THREAD_OP_START, pc, sp, argument, tls);
}

TEST("a started thread begins at pc with its stack pointer, argument and TLS base")
{
    boot();
    uint32_t index = make(OBJECT_THREAD, 0, 0);
    struct thread *thread = thread_at(index);
    CHECK_EQUAL(INVOKE(index, THREAD_OP_CONFIGURE, INIT_SLOT_TABLE, INIT_SLOT_SPACE, 0), OK);
    CHECK_EQUAL(INVOKE(INIT_SLOT_SCHED, SCHED_OP_BIND, index), OK);
    CHECK_EQUAL(start(index, 0x1000, 0x2000, 42, 0x3000), OK);
    CHECK_EQUAL(thread->context.pc, 0x1000);
    CHECK_EQUAL(thread->context.sp, 0x2000);
    CHECK_EQUAL(thread->context.argument, 42);
    CHECK_EQUAL(thread->context.tls, 0x3000);
    CHECK_EQUAL(INVOKE(index, THREAD_OP_INSPECT), OK);
    CHECK_EQUAL(results[0], THREAD_READY);
    CHECK_EQUAL(results[1], 0x1000);
    CHECK_EQUAL(results[2], 0x2000);
    run(thread);
}

TEST("start refuses addresses that are not user level's, and a thread without time")
{
    boot();
    uint32_t index = make(OBJECT_THREAD, 0, 0);
    CHECK_EQUAL(start(index, 0x1000, 0, 0, 0), BUSY);
    CHECK_EQUAL(INVOKE(INIT_SLOT_SCHED, SCHED_OP_BIND, index), OK);
    CHECK_EQUAL(start(index, USER_LIMIT, 0, 0, 0), RANGE);
    CHECK_EQUAL(start(index, 0, ~0ull, 0, 0), RANGE);
    CHECK_EQUAL(start(index, 0, 0, 0, 1ull << 63), RANGE);
    CHECK_EQUAL(thread_at(index)->state, THREAD_NEW);
    CHECK_EQUAL(start(index, 0, 0, 0, 0), OK);
    CHECK_EQUAL(start(index, 0, 0, 0, 0), BUSY);
}

TEST("configure refuses wrong capabilities, and threads that are not at rest")
{
    boot();
    uint32_t index = make(OBJECT_THREAD, 0, 0);
    uint32_t endpoint = make(OBJECT_ENDPOINT, 0, 0);
    uint32_t deaf = mint(endpoint, ENDPOINT_RIGHT_RECEIVE, 0);
    uint32_t bare = make(OBJECT_SPACE, 2, 0);
    CHECK_EQUAL(INVOKE(index, THREAD_OP_CONFIGURE, INIT_SLOT_SPACE, 0, 0), TYPE);
    CHECK_EQUAL(INVOKE(index, THREAD_OP_CONFIGURE, 0, INIT_SLOT_TABLE, 0), TYPE);
    CHECK_EQUAL(INVOKE(index, THREAD_OP_CONFIGURE, 0, 0, INIT_SLOT_TABLE), TYPE);
    CHECK_EQUAL(INVOKE(index, THREAD_OP_CONFIGURE, 0, 0, deaf), RIGHTS);
    CHECK_EQUAL(INVOKE(index, THREAD_OP_CONFIGURE, mint(INIT_SLOT_TABLE, 0, 0), 0, 0), RIGHTS);
    CHECK_EQUAL(INVOKE(index, THREAD_OP_CONFIGURE, 0, bare, 0), OK);
    CHECK_EQUAL(INVOKE(index, THREAD_OP_CONFIGURE, fresh(), 0, 0), BAD_HANDLE);
    CHECK_EQUAL(INVOKE(INIT_SLOT_THREAD, THREAD_OP_CONFIGURE, INIT_SLOT_TABLE, 0, 0), BUSY);
    CHECK(slot_empty(&thread_at(index)->bindings[BINDING_TABLE]));
}

TEST("a thread whose Table goes away can name nothing more")
{
    boot();
    uint32_t table = make(OBJECT_TABLE, 6, 0);
    uint32_t index = make(OBJECT_THREAD, 0, 0);
    CHECK_EQUAL(INVOKE(INIT_SLOT_TABLE, TABLE_OP_COPY, INIT_SLOT_SCHED, table, 1, 1), OK);
    CHECK_EQUAL(INVOKE(index, THREAD_OP_CONFIGURE, table, INIT_SLOT_SPACE, 0), OK);
    CHECK_EQUAL(INVOKE(INIT_SLOT_SCHED, SCHED_OP_BIND, index), OK);
    CHECK_EQUAL(start(index, 0, 0, 0, 0), OK);
    run(thread_at(index));
    CHECK_EQUAL(INVOKE(1, SCHED_OP_CONSUMED), OK);
    run(init_thread);
    del(table);
    run(thread_at(index));
    for (uint32_t slot = 0; slot < 4; slot++)
        for (uint32_t op = 6; op < 64; op++)
            CHECK_EQUAL(INVOKE(slot, op), bad_handle(op));
    CHECK_EQUAL(INVOKE(1, SCHED_OP_CONSUMED), BAD_HANDLE);
    reply_wait(1, 0, 0);
    CHECK_EQUAL(seen_result(running()), RECEIVED_ERROR | BAD_HANDLE);
}

TEST("configuring again replaces the bindings")
{
    boot();
    uint32_t index = make(OBJECT_THREAD, 0, 0);
    uint32_t one = make_space(false);
    uint32_t two = make_space(false);
    CHECK_EQUAL(INVOKE(index, THREAD_OP_CONFIGURE, INIT_SLOT_TABLE, one, 0), OK);
    CHECK_EQUAL(INVOKE(index, THREAD_OP_CONFIGURE, 0, two, 0), OK);
    CHECK_EQUAL(thread_at(index)->root, ((struct space *)slot_at(two)->object)->root);
    CHECK_EQUAL(INVOKE(index, THREAD_OP_CONFIGURE, 0, two, 0), OK);
    CHECK_EQUAL(slot_at(one)->object->references, 1);
    CHECK_EQUAL(slot_at(two)->object->references, 2);
}

TEST("configure while an interrupted deletion still holds its arguments changes nothing by halves")
{
    boot();
    uint32_t index = make(OBJECT_THREAD, 0, 0);
    uint32_t endpoint = make(OBJECT_ENDPOINT, 0, 0);
    uint32_t table = make(OBJECT_TABLE, 6, 0);
    uint32_t child = fresh();
    CHECK_EQUAL(INVOKE(INIT_SLOT_TABLE, TABLE_OP_MINT, endpoint, table, 1, 7, 8), OK);
    CHECK_EQUAL(INVOKE(INIT_SLOT_TABLE, TABLE_OP_MINT, endpoint, table, 2, 7, 0), OK);
    CHECK_EQUAL(INVOKE(table, TABLE_OP_MINT, 2, INIT_SLOT_TABLE, child, 7, 9), OK);
    /* The Table is unreachable, not yet taken apart, and whoever deleted it never runs again. */
    host_window_countdown = 1;
    struct message registers = {.words = {table}};
    host_syscall(HANDLE(INIT_SLOT_TABLE, TABLE_OP_DELETE), &registers, DEADLINE_NEVER);
    CHECK(running()->context.restart_handle != 0);
    running()->context.restart_handle = 0;
    CHECK(!slot_empty(slot_at(child)));
    uint64_t status = INVOKE(index, THREAD_OP_CONFIGURE, 0, 0, child);
    CHECK(status == OK || status == BAD_HANDLE);
    CHECK(reap_drain());
    CHECK(slot_empty(slot_at(child)));
    CHECK(slot_empty(&thread_at(index)->bindings[BINDING_FAULT]));
}

/* A Table with capabilities in it is unreachable, and whoever deleted it never runs again. */
static void leave_deletion(void)
{
    uint32_t table = make(OBJECT_TABLE, 6, 0);
    for (uint32_t i = 1; i < 4; i++)
        CHECK_EQUAL(
            INVOKE(INIT_SLOT_TABLE, TABLE_OP_MINT, make(OBJECT_ENDPOINT, 0, 0), table, i, 7, 8),
            OK);
    host_window_countdown = 1;
    struct message registers = {.words = {table}};
    host_syscall(HANDLE(INIT_SLOT_TABLE, TABLE_OP_DELETE), &registers, DEADLINE_NEVER);
    REQUIRE(running()->context.restart_handle != 0);
    running()->context.restart_handle = 0;
}

TEST("what changes a thread's bindings first ends an interrupted deletion, whatever interrupts")
{
    boot();
    uint32_t index = make(OBJECT_THREAD, 0, 0);
    uint32_t space = make_space(true);
    uint32_t notification = make(OBJECT_NOTIFICATION, 0, 0);
    leave_deletion();
    host_window_countdown = 1;
    CHECK_EQUAL(INVOKE(index, THREAD_OP_CONFIGURE, 0, INIT_SLOT_SPACE, 0), OK);
    CHECK_EQUAL(thread_at(index)->root, init_thread->root);
    leave_deletion();
    host_window_countdown = 1;
    CHECK_EQUAL(INVOKE(index, THREAD_OP_SET_GUEST, space, 0, 0), OK);
    CHECK_EQUAL(thread_at(index)->guest_root, ((struct space *)slot_at(space)->object)->root);
    leave_deletion();
    host_window_countdown = 1;
    CHECK_EQUAL(INVOKE(index, THREAD_OP_BIND_NOTIFICATION, notification), OK);
    CHECK(notify_bound(thread_at(index)) == (struct notification *)slot_at(notification)->object);
}

TEST("a suspended thread does not run until it is resumed")
{
    boot();
    uint32_t index = spawn_equal();
    CHECK_EQUAL(INVOKE(index, THREAD_OP_SUSPEND), OK);
    CHECK_EQUAL(thread_at(index)->state, THREAD_SUSPENDED);
    yield();
    CHECK(running() == init_thread);
    CHECK_EQUAL(INVOKE(index, THREAD_OP_RESUME), OK);
    CHECK_EQUAL(INVOKE(index, THREAD_OP_RESUME), BUSY);
    run(thread_at(index));
}

TEST("a new thread is neither suspended nor resumed into running")
{
    boot();
    uint32_t index = make(OBJECT_THREAD, 0, 0);
    CHECK_EQUAL(INVOKE(index, THREAD_OP_SUSPEND), OK);
    CHECK_EQUAL(thread_at(index)->state, THREAD_NEW);
    CHECK_EQUAL(INVOKE(index, THREAD_OP_RESUME), BUSY);
}

TEST("a thread may suspend itself")
{
    boot();
    uint32_t index = spawn_equal();
    run(thread_at(index));
    trap(HANDLE(index, THREAD_OP_SUSPEND), 0, (uint64_t[MESSAGE_WORDS]){0}, 0);
    CHECK(running() == init_thread);
    CHECK_EQUAL(INVOKE(index, THREAD_OP_RESUME), OK);
    run(thread_at(index));
    CHECK_EQUAL(seen_result(running()), OK);
}

TEST("a suspended wait finds CANCELLED, whatever it waited for")
{
    boot();
    uint32_t index = spawn_equal();
    uint32_t endpoint = make(OBJECT_ENDPOINT, 0, 0);
    uint32_t notification = make(OBJECT_NOTIFICATION, 0, 0);
    for (int wait = 0; wait < 3; wait++) {
        run(thread_at(index));
        if (wait == 0)
            ipc(endpoint, 0, 0);
        else
            reply_wait(wait == 1 ? endpoint : notification, 0, 0);
        run(init_thread);
        CHECK_EQUAL(INVOKE(index, THREAD_OP_SUSPEND), OK);
        CHECK_EQUAL(INVOKE(index, THREAD_OP_RESUME), OK);
        run(thread_at(index));
        CHECK_EQUAL(seen_result(running()), (wait > 0 ? RECEIVED_ERROR : 0) | CANCELLED);
    }
    CHECK(((struct notification *)slot_at(notification)->object)->waiter == NULL);
    CHECK(((struct endpoint *)slot_at(endpoint)->object)->fast == ENDPOINT_NOBODY);
}

TEST("a server that is suspended loses its caller, who finds GONE, and the caller's time")
{
    boot();
    const struct served call = make_served();
    run(init_thread);
    CHECK_EQUAL(INVOKE(call.server, THREAD_OP_SUSPEND), OK);
    run(thread_at(call.client));
    CHECK_EQUAL(seen_result(running()), GONE);
    run(init_thread);
    CHECK_EQUAL(INVOKE(call.server, THREAD_OP_RESUME), OK);
    run(thread_at(call.server));
    CHECK(cpu_first.sched == running()->home);
}

TEST("a caller that is suspended while it is served finds CANCELLED; the answer is not for it")
{
    boot();
    const struct served call = make_served();
    run(init_thread);
    CHECK_EQUAL(INVOKE(call.client, THREAD_OP_SUSPEND), OK);
    CHECK_EQUAL(INVOKE(call.client, THREAD_OP_RESUME), OK);
    run(thread_at(call.server));
    reply_wait(call.endpoint, 8, 8);
    run(thread_at(call.client));
    CHECK_EQUAL(seen_result(running()), CANCELLED);
}

TEST("a server that faulted and is started anew serves its call no more: the caller finds GONE")
{
    boot();
    const struct served call = make_served();
    fault(FAULT_PAGE, 1);
    run(init_thread);
    CHECK_EQUAL(thread_at(call.server)->state, THREAD_FAULTED);
    CHECK_EQUAL(thread_at(call.client)->state, THREAD_CALLING);
    CHECK_EQUAL(start(call.server, 0, 0, 0, 0), OK);
    run(thread_at(call.client));
    CHECK_EQUAL(seen_result(running()), GONE);
    run(thread_at(call.server));
    CHECK(!thread_serves(running()));
    CHECK(cpu_first.sched == running()->home);
}

TEST("a floor is at most the priority of the Sched that is shown")
{
    boot();
    uint32_t weak = make_sched(NANOS_PER_MS, 10 * NANOS_PER_MS, 100);
    uint32_t index = spawn_equal();
    CHECK_EQUAL(INVOKE(index, THREAD_OP_SET_FLOOR, weak, 101), RANGE);
    CHECK_EQUAL(INVOKE(index, THREAD_OP_SET_FLOOR, weak, 1ull << 32), RANGE);
    CHECK_EQUAL(INVOKE(index, THREAD_OP_SET_FLOOR, weak, 100), OK);
    CHECK_EQUAL(thread_at(index)->floor, 100);
    uint32_t homeless = make(OBJECT_THREAD, 0, 0);
    CHECK_EQUAL(INVOKE(homeless, THREAD_OP_SET_FLOOR, weak, 100), OK);
    CHECK_EQUAL(thread_at(homeless)->floor, 100);
    CHECK_EQUAL(INVOKE(index, THREAD_OP_SET_FLOOR, index, 1), TYPE);
    CHECK_EQUAL(INVOKE(index, THREAD_OP_SET_FLOOR, mint(weak, 0, 0), 1), RIGHTS);
}

TEST("a thread that destroys itself is gone, and somebody else runs")
{
    boot();
    uint32_t index = spawn_equal();
    uint32_t count = thread_count;
    run(thread_at(index));
    trap(HANDLE(INIT_SLOT_TABLE, TABLE_OP_DELETE), 0, (uint64_t[MESSAGE_WORDS]){index}, 0);
    CHECK(running() == init_thread);
    CHECK(slot_empty(slot_at(index)));
    CHECK_EQUAL(thread_count, count - 1);
}

TEST("a thread that revokes the memory of everything that it is gets nowhere, and nothing is left")
{
    boot();
    uint32_t untyped = make(OBJECT_UNTYPED, 19, 0);
    uint32_t table = make_from(untyped, OBJECT_TABLE, 6, 0);
    uint32_t index = make_from(untyped, OBJECT_THREAD, 0, 0);
    uint32_t sched = make_from(untyped, OBJECT_SCHED, 0, 0);
    CHECK_EQUAL(INVOKE(INIT_SLOT_SCHED, SCHED_OP_SPLIT, sched, NANOS_PER_MS, 100 * NANOS_PER_MS,
                       NANOS_PER_MS, 255),
                OK);
    CHECK_EQUAL(INVOKE(INIT_SLOT_TABLE, TABLE_OP_COPY, INIT_SLOT_TABLE, table, 1, 1), OK);
    CHECK_EQUAL(INVOKE(index, THREAD_OP_CONFIGURE, table, INIT_SLOT_SPACE, 0), OK);
    CHECK_EQUAL(INVOKE(sched, SCHED_OP_BIND, index), OK);
    CHECK_EQUAL(start(index, 0, 0, 0, 0), OK);
    run(thread_at(index));
    host_window_countdown = host_window_every = 2;
    trap(HANDLE(1, TABLE_OP_REVOKE), 0, (uint64_t[MESSAGE_WORDS]){untyped}, 0);
    CHECK(running() == init_thread);
    host_window_countdown = host_window_every = 0;
    CHECK_EQUAL(INVOKE(INIT_SLOT_TABLE, TABLE_OP_REVOKE, untyped), OK);
    CHECK_EQUAL(INVOKE(untyped, UNTYPED_OP_RESET), OK);
    CHECK_EQUAL(init_sched_object()->utilisation, SCHED_UTILISATION_ONE);
}

static void fault_and_answer(bool fast)
{
    boot();
    host_fast_enabled = fast;
    uint32_t endpoint = make(OBJECT_ENDPOINT, 0, 0);
    uint32_t badged = mint(endpoint, ENDPOINT_RIGHT_CALL, 55);
    uint32_t index = spawn_told(badged);
    uint32_t handler = spawn_server(endpoint);
    for (unsigned i = 0; i < MESSAGE_WORDS; i++)
        thread_at(handler)->message.words[i] = 9; /* as if it had sent that */
    run(thread_at(index));
    CHECK_EQUAL(INVOKE(INIT_SLOT_TABLE, 31, 1, 2, 3, 4, 5, 6, 7, 8), BAD_HANDLE);
    fault(FAULT_PAGE, 0xdead000);
    REQUIRE(running() == thread_at(handler));
    CHECK_EQUAL(seen_result(running()), 55);
    for (unsigned i = FAULT_WORDS; i < MESSAGE_WORDS; i++)
        CHECK_EQUAL(running()->context.seen.words[i], 0); /* not what was sent before */
    CHECK_EQUAL(seen_label(running()), FAULT_PAGE);
    CHECK_EQUAL(seen_word(running()), 0xdead000);
    unsigned before = host_fast_count;
    reply_wait(endpoint, 0, 0x7777);
    CHECK_EQUAL(host_fast_count - before, fast ? 1 : 0);
    run(thread_at(index));
    CHECK(running()->context.full);
    CHECK_EQUAL(running()->context.pc, 0x7777);
    CHECK_EQUAL(running()->slow_word, 0);
    CHECK_EQUAL(thread_at(handler)->slow_word, 0);
    host_fast_enabled = true;
}

TEST("a fault is a call to the fault endpoint; the answer lets the thread go on, elsewhere if "
     "asked (fast path)")
{
    fault_and_answer(true);
}

TEST("a fault is a call to the fault endpoint; the answer lets the thread go on, elsewhere if "
     "asked (slow path)")
{
    fault_and_answer(false);
}

TEST("an answer to a fault with another label leaves the thread suspended")
{
    boot();
    uint32_t endpoint = make(OBJECT_ENDPOINT, 0, 0);
    uint32_t index = spawn_told(endpoint);
    uint32_t handler = spawn_server(endpoint);
    run(thread_at(index));
    fault(FAULT_TRAP, 6);
    REQUIRE(running() == thread_at(handler));
    reply_wait(endpoint, 1, 0);
    run(init_thread);
    CHECK_EQUAL(thread_at(index)->state, THREAD_SUSPENDED);
    CHECK_EQUAL(INVOKE(index, THREAD_OP_RESUME), OK);
    run(thread_at(index));
}

TEST("who faults on lent time has it still when the fault is answered")
{
    boot();
    uint32_t faults = make(OBJECT_ENDPOINT, 0, 0), service = make(OBJECT_ENDPOINT, 0, 0);
    uint32_t server = spawn_told(faults);
    run(thread_at(server));
    reply_wait(service, 0, 0);
    run(init_thread);
    uint32_t handler = spawn_server(faults);
    uint32_t sched = make_sched(NANOS_PER_MS, 10 * NANOS_PER_MS, PRIORITIES - 1);
    uint32_t client = spawn(sched);
    run(thread_at(client));
    ipc(service, 0, 1);
    REQUIRE(running() == thread_at(server));
    CHECK(cpu_self()->sched == sched_at(sched));
    fault(FAULT_PAGE, 1);
    REQUIRE(running() == thread_at(handler));
    host_fast_enabled = false;
    reply_wait(faults, 0, 0x7777);
    host_fast_enabled = true;
    run(thread_at(server));
    CHECK(cpu_self()->sched == sched_at(sched));
}

TEST("a fault whose handler dies is reported again to the next one")
{
    boot();
    uint32_t endpoint = make(OBJECT_ENDPOINT, 0, 0);
    uint32_t index = spawn_told(endpoint);
    uint32_t handler = spawn_server(endpoint);
    run(thread_at(index));
    fault(FAULT_PAGE, 1);
    run(init_thread);
    del(handler);
    run(thread_at(index)); /* runs, and faults again at the same instruction */
    fault(FAULT_PAGE, 1);
    run(init_thread);
    CHECK_EQUAL(thread_at(index)->state, THREAD_QUEUED);
}

TEST("a thread that is suspended while its fault waits to be heard faults again when it is resumed")
{
    boot();
    uint32_t endpoint = make(OBJECT_ENDPOINT, 0, 0);
    uint32_t index = spawn_told(endpoint);
    run(thread_at(index));
    fault(FAULT_PAGE, 1);
    CHECK_EQUAL(thread_at(index)->state, THREAD_QUEUED);
    CHECK_EQUAL(INVOKE(index, THREAD_OP_SUSPEND), OK);
    CHECK_EQUAL(thread_at(index)->slow_word & SLOW_FAULT_CALL, 0);
    CHECK_EQUAL(INVOKE(index, THREAD_OP_RESUME), OK);
    run(thread_at(index));
    fault(FAULT_PAGE, 1);
    CHECK_EQUAL(thread_at(index)->state, THREAD_QUEUED);
}

TEST("a fault whose endpoint demands more than the thread has left stops the thread")
{
    boot();
    uint32_t endpoint = make(OBJECT_ENDPOINT, 0, 0);
    uint32_t index = spawn_told(endpoint);
    CHECK_EQUAL(INVOKE(endpoint, ENDPOINT_OP_DEMAND_BUDGET, NANOS_PER_S), OK);
    run(thread_at(index));
    fault(FAULT_PAGE, 1);
    CHECK_EQUAL(thread_at(index)->state, THREAD_FAULTED);
}

TEST("a change of floor reaches a thread that receives already")
{
    boot();
    uint32_t endpoint = make(OBJECT_ENDPOINT, 0, 0);
    uint32_t server = spawn(make_sched(NANOS_PER_MS / 4, NANOS_PER_MS, 10));
    uint32_t client = spawn(make_sched(NANOS_PER_MS / 4, NANOS_PER_MS, 10));
    uint32_t notification = make(OBJECT_NOTIFICATION, 0, 0);
    uint32_t bit = mint(notification, NOTIFICATION_RIGHT_SIGNAL, 1);
    reply_wait(notification, 0, 0);
    run(thread_at(server));
    reply_wait(endpoint, 0, 0);
    run(thread_at(client));
    trap(HANDLE(server, THREAD_OP_SET_FLOOR), 0, (uint64_t[MESSAGE_WORDS]){INIT_SLOT_SCHED, 200},
         0);
    CHECK_EQUAL(thread_at(server)->floor, 200);
    ipc(endpoint, 0, 0);
    REQUIRE(running() == thread_at(server));
    trap(HANDLE(bit, NOTIFICATION_OP_SIGNAL), 0, (uint64_t[MESSAGE_WORDS]){0}, 0);
    CHECK(running() == init_thread);
    CHECK_EQUAL(thread_at(server)->rank, 200);
}

TEST("a thread that lost its home cannot be resumed until it has another")
{
    boot();
    uint32_t sched = make_sched(NANOS_PER_MS, 10 * NANOS_PER_MS, 255);
    uint32_t index = spawn(sched);
    del(sched);
    CHECK_EQUAL(thread_at(index)->state, THREAD_SUSPENDED);
    CHECK_EQUAL(INVOKE(index, THREAD_OP_RESUME), BUSY);
    CHECK_EQUAL(INVOKE(INIT_SLOT_SCHED, SCHED_OP_BIND, index), OK);
    CHECK_EQUAL(INVOKE(index, THREAD_OP_RESUME), OK);
    run(thread_at(index));
}

TEST("a fault with nobody to tell stops the thread until it is resumed")
{
    boot();
    uint32_t index = spawn_equal();
    run(thread_at(index));
    fault(FAULT_PAGE, 1);
    CHECK(running() == init_thread);
    CHECK_EQUAL(INVOKE(index, THREAD_OP_INSPECT), OK);
    CHECK_EQUAL(results[0], THREAD_FAULTED);
    CHECK_EQUAL(INVOKE(index, THREAD_OP_CONFIGURE, 0, INIT_SLOT_SPACE, 0), OK);
    CHECK_EQUAL(INVOKE(index, THREAD_OP_RESUME), OK);
    run(thread_at(index));
}

TEST("a Thread without the manage right cannot be changed")
{
    boot();
    uint32_t index = spawn_equal();
    uint32_t weak = mint(index, THREAD_RIGHT_KICK, 0);
    CHECK_EQUAL(INVOKE(weak, THREAD_OP_SUSPEND), RIGHTS);
    CHECK_EQUAL(INVOKE(weak, THREAD_OP_INSPECT), RIGHTS);
    CHECK_EQUAL(INVOKE(weak, THREAD_OP_SET_FLOOR, INIT_SLOT_SCHED, 1), RIGHTS);
    CHECK_EQUAL(INVOKE(INIT_SLOT_SCHED, SCHED_OP_BIND, weak), RIGHTS);
    CHECK_EQUAL(INVOKE(weak, THREAD_OP_KICK), OK);
}

TEST("the TLS base can be set to a user address only")
{
    boot();
    CHECK_EQUAL(INVOKE(INIT_SLOT_THREAD, THREAD_OP_SET_TLS, USER_LIMIT), RANGE);
    CHECK_EQUAL(INVOKE(INIT_SLOT_THREAD, THREAD_OP_SET_TLS, 0x5000), OK);
    CHECK_EQUAL(init_thread->context.tls, 0x5000);
}

TEST("vector registers that were left for a thread are nobody's when it is gone")
{
    boot();
    uint32_t index = make(OBJECT_THREAD, 0, OBJECT_FLAG);
    struct thread *thread = thread_at(index);
    thread->context.vector = 42;
    del(index);
    CHECK_EQUAL(thread->context.vector, 0);
}
