/**
 * test_hostile.c - what an unlucky or hostile program might try: operations that take away what
 * they are about to use, and capabilities that overlap.
 */
#include "abi/bundle.h"
#include "kernel/pagetable.h"
#include "kernel/reap.h"
#include "tests/unit/kernel/machine.h"

#define R      REGION_RIGHT_READ
#define RW     (R | REGION_RIGHT_WRITE)
#define WINDOW 0x40000000ull
#define LARGE  (1ull << 21)

static bool writable(uint32_t space, uint64_t vaddr)
{
    paddr_t address;
    uint64_t root = ((struct space *)slot_at(space)->object)->root;
    return host_access(root, vaddr, REGION_RIGHT_WRITE, &address);
}

TEST("write access to the first page of a large leaf is not write access to the leaf")
{
    boot();
    uint32_t space = make_space(false);
    uint32_t target = make_space(false);
    uint32_t region = make(OBJECT_REGION, 21, 0);
    uint32_t all = fresh();
    uint32_t page = fresh();
    REQUIRE(INVOKE(region, REGION_OP_MINT, 0, 21, R, INIT_SLOT_TABLE, all) == OK);
    REQUIRE(INVOKE(region, REGION_OP_MINT, 0, 12, RW, INIT_SLOT_TABLE, page) == OK);
    REQUIRE(INVOKE(space, SPACE_OP_ATTACH, 1, all, WINDOW, LARGE) == OK);
    REQUIRE(INVOKE(space, SPACE_OP_ATTACH, 2, page, WINDOW, LARGE) == OK);
    REQUIRE(INVOKE(target, SPACE_OP_ATTACH, 2, page, WINDOW, LARGE) == OK);
    REQUIRE(INVOKE(space, SPACE_OP_MAP, 1, 0, WINDOW, LARGE, R) == OK);
    CHECK_EQUAL(INVOKE(space, SPACE_OP_PROTECT, 2, WINDOW, LARGE, RW), OK);
    CHECK(!writable(space, WINDOW) && !writable(space, WINDOW + PAGE_BYTES));
    CHECK_EQUAL(INVOKE(space, SPACE_OP_CLONE_RANGE, 2, target, WINDOW, LARGE, 0), OK);
    paddr_t address;
    uint64_t root = ((struct space *)slot_at(target)->object)->root;
    CHECK(!host_access(root, WINDOW + PAGE_BYTES, R, &address));
}

TEST("configure survives that the Table which it replaces held what its arguments came from")
{
    boot();
    uint32_t index = make(OBJECT_THREAD, 0, 0);
    uint32_t table = make(OBJECT_TABLE, 6, 0);
    uint32_t space = make_space(false);
    uint32_t child = fresh();
    REQUIRE(INVOKE(index, THREAD_OP_CONFIGURE, table, 0, 0) == OK);
    REQUIRE(INVOKE(INIT_SLOT_TABLE, TABLE_OP_MOVE, space, table, 1) == OK);
    REQUIRE(INVOKE(table, TABLE_OP_MINT, 1, INIT_SLOT_TABLE, child, 1, 0) == OK);
    /* The binding must be the Table's last capability: it takes the place of its parent. */
    slot_at(table)->object->references--;
    struct slot *binding = &thread_at(index)->bindings[BINDING_TABLE];
    struct slot *parent = slot_at(table);
    parent->prev->next = binding;
    binding->prev = parent->prev;
    binding->depth = parent->depth;
    *parent = (struct slot){0};
    uint64_t status = INVOKE(index, THREAD_OP_CONFIGURE, INIT_SLOT_TABLE, child, 0);
    CHECK(status == OK || status == BAD_HANDLE);
    CHECK(slot_empty(slot_at(child)));
    CHECK(slot_empty(&thread_at(index)->bindings[BINDING_SPACE]));
}

TEST("an interrupt line that is still being taken apart is not issued again before")
{
    boot();
    uint32_t line = fresh();
    uint32_t table = make(OBJECT_TABLE, 6, 0);
    REQUIRE(INVOKE(INIT_SLOT_IRQ_CONTROL, IRQ_CONTROL_OP_ISSUE, 5, 0, 0, INIT_SLOT_TABLE, line) ==
            OK);
    REQUIRE(INVOKE(INIT_SLOT_TABLE, TABLE_OP_MOVE, line, table, 1) == OK);
    host_window_countdown = 1;
    struct message registers = {.words = {table}};
    host_syscall(HANDLE(INIT_SLOT_TABLE, TABLE_OP_DELETE), &registers, DEADLINE_NEVER);
    REQUIRE(running()->context.restart_handle != 0);
    running()->context.restart_handle = 0;
    uint32_t again = fresh();
    REQUIRE(INVOKE(INIT_SLOT_IRQ_CONTROL, IRQ_CONTROL_OP_ISSUE, 5, 0, 0, INIT_SLOT_TABLE, again) ==
            OK);
    uint32_t notification = mint(make(OBJECT_NOTIFICATION, 0, 0), 3, 1);
    REQUIRE(INVOKE(again, IRQ_OP_BIND, notification) == OK);
    CHECK(reap_drain());
    CHECK(!host_irq_masked(5));
}

TEST("a thread that deletes its Sched on the way still finishes what it deletes")
{
    boot();
    uint32_t untyped = make(OBJECT_UNTYPED, 16, 0);
    make_from(untyped, OBJECT_TABLE, 6, 0);
    uint32_t sched = make_from(untyped, OBJECT_SCHED, 0, 0);
    uint32_t home = make_sched(NANOS_PER_MS, 20 * NANOS_PER_MS, 255);
    REQUIRE(INVOKE(INIT_SLOT_SCHED, SCHED_OP_SPLIT, sched, NANOS_PER_MS, 100 * NANOS_PER_MS,
                   NANOS_PER_MS, 255) == OK);
    uint32_t server = spawn(home);
    uint32_t client = spawn(sched);
    uint32_t endpoint = make(OBJECT_ENDPOINT, 0, 0);
    run(thread_at(server));
    reply_wait(endpoint, 0, 0);
    run(thread_at(client));
    ipc(endpoint, 0, 0);
    REQUIRE(running() == thread_at(server)); /* on the client's time */
    host_window_countdown = host_window_every = 1;
    trap(HANDLE(INIT_SLOT_TABLE, TABLE_OP_REVOKE), 0, (uint64_t[MESSAGE_WORDS]){untyped}, 0);
    run(thread_at(server));
    host_window_countdown = host_window_every = 0;
    CHECK_EQUAL(seen_result(thread_at(server)), OK);
    CHECK(!slot_has_children(slot_at(untyped)));
    CHECK_EQUAL(thread_at(client)->sched, NULL);
}

TEST("a thread without a Table has no handle that names anything")
{
    boot();
    uint32_t index = make(OBJECT_THREAD, 0, 0);
    REQUIRE(INVOKE(index, THREAD_OP_CONFIGURE, 0, INIT_SLOT_SPACE, 0) == OK);
    REQUIRE(INVOKE(make_sched(NANOS_PER_MS, 20 * NANOS_PER_MS, 255), SCHED_OP_BIND, index) == OK);
    REQUIRE(INVOKE(index, THREAD_OP_START, INIT_BASE, INIT_BASE) == OK);
    run(thread_at(index));
    const uint32_t handles[] = {~0u, ~0u - 2, 64, 65, 66, 67, 127, 1u << 31};
    for (unsigned i = 0; i < sizeof handles / sizeof handles[0]; i++) {
        CHECK_EQUAL(INVOKE(0, handles[i]), bad_handle(handles[i]));
        CHECK_EQUAL(invoke(handles[i] | 1ull << 32, (uint64_t[MESSAGE_WORDS]){0}),
                    bad_handle(handles[i]));
    }
}

TEST("a Notification that has bits wakes the waiting thread that it is bound to")
{
    boot();
    uint32_t endpoint = make(OBJECT_ENDPOINT, 0, 0);
    uint32_t notification = make(OBJECT_NOTIFICATION, 0, 0);
    uint32_t badged = mint(notification, 3, 4);
    uint32_t server = spawn_equal();
    run(thread_at(server));
    reply_wait(endpoint, 0, 0);
    run(init_thread);
    REQUIRE(INVOKE(badged, NOTIFICATION_OP_SIGNAL) == OK);
    REQUIRE(INVOKE(server, THREAD_OP_BIND_NOTIFICATION, notification) == OK);
    run(thread_at(server));
    CHECK_EQUAL(seen_result(running()), RECEIVED_SIGNAL | 4);
}

TEST("a native thread gets no Space that may map what is writable and executable")
{
    boot();
    uint32_t index = make(OBJECT_THREAD, 0, 0);
    CHECK_EQUAL(INVOKE(index, THREAD_OP_CONFIGURE, 0, make_space(true), 0), RANGE);
}

TEST("init can map no memory that it could also make objects of")
{
    boot();
    const struct bootinfo *info = init_bootinfo();
    const struct space *space = (struct space *)slot_at(INIT_SLOT_SPACE)->object;
    for (uint32_t i = 0; i < 1u << INIT_SPACE_SLOTS_LOG2; i++) {
        const struct slot *slot = &space->slots[i];
        for (uint32_t j = 0; j < info->count_memory && !slot_empty(slot); j++) {
            const struct bootinfo_memory *piece = &info->memory[j];
            bool apart = slot->value + (1ull << slot->size_log2) <= piece->base ||
                         piece->base + (1ull << piece->size_log2) <= slot->value;
            CHECK(piece->kind != BOOTINFO_MEMORY_FREE || apart);
        }
    }
}

TEST("whoever was suspended while it served goes on at home, not on what it was lent")
{
    boot();
    const struct served call = make_served();
    run(init_thread);
    REQUIRE(INVOKE(call.server, THREAD_OP_SUSPEND) == OK);
    REQUIRE(INVOKE(call.server, THREAD_OP_RESUME) == OK);
    CHECK_EQUAL(thread_at(call.server)->sched, thread_at(call.server)->home);
    run(thread_at(call.client));
    CHECK_EQUAL(seen_result(running()), GONE);
}

TEST("a Sched that is being reaped is not lent on to a thread that the reaper has passed")
{
    boot();
    uint32_t first = make(OBJECT_ENDPOINT, 0, 0);
    uint32_t second = make(OBJECT_ENDPOINT, 0, 0);
    uint32_t passed = spawn_equal();
    for (unsigned i = 0; i < 40; i++)
        make(OBJECT_THREAD, 0, 0);
    uint32_t server = spawn_equal();
    uint32_t sched = make_sched(NANOS_PER_MS, 20 * NANOS_PER_MS, 255);
    const struct sched *dying = sched_at(sched);
    uint32_t client = spawn(sched);
    run(thread_at(passed));
    reply_wait(second, 0, 0);
    run(thread_at(server));
    reply_wait(first, 0, 0);
    run(thread_at(client));
    ipc(first, 0, 0);
    REQUIRE(running() == thread_at(server) && cpu_first.sched == dying);
    run(init_thread);

    host_window_countdown = 2; /* after its homes, and the first batch of threads */
    struct message registers = {.words = {sched}};
    host_syscall(HANDLE(INIT_SLOT_TABLE, TABLE_OP_DELETE), &registers, DEADLINE_NEVER);
    REQUIRE(running()->context.restart_handle != 0);
    running()->context.restart_handle = 0;
    CHECK(thread_at(server)->sched == dying);
    run(thread_at(server));
    CHECK(cpu_first.sched == thread_at(server)->home);
    ipc(second, 0, 0);
    REQUIRE(running() == thread_at(passed));
    CHECK(cpu_first.sched == thread_at(server)->home);
    run(init_thread);
    REQUIRE(INVOKE(INIT_SLOT_TABLE, TABLE_OP_REVOKE, fresh()) == EMPTY);
    CHECK(reap_drain());
    CHECK_EQUAL(thread_at(client)->sched, NULL);
}

TEST("a queued caller does not lend a Sched that is being reaped to a server that the reaper has "
     "passed")
{
    boot();
    uint32_t endpoint = make(OBJECT_ENDPOINT, 0, 0);
    uint32_t notification = make(OBJECT_NOTIFICATION, 0, 0);
    uint32_t passed = spawn_equal();
    for (unsigned i = 0; i < 40; i++)
        make(OBJECT_THREAD, 0, 0);
    uint32_t sched = make_sched(NANOS_PER_MS, 20 * NANOS_PER_MS, 10);
    const struct sched *dying = sched_at(sched);
    uint32_t client = spawn(sched);
    run(thread_at(passed));
    receive_until(notification, host_now + NANOS_PER_MS);
    REQUIRE(running() == init_thread);
    receive_until(make(OBJECT_NOTIFICATION, 0, 0), host_now + NANOS_PER_MS / 2);
    REQUIRE(running() == thread_at(client));
    ipc(endpoint, 7, 0); /* nobody else: the machine sleeps until init's deadline */
    REQUIRE(running() == init_thread);

    host_window_countdown = 2; /* after its homes, and the first batch of threads */
    struct message registers = {.words = {sched}};
    host_syscall(HANDLE(INIT_SLOT_TABLE, TABLE_OP_DELETE), &registers, DEADLINE_NEVER);
    REQUIRE(running()->context.restart_handle != 0);
    running()->context.restart_handle = 0;
    REQUIRE(thread_at(client)->state == THREAD_QUEUED && thread_at(client)->sched == dying);
    elapse(NANOS_PER_MS);
    run(thread_at(passed));
    reply_wait(endpoint, 0, 0);
    CHECK(thread_at(passed)->sched != dying);
    run(thread_at(passed));
    CHECK_EQUAL(seen_label(running()), 7);
    CHECK(cpu_first.sched == running()->home);
    run(init_thread);
    CHECK_EQUAL(INVOKE(INIT_SLOT_TABLE, TABLE_OP_REVOKE, fresh()), EMPTY);
    CHECK(reap_drain());
    CHECK_EQUAL(thread_at(client)->sched, NULL);
}

TEST("who held a Sched that is being reaped waits for its home to be refilled, not for the reaper")
{
    boot();
    uint32_t endpoint = make(OBJECT_ENDPOINT, 0, 0);
    for (unsigned i = 0; i < 40; i++)
        make(OBJECT_THREAD, 0, 0);
    uint32_t server = spawn(make_sched(NANOS_PER_MS, 10 * NANOS_PER_MS, 255));
    uint32_t sched = make_sched(NANOS_PER_MS, 20 * NANOS_PER_MS, 255);
    const struct sched *dying = sched_at(sched);
    uint32_t client = spawn(sched);
    run(thread_at(server));
    host_now += NANOS_PER_MS; /* all that it has */
    reply_wait(endpoint, 0, 0);
    run(thread_at(client));
    ipc(endpoint, 0, 0);
    REQUIRE(running() == thread_at(server));
    run(init_thread);
    elapse(1); /* the timer that was due */
    run(init_thread);

    host_window_countdown = 2; /* after its homes, and the first batch of threads */
    struct message registers = {.words = {sched}};
    host_syscall(HANDLE(INIT_SLOT_TABLE, TABLE_OP_DELETE), &registers, DEADLINE_NEVER);
    REQUIRE(running()->context.restart_handle != 0);
    running()->context.restart_handle = 0;
    REQUIRE(dying->dying && thread_at(server)->sched == dying);
    receive_until(make(OBJECT_NOTIFICATION, 0, 0), host_now + 20 * NANOS_PER_MS);
    CHECK(running() == thread_at(server));
    CHECK(cpu_first.sched == running()->home);
}

TEST("a reset that reaps the Sched on which it runs leaves nothing of it in the memory")
{
    boot();
    uint32_t endpoint = make(OBJECT_ENDPOINT, 0, 0);
    uint32_t untyped = make(OBJECT_UNTYPED, 12, 0);
    uint32_t sched = make_from(untyped, OBJECT_SCHED, 0, 0);
    REQUIRE(INVOKE(INIT_SLOT_SCHED, SCHED_OP_SPLIT, sched, NANOS_PER_MS, 10 * NANOS_PER_MS,
                   NANOS_PER_MS, 255) == OK);
    uint32_t server = spawn_equal();
    uint32_t client = spawn(sched);
    run(thread_at(server));
    reply_wait(endpoint, 0, 0);
    run(thread_at(client));
    ipc(endpoint, 0, 0);
    REQUIRE(running() == thread_at(server));
    run(init_thread);

    host_window_countdown = 1; /* its slot is empty, it waits for the reaper */
    struct message registers = {.words = {untyped}};
    host_syscall(HANDLE(INIT_SLOT_TABLE, TABLE_OP_REVOKE), &registers, DEADLINE_NEVER);
    REQUIRE(running()->context.restart_handle != 0 && reap_top != NULL);
    running()->context.restart_handle = 0;
    run(thread_at(server));
    REQUIRE(&cpu_first.sched->object == reap_top);
    host_now += 1000; /* is charged when it has gone */
    trap(HANDLE(untyped, UNTYPED_OP_RESET), 0, (uint64_t[MESSAGE_WORDS]){0}, 0);
    run(thread_at(server));
    CHECK_EQUAL(seen_result(running()), OK);
    CHECK(cpu_first.sched == running()->home);
    const uint8_t *memory = host_ram(slot_at(untyped)->value);
    for (unsigned i = 0; i < 4096; i++)
        CHECK_EQUAL(memory[i], 0);
}
