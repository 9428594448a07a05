/**
 * test_processors.c - several processors: who runs where, and what one does to what another runs.
 *
 * They run in turn; one that is interrupted finds the lock held and attends (kernel/cpu.h). The way
 * by which a system call waits for the lock is taken with host_lock_hook.
 */
#include "abi/fault.h"
#include "kernel/arch/host/rest.h"
#include "lib/base/copy.h"
#include "tests/unit/kernel/machine.h"

/* A Sched of processor 1, of init's priority. */
static uint32_t other_sched(void)
{
    uint32_t index = make(OBJECT_SCHED, 0, 0);
    REQUIRE(split(INIT_SLOT_OTHER_SCHEDS, index, EQUAL_BUDGET_NS, EQUAL_PERIOD_NS, NANOS_PER_MS,
                  PRIORITIES - 1) == OK);
    return index;
}

static void boot_two(void)
{
    host_cpus(2);
    boot();
    host_run_on(1);
    REQUIRE(running() == NULL);
    host_run_on(0);
}

/* A thread that runs on processor 1; init runs on processor 0 afterwards. */
static struct thread *run_other(uint32_t *index)
{
    *index = spawn(other_sched());
    host_run_on(1);
    REQUIRE(running() == thread_at(*index));
    host_run_on(0);
    return thread_at(*index);
}

static bool was_interrupted(void) { return cpus[1]->arch.interrupted; }

TEST("a thread runs on the processor of its Sched, and nowhere else")
{
    boot_two();
    uint32_t index = spawn(other_sched());
    CHECK(running() == init_thread);
    CHECK(was_interrupted());
    host_run_on(1);
    CHECK(running() == thread_at(index));
    host_run_on(0);
    REQUIRE(INVOKE(index, THREAD_OP_SUSPEND) == OK);
    host_run_on(1);
    CHECK(running() == NULL);
}

TEST("a signal wakes a thread of another processor, which is told only if there is something to do")
{
    boot_two();
    uint32_t notification = make(OBJECT_NOTIFICATION, 0, 0);
    uint32_t bit = mint(notification, NOTIFICATION_RIGHT_SIGNAL, 4), index;
    struct thread *thread = run_other(&index);
    host_run_on(1);
    reply_wait(notification, 0, 0);
    CHECK(running() == NULL);
    host_run_on(0);
    trap(HANDLE(bit, NOTIFICATION_OP_SIGNAL), 0, (uint64_t[MESSAGE_WORDS]){0}, 0);
    CHECK(running() == init_thread && was_interrupted());
    host_run_on(1);
    CHECK(running() == thread && seen_result(thread) == (RECEIVED_SIGNAL | 4));
    host_run_on(0);
    trap(HANDLE(bit, NOTIFICATION_OP_SIGNAL), 0, (uint64_t[MESSAGE_WORDS]){0}, 0);
    CHECK(!was_interrupted());
}

TEST("a server that waits comes to the processor of its caller, and goes home to answer nobody")
{
    boot_two();
    uint32_t endpoint = make(OBJECT_ENDPOINT, 0, 0), client;
    uint32_t server = spawn_server(endpoint);
    struct thread *caller = run_other(&client);
    for (int fast = 0; fast < 2; fast++) {
        host_fast_enabled = fast;
        host_run_on(1);
        ipc(endpoint, 0, 5);
        CHECK(running() == thread_at(server) && seen_word(running()) == 5);
        reply_wait(endpoint, 0, 6);
        CHECK(running() == caller && seen_word(caller) == 6);
    }
    ipc(endpoint, 0, 5);
    REQUIRE(INVOKE(endpoint, ENDPOINT_OP_DEMAND_BUDGET, 0) == OK);
    reply_wait(make(OBJECT_NOTIFICATION, 0, 0), 0, 0); /* answers, and waits elsewhere */
    CHECK(running() == caller);
    CHECK(cpus[1]->sched == caller->home);
}

TEST("who is called while its server works on another processor waits, and brings its own time")
{
    boot_two();
    uint32_t endpoint = make(OBJECT_ENDPOINT, 0, 0), client;
    uint32_t server = spawn_server(endpoint);
    struct thread *caller = run_other(&client);
    ipc(endpoint, 0, 1);
    REQUIRE(running() == thread_at(server)); /* on processor 0, for init */
    host_run_on(1);
    ipc(endpoint, 0, 2);
    CHECK(running() == NULL && caller->state == THREAD_QUEUED);
    host_run_on(0);
    reply_wait(endpoint, 0, 0); /* answers init; the next caller's time is of processor 1 */
    CHECK(running() == init_thread);
    host_run_on(1);
    CHECK(running() == thread_at(server) && seen_word(running()) == 2);
    CHECK(cpus[1]->sched == caller->home);
}

TEST("a thread that runs elsewhere is suspended, looked at and resumed")
{
    boot_two();
    uint32_t index;
    struct thread *thread = run_other(&index);
    REQUIRE(INVOKE(index, THREAD_OP_INSPECT) == OK);
    CHECK(results[0] == THREAD_READY && was_interrupted());
    CHECK(cpus[1]->current == thread);
    host_run_on(1);
    host_run_on(0);
    REQUIRE(INVOKE(index, THREAD_OP_SUSPEND) == OK);
    CHECK(thread->state == THREAD_SUSPENDED && cpus[1]->current == NULL);
    host_run_on(1);
    CHECK(running() == NULL);
    host_run_on(0);
    REQUIRE(INVOKE(index, THREAD_OP_RESUME) == OK);
    host_run_on(1);
    CHECK(running() == thread);
}

TEST("a thread that runs elsewhere is kicked, and its TLS base set, while its processor attends")
{
    boot_two();
    uint32_t index;
    struct thread *thread = run_other(&index);
    REQUIRE(INVOKE(index, THREAD_OP_KICK) == OK);
    CHECK(was_interrupted() && (thread->slow_word & SLOW_KICKED) != 0);
    host_run_on(1);
    host_run_on(0);
    REQUIRE(INVOKE(index, THREAD_OP_SET_TLS, 0x1000) == OK);
    CHECK(was_interrupted() && thread->context.tls == 0x1000);
}

static uint32_t hook_suspends;

static void suspend_meanwhile(void)
{
    host_run_on(0);
    REQUIRE(INVOKE(hook_suspends, THREAD_OP_SUSPEND) == OK);
}

TEST("a system call whose thread is stopped while it waits for the lock happens once, later")
{
    boot_two();
    uint32_t notification = make(OBJECT_NOTIFICATION, 0, 0);
    uint32_t bit = mint(notification, NOTIFICATION_RIGHT_SIGNAL, 1), index;
    struct thread *thread = run_other(&index);
    struct notification *object = (struct notification *)slot_at(notification)->object;
    hook_suspends = index;
    host_fast_enabled = false;
    host_run_on(1);
    host_lock_hook = suspend_meanwhile;
    trap(HANDLE(bit, NOTIFICATION_OP_SIGNAL), 0, (uint64_t[MESSAGE_WORDS]){0}, 0);
    CHECK(running() == NULL && thread->state == THREAD_SUSPENDED);
    CHECK(object->bits == 0);
    host_run_on(0);
    REQUIRE(INVOKE(index, THREAD_OP_RESUME) == OK);
    host_run_on(1);
    REQUIRE(running() == thread && thread->context.restart_handle != 0);
    interrupts(); /* makes the call again */
    CHECK(object->bits == 1 && thread->context.restart_handle == 0);
    CHECK(seen_result(thread) == OK);
}

TEST("what a system call offered that is to happen again, it offers no more while it does not")
{
    boot_two();
    uint32_t endpoint = make(OBJECT_ENDPOINT, 0, 0), index;
    struct thread *thread = run_other(&index);
    hook_suspends = index;
    host_fast_enabled = false;
    host_run_on(1);
    host_lock_hook = suspend_meanwhile;
    trap(HANDLE(endpoint, 0), 30ull << TAG_RECEIVE_SLOT_SHIFT, (uint64_t[MESSAGE_WORDS]){0},
         DEADLINE_NEVER);
    REQUIRE(thread->state == THREAD_SUSPENDED && thread->message.tag == 0);
    host_run_on(0);
    REQUIRE(INVOKE(index, THREAD_OP_RESUME) == OK);
    host_run_on(1);
    interrupts();
    CHECK(thread->state == THREAD_QUEUED);
    CHECK(tag_receive_slot(thread->message.tag) == 30);
}

static void lower_meanwhile(void)
{
    host_run_on(0);
    REQUIRE(INVOKE(hook_suspends, THREAD_OP_SET_FLOOR, INIT_SLOT_SCHED, 9) == OK);
}

TEST("a system call that waits for the lock is made if its thread was only changed meanwhile")
{
    boot_two();
    uint32_t notification = make(OBJECT_NOTIFICATION, 0, 0);
    uint32_t bit = mint(notification, NOTIFICATION_RIGHT_SIGNAL, 1), index;
    struct thread *thread = run_other(&index);
    hook_suspends = index;
    host_fast_enabled = false;
    host_run_on(1);
    host_lock_hook = lower_meanwhile;
    trap(HANDLE(bit, NOTIFICATION_OP_SIGNAL), 0, (uint64_t[MESSAGE_WORDS]){0}, 0);
    CHECK(running() == thread && seen_result(thread) == OK && thread->floor == 9);
    CHECK(((struct notification *)slot_at(notification)->object)->bits == 1);
    CHECK(cpu_counts[1].lock_waits == 1);
}

TEST("a thread that runs nowhere is suspended, and no processor is told")
{
    boot_two();
    uint32_t index = spawn(other_sched());
    host_run_on(1);
    uint32_t first = index;
    host_run_on(0);
    index = spawn(other_sched());
    host_run_on(1);
    REQUIRE(running() == thread_at(first));
    host_run_on(0);
    REQUIRE(INVOKE(index, THREAD_OP_SUSPEND) == OK);
    CHECK(thread_at(index)->state == THREAD_SUSPENDED && !was_interrupted());
}

/* A thread that runs on processor 1 and whose faults go to @endpoint; that processor runs. */
static struct thread *run_faulting(uint32_t endpoint, uint32_t *index)
{
    *index = spawn(other_sched());
    REQUIRE(INVOKE(*index, THREAD_OP_SUSPEND) == OK);
    REQUIRE(INVOKE(*index, THREAD_OP_CONFIGURE, 0, 0, mint(endpoint, 0xff, 9)) == OK);
    REQUIRE(INVOKE(*index, THREAD_OP_RESUME) == OK);
    host_run_on(1);
    REQUIRE(running() == thread_at(*index));
    return running();
}

TEST("a fault whose thread is stopped while it waits for the lock is dropped")
{
    boot_two();
    uint32_t endpoint = make(OBJECT_ENDPOINT, 0, 0), index;
    struct thread *thread = run_faulting(endpoint, &index);
    hook_suspends = index;
    host_lock_hook = suspend_meanwhile;
    fault(FAULT_PAGE, 0x1000);
    CHECK(running() == NULL && thread->state == THREAD_SUSPENDED);
    host_run_on(0);
    uint32_t second = spawn(other_sched());
    REQUIRE(INVOKE(index, THREAD_OP_RESUME) == OK);
    host_run_on(1);
    REQUIRE(running() == thread_at(second));
    yield();
    REQUIRE(running() == thread);
    host_lock_hook = suspend_meanwhile;
    fault(FAULT_PAGE, 0x1000);
    CHECK(running() == thread_at(second) && thread->state == THREAD_SUSPENDED);
}

TEST("whoever is next runs where a thread is stopped while its system call waits for the lock")
{
    boot_two();
    uint32_t index, second;
    struct thread *thread = run_other(&index);
    second = spawn(other_sched());
    host_run_on(1);
    REQUIRE(running() == thread);
    hook_suspends = index;
    host_fast_enabled = false;
    host_lock_hook = suspend_meanwhile;
    yield();
    CHECK(running() == thread_at(second) && thread->state == THREAD_SUSPENDED);
}

TEST("a processor that joins runs who is ready there")
{
    host_cpus(2);
    boot();
    uint32_t index = spawn(other_sched());
    host_return_to(1);
    REQUIRE(HOST_UNTIL_REST(kernel_join()));
    CHECK(running() == thread_at(index));
}

TEST("vector state that another processor had is forgotten, unless the thread is stopped meanwhile")
{
    boot_two();
    uint32_t index;
    struct thread *thread = run_other(&index);
    host_run_on(1);
    thread->context.vector = 5;
    REQUIRE(HOST_UNTIL_REST(trap_vector(thread)));
    CHECK(running() == thread && thread->context.vector == 0);
    thread->context.vector = 5;
    hook_suspends = index;
    host_lock_hook = lower_meanwhile;
    REQUIRE(HOST_UNTIL_REST(trap_vector(thread)));
    CHECK(running() == thread && thread->context.vector == 0);
    thread->context.vector = 5;
    host_run_on(0);
    uint32_t second = spawn(other_sched());
    host_run_on(1);
    REQUIRE(running() == thread);
    host_lock_hook = suspend_meanwhile;
    REQUIRE(HOST_UNTIL_REST(trap_vector(thread)));
    CHECK(running() == thread_at(second) && thread->context.vector == 5);
}

TEST("a fault that waits for the lock happens if its thread was only changed meanwhile")
{
    boot_two();
    uint32_t endpoint = make(OBJECT_ENDPOINT, 0, 0), index;
    struct thread *thread = run_faulting(endpoint, &index);
    hook_suspends = index;
    host_lock_hook = lower_meanwhile;
    fault(FAULT_PAGE, 0x1000);
    CHECK(running() == NULL && thread->state == THREAD_QUEUED && thread->floor == 9);
}

static void nothing_meanwhile(void) { host_run_on(1); }

TEST("an interrupt that comes while another processor has the lock is taken when it has not")
{
    boot_two();
    uint64_t waits = cpu_counts[0].lock_waits;
    host_lock_hook = nothing_meanwhile;
    interrupts();
    CHECK(cpu_counts[0].lock_waits == waits + 1 && running() == init_thread);
}

static struct {
    uint32_t threads[50];
    unsigned parked[4]; /* of them, each time that somebody else has the lock */
    unsigned turns;
} dry;

static void take_lock_again_meanwhile(void)
{
    unsigned parked = 0;
    for (size_t i = 0; i < ARRAY_LENGTH(dry.threads); i++)
        parked += thread_at(dry.threads[i])->queue == QUEUE_PARKED;
    dry.parked[dry.turns++] = parked;
    if (dry.turns < ARRAY_LENGTH(dry.parked))
        host_lock_hook = take_lock_again_meanwhile;
}

TEST("choosing who runs gives the lock to who waits for it every 16 threads that are dry")
{
    boot_two();
    uint32_t sched = make_sched(NANOS_PER_MS, 40 * NANOS_PER_MS, 255);
    for (size_t i = 0; i < ARRAY_LENGTH(dry.threads); i++)
        dry.threads[i] = spawn(sched);
    run(thread_at(dry.threads[0]));
    host_now += NANOS_PER_MS;
    dry.turns = 0;
    host_lock_hook = take_lock_again_meanwhile;
    host_fast_enabled = false;
    yield();
    REQUIRE(dry.turns == ARRAY_LENGTH(dry.parked));
    for (unsigned i = 1; i < dry.turns; i++)
        CHECK(dry.parked[i] - dry.parked[i - 1] <= 16);
    CHECK(running() == init_thread);
}

TEST("a capability that another processor might just be using is cleared when that attends")
{
    boot_two();
    uint32_t endpoint = make(OBJECT_ENDPOINT, 0, 0), region, index;
    (void)run_other(&index);
    region = make(OBJECT_REGION, 12, 0);
    del(region); /* nobody calls a Region on the fast path */
    CHECK(!was_interrupted());
    uint32_t child = mint(endpoint, ENDPOINT_RIGHT_CALL, 3);
    del(child);
    CHECK(was_interrupted());
}

TEST("a thread whose Table goes away while it runs elsewhere has none before it goes on")
{
    boot_two();
    uint32_t index, table = make(OBJECT_TABLE, 4, 0);
    uint32_t copy = mint(table, 0xff, 0);
    struct thread *thread = run_other(&index);
    REQUIRE(INVOKE(index, THREAD_OP_SUSPEND) == OK);
    host_run_on(1);
    host_run_on(0);
    REQUIRE(INVOKE(index, THREAD_OP_CONFIGURE, copy, 0, 0) == OK);
    REQUIRE(INVOKE(index, THREAD_OP_RESUME) == OK);
    host_run_on(1);
    REQUIRE(running() == thread);
    host_run_on(0);
    del(copy);
    CHECK(was_interrupted());
    host_run_on(1);
    trap(HANDLE(1, 0), 0, (uint64_t[MESSAGE_WORDS]){0}, DEADLINE_NEVER);
    CHECK(seen_result(thread) == BAD_HANDLE);
}

#define PAGE_AT 0x50000000ull

TEST("what is unmapped is gone on all processors that have the Space, and on no other is anything "
     "done")
{
    boot_two();
    uint32_t index, region = make(OBJECT_REGION, 13, 0);
    paddr_t address;
    struct thread *thread = run_other(&index);
    REQUIRE(INVOKE(INIT_SLOT_SPACE, SPACE_OP_ATTACH, 20, region, PAGE_AT, 2 * PAGE_BYTES) == OK);
    REQUIRE(INVOKE(INIT_SLOT_SPACE, SPACE_OP_MAP, 20, 0, PAGE_AT, 2 * PAGE_BYTES,
                   REGION_RIGHT_READ) == OK);
    CHECK(!was_interrupted());
    host_run_on(1);
    CHECK(host_access(thread->root, PAGE_AT, REGION_RIGHT_READ, &address));
    host_run_on(0);
    REQUIRE(INVOKE(INIT_SLOT_SPACE, SPACE_OP_UNMAP, PAGE_AT, PAGE_BYTES) == OK);
    CHECK(was_interrupted() && host_tlb_coherent());
    host_run_on(1);
    CHECK(!host_access(thread->root, PAGE_AT, REGION_RIGHT_READ, &address));
    CHECK(host_access(thread->root, PAGE_AT + PAGE_BYTES, REGION_RIGHT_READ, &address));
    reply_wait(make(OBJECT_NOTIFICATION, 0, 0), 0, 0);
    CHECK(running() == NULL);
    host_run_on(0);
    REQUIRE(INVOKE(INIT_SLOT_SPACE, SPACE_OP_UNMAP, PAGE_AT + PAGE_BYTES, PAGE_BYTES) == OK);
    CHECK(!was_interrupted() && host_tlb_coherent());
}

static uint32_t hook_maps;

static void map_code(void)
{
    REQUIRE(INVOKE(INIT_SLOT_SPACE, SPACE_OP_MAP, 20, 0, PAGE_AT, PAGE_BYTES,
                   REGION_RIGHT_READ | REGION_RIGHT_EXECUTE) == OK);
}

static void attach_code(void)
{
    hook_maps = make(OBJECT_REGION, 13, 0);
    REQUIRE(INVOKE(INIT_SLOT_SPACE, SPACE_OP_ATTACH, 20, hook_maps, PAGE_AT, 2 * PAGE_BYTES) == OK);
}

TEST("before code is mapped, whoever runs attends, and whoever idles is left to find it later")
{
    boot_two();
    uint32_t index;
    attach_code();
    map_code();
    CHECK(!was_interrupted() && cpus[1]->arch.code_stale);
    run_other(&index);
    CHECK(!cpus[1]->arch.code_stale);
    map_code();
    CHECK(was_interrupted() && !cpus[1]->arch.code_stale);
}

static void map_code_meanwhile(void)
{
    host_run_on(0);
    map_code();
    CHECK(cpus[1]->arch.code_stale);
}

TEST("who waits for the lock while code appears finds it afterwards")
{
    boot_two();
    uint32_t notification = make(OBJECT_NOTIFICATION, 0, 0);
    uint32_t bit = mint(notification, NOTIFICATION_RIGHT_SIGNAL, 1), index;
    attach_code();
    struct thread *thread = run_other(&index);
    host_fast_enabled = false;
    host_run_on(1);
    host_lock_hook = map_code_meanwhile;
    trap(HANDLE(bit, NOTIFICATION_OP_SIGNAL), 0, (uint64_t[MESSAGE_WORDS]){0}, 0);
    CHECK(running() == thread && seen_result(thread) == OK);
    CHECK(!cpus[1]->arch.code_stale);
}

static void map_code_while_idle(void)
{
    jmp_buf own; /* for the other one enters the core as well */
    memcpy(&own, &host_resting, sizeof own);
    map_code_meanwhile();
    memcpy(&host_resting, &own, sizeof own);
    host_return_to(1);
}

TEST("who idles for a moment while code appears finds it afterwards")
{
    boot_two();
    uint32_t notification = make(OBJECT_NOTIFICATION, 0, 0), first, second;
    uint32_t other = make(OBJECT_NOTIFICATION, 0, 0);
    attach_code();
    struct thread *sleeps = run_other(&first);
    host_run_on(1);
    receive_until(notification, host_now + 10);
    host_run_on(0);
    run_other(&second);
    host_run_on(1);
    host_now += 10;
    host_idle_pending_hook = map_code_while_idle;
    reply_wait(other, 0, 0); /* idles, with a timer that has run out */
    CHECK(running() == sleeps && !cpus[1]->arch.code_stale);
}

TEST("the Sched on which a thread runs elsewhere is taken away")
{
    boot_two();
    uint32_t sched = other_sched();
    uint32_t index = spawn(sched);
    struct thread *thread = thread_at(index);
    host_run_on(1);
    REQUIRE(running() == thread);
    host_run_on(0);
    del(sched);
    CHECK(thread->state == THREAD_SUSPENDED && thread->home == NULL);
    host_run_on(1);
    CHECK(running() == NULL && cpus[1]->sched == &cpus[1]->idle);
}

TEST("what a processor has used is booked before another divides its time or asks")
{
    boot_two();
    uint32_t sched = other_sched();
    uint32_t index = spawn(sched);
    host_run_on(1);
    REQUIRE(running() == thread_at(index));
    host_run_on(0);
    host_now += 1000;
    REQUIRE(INVOKE(sched, SCHED_OP_CONSUMED) == OK);
    CHECK(results[0] == 1000);
    CHECK(results[1] == EQUAL_BUDGET_NS - 1000);
}

TEST("a floor that is raised on another processor counts there at once")
{
    boot_two();
    uint32_t low = make(OBJECT_SCHED, 0, 0), high, index;
    REQUIRE(split(INIT_SLOT_OTHER_SCHEDS, low, EQUAL_BUDGET_NS, EQUAL_PERIOD_NS, NANOS_PER_MS, 5) ==
            OK);
    index = spawn(low);
    high = make(OBJECT_SCHED, 0, 0);
    REQUIRE(split(INIT_SLOT_OTHER_SCHEDS, high, EQUAL_BUDGET_NS, EQUAL_PERIOD_NS, NANOS_PER_MS,
                  9) == OK);
    uint32_t other = spawn(high);
    host_run_on(1);
    REQUIRE(running() == thread_at(other));
    host_run_on(0);
    REQUIRE(INVOKE(index, THREAD_OP_SET_FLOOR, INIT_SLOT_SCHED, 100) == OK);
    CHECK(was_interrupted());
    host_run_on(1);
    CHECK(running() == thread_at(index));
}

TEST("a thread dies while it runs elsewhere, with the call that it serves")
{
    boot_two();
    uint32_t endpoint = make(OBJECT_ENDPOINT, 0, 0), client;
    uint32_t server = spawn_server(endpoint);
    struct thread *caller = run_other(&client);
    host_run_on(1);
    ipc(endpoint, 0, 5);
    REQUIRE(running() == thread_at(server));
    host_run_on(0);
    del(server);
    host_run_on(1);
    CHECK(running() == caller && seen_result(caller) == GONE);
}
