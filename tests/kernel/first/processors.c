/**
 * processors.c - threads on all processors of the machine, and what one does to what another runs.
 *
 * With one processor all of them share it: the same must come out.
 */
#include "abi/bundle.h"
#include "abi/fault.h"
#include "lib/base/string.h"
#include "machine/vector.h"
#include "native/counter.h"
#include "sdk/ipc/invoke.h"
#include "tests/kernel/contract/raw.h"
#include "tests/kernel/first/harness.h"

#define WORKERS     4u
#define STACK_BYTES 4096u
#define CALLS       2000u
#define STOPS       300u
#define UNMAPS      300u
#define CHANGES     300u
#define DEATHS      100u
#define LIMIT_NS    (20 * NANOS_PER_S)
/* Behind the program, where its own page-table node reaches: a chunk of nodes that goes away again
 * would take the program along. The page that is unmapped, and where the first thread sees it. */
#define WINDOW       (INIT_BASE + 0x1f0000)
#define OWN_WINDOW   (INIT_BASE + 0x1f2000)
#define SLOT_WINDOW  40u
#define SLOT_OWN     41u
#define PRIORITY_ALL 200u
#define HAS_VECTOR   1u

static uint8_t stacks[WORKERS][STACK_BYTES] ALIGNED(16);
static cap_t times[WORKERS]; /* Scheds, of one processor each in turn */

/* What the threads of a case have from the first one. */
static struct {
    cap_t endpoint, done, capability;
    volatile uint64_t *page;
    volatile uint64_t count;
} shared;

static uint32_t processor_of(uint32_t worker)
{
    const uint32_t count = first_boot->count_processors;
    return (worker + 1) % count;
}

static void make_times(void)
{
    for (uint32_t i = 0; i < WORKERS; i++) {
        const uint32_t processor = processor_of(i);
        const cap_t root =
            processor == 0 ? INIT_SLOT_SCHED : INIT_SLOT_OTHER_SCHEDS + processor - 1;
        times[i] = first_make(OBJECT_SCHED, 0, 0);
        CHECK_OK(sched_split(root, times[i], MS, 10 * MS, MS, PRIORITY_ALL));
    }
}

/* A thread of @memory, on the time of worker @worker; @flags as when it is made. */
static cap_t begin_from(cap_t memory, uint32_t worker, void (*run)(uint64_t), cap_t fault,
                        uint32_t flags)
{
    const cap_t thread = first_slot();
    CHECK_OK(untyped_retype(memory, OBJECT_THREAD, 0, flags, INIT_SLOT_TABLE, thread));
    CHECK_OK(thread_configure(thread, INIT_SLOT_TABLE, INIT_SLOT_SPACE, fault));
    CHECK_OK(sched_bind(times[worker], thread));
    CHECK_OK(thread_start(thread, (uintptr_t)run, (uintptr_t)stacks[worker] + STACK_BYTES - 8,
                          worker, 0));
    return thread;
}

static cap_t begin(uint32_t worker, void (*run)(uint64_t), cap_t fault)
{
    return begin_from(first_untyped, worker, run, fault, 0);
}

static cap_t badged(cap_t of, uint64_t badge)
{
    const cap_t to = first_slot();
    CHECK_OK(table_mint(INIT_SLOT_TABLE, of, INIT_SLOT_TABLE, to, 0xff, badge));
    return to;
}

NORETURN static void finish(uint64_t worker)
{
    CHECK_OK(notification_signal(shared.done + worker));
    for (;;)
        counter_pause();
}

/* --- calls --- */

static void calls(uint64_t worker)
{
    for (uint64_t i = 0; i < CALLS; i++) {
        struct message m = {.tag = TAG(1, 2), .words = {worker, i}};
        CHECK_OK(ipc_call(shared.endpoint, &m));
        CHECK_EQUAL(m.words[0], worker + i);
    }
    finish(worker);
}

static void serves(uint64_t unused)
{
    (void)unused;
    struct message m = {0};
    for (;;) {
        CHECK_EQUAL(ipc_reply_wait(shared.endpoint, &m), 0);
        m = (struct message){.tag = TAG(OK, 1), .words = {m.words[0] + m.words[1]}};
    }
}

static void wait_for_all(cap_t notification, uint64_t bits)
{
    for (uint64_t seen = 0; seen != bits;) {
        const uint64_t received = notification_wait(notification, first_now() + LIMIT_NS);
        CHECK(received & RECEIVED_SIGNAL);
        seen |= received & ~RECEIVED_SIGNAL;
    }
}

/* Works for all workers but the first, on whose time it begins. */
static void serve_all(void (*run)(uint64_t), uint32_t flags)
{
    const cap_t done = first_make(OBJECT_NOTIFICATION, 0, 0);
    make_times();
    shared.endpoint = first_make(OBJECT_ENDPOINT, 0, 0);
    shared.done = badged(done, 1);
    for (uint32_t i = 1; i < WORKERS; i++)
        CHECK_EQUAL(badged(done, BIT(i)), shared.done + i);
    begin_from(first_untyped, 0, run, CAP_NONE, flags);
    for (uint32_t i = 1; i < WORKERS; i++)
        begin(i, calls, CAP_NONE);
    wait_for_all(done, BIT(WORKERS) - 2);
}

static void a_server_for_all(void) { serve_all(serves, 0); }

/* It changes its vector registers in each call, and finds them so in the next. */
static void serves_with_vectors(uint64_t unused)
{
    (void)unused;
    static uint8_t meant[RAW_VECTORS][RAW_VECTOR_BYTES], found[RAW_VECTORS][RAW_VECTOR_BYTES];
    struct message m = {0};
    for (uint32_t turn = 1;; turn++) {
        for (uint32_t i = 0; i < RAW_VECTORS; i++)
            memset(meant[i], (int)(turn + i),
                   vectors_whole() ? RAW_VECTOR_BYTES : VECTOR_AREA_BYTES);
        raw_vector_load(meant, vectors_whole());
        CHECK_EQUAL(ipc_reply_wait(shared.endpoint, &m), 0);
        raw_vector_store(found, vectors_whole());
        CHECK(memcmp(found, meant, sizeof(found)) == 0);
        m = (struct message){.tag = TAG(OK, 1), .words = {m.words[0] + m.words[1]}};
    }
}

static void vectors_go_along(void) { serve_all(serves_with_vectors, HAS_VECTOR); }

/* --- being stopped --- */

static void counts(uint64_t unused)
{
    (void)unused;
    for (;;) {
        shared.count++;
        (void)notification_poll(shared.endpoint); /* to be stopped on its way into the kernel too */
    }
}

static void stopped_and_resumed(void)
{
    make_times();
    shared.endpoint = first_make(OBJECT_NOTIFICATION, 0, 0);
    const cap_t thread = begin(0, counts, CAP_NONE);
    for (uint32_t i = 0; i < STOPS; i++) {
        uint64_t state = 0, pc = 0, sp = 0;
        const uint64_t before = shared.count;
        const nanos_t end = first_now() + LIMIT_NS;
        const cap_t pause = shared.endpoint;
        while (shared.count == before) {
            CHECK(first_now() < end);
            (void)notification_wait(pause, first_now() + 20 * US);
        }
        CHECK_OK(thread_inspect(thread, &state, &pc, &sp));
        CHECK_OK(thread_suspend(thread));
        const uint64_t stands = shared.count;
        (void)notification_wait(pause, first_now() + 20 * US);
        CHECK_EQUAL(shared.count, stands);
        CHECK_OK(thread_resume(thread));
    }
}

/* --- translations --- */

static void writes(uint64_t unused)
{
    (void)unused;
    for (;;)
        (*shared.page)++;
}

static void map(uint64_t slot, uint64_t address)
{
    uint64_t done = 0;
    CHECK_OK(space_map(INIT_SLOT_SPACE, slot, 0, address, 4096, RIGHTS_RW, &done));
}

static void unmapped_while_written(void)
{
    volatile uint64_t *own = (volatile uint64_t *)OWN_WINDOW;
    uint64_t done = 0;
    make_times();
    const cap_t fault = first_make(OBJECT_ENDPOINT, 0, 0),
                region = first_make(OBJECT_REGION, 12, 0);
    shared.page = (volatile uint64_t *)WINDOW;
    CHECK_OK(space_attach(INIT_SLOT_SPACE, SLOT_WINDOW, region, WINDOW, 4096));
    CHECK_OK(space_attach(INIT_SLOT_SPACE, SLOT_OWN, region, OWN_WINDOW, 4096));
    map(SLOT_OWN, OWN_WINDOW);
    map(SLOT_WINDOW, WINDOW);
    const cap_t thread = begin(0, writes, fault);
    for (uint32_t i = 0; i < UNMAPS; i++) {
        const uint64_t before = *own;
        const nanos_t end = first_now() + LIMIT_NS;
        struct message m = {0};
        while (*own == before) {
            CHECK(first_now() < end);
            CHECK_EQUAL(ipc_reply_wait_deadline(fault, &m, first_now() + 20 * US),
                        RECEIVED_ERROR | TIMEOUT);
        }
        CHECK_OK(space_unmap(INIT_SLOT_SPACE, WINDOW, 4096, &done));
        const uint64_t stands = *own;
        m = (struct message){0};
        CHECK(!(ipc_reply_wait_deadline(fault, &m, first_now() + LIMIT_NS) & RECEIVED_ERROR));
        CHECK_EQUAL(*own, stands);
        CHECK_EQUAL(tag_label(m.tag), FAULT_PAGE);
        map(SLOT_WINDOW, WINDOW);
        m = (struct message){.tag = TAG(OK, 0)};
        CHECK_EQUAL(ipc_reply_wait_deadline(fault, &m, DEADLINE_POLL), RECEIVED_ERROR | TIMEOUT);
    }
    CHECK_OK(thread_suspend(thread));
    CHECK_OK(space_detach(INIT_SLOT_SPACE, SLOT_WINDOW));
    CHECK_OK(space_detach(INIT_SLOT_SPACE, SLOT_OWN));
}

/* --- capabilities --- */

static void signals(uint64_t unused)
{
    (void)unused;
    for (;;) {
        const status_t status = notification_signal(shared.capability);
        CHECK(status == OK || status == BAD_HANDLE);
        shared.count++;
    }
}

/* Wait until the thread has signalled once more than when it is called. */
static void let_it_signal(cap_t pause)
{
    const uint64_t before = shared.count;
    const nanos_t end = first_now() + LIMIT_NS;
    while (shared.count < before + 2) {
        CHECK(first_now() < end);
        (void)notification_wait(pause, first_now() + 20 * US);
    }
}

static void deleted_while_used(void)
{
    make_times();
    const cap_t heard = first_make(OBJECT_NOTIFICATION, 0, 0);
    const cap_t pause = first_make(OBJECT_NOTIFICATION, 0, 0);
    shared.capability = first_slot();
    const cap_t thread = begin(0, signals, CAP_NONE);
    for (uint32_t i = 0; i < CHANGES; i++) {
        const uint64_t badge = BIT(i % 2);
        CHECK_OK(
            table_mint(INIT_SLOT_TABLE, heard, INIT_SLOT_TABLE, shared.capability, 0xff, badge));
        let_it_signal(pause);
        CHECK_EQUAL(notification_poll(heard), badge);
        CHECK_OK(table_delete(INIT_SLOT_TABLE, shared.capability));
        (void)notification_poll(heard);
        let_it_signal(pause);
        CHECK_EQUAL(notification_poll(heard), 0);
    }
    CHECK_OK(thread_suspend(thread));
}

/* --- death --- */

static void calls_for_ever(uint64_t unused)
{
    (void)unused;
    for (;;) {
        struct message m = {.tag = TAG(1, 2), .words = {1, 2}};
        CHECK_OK(ipc_call(shared.endpoint, &m));
        shared.count++;
    }
}

static void killed_at_work(void)
{
    const cap_t memory = first_make(OBJECT_UNTYPED, 15, 0);
    const cap_t pause = first_make(OBJECT_NOTIFICATION, 0, 0);
    make_times();
    shared.endpoint = first_make(OBJECT_ENDPOINT, 0, 0);
    begin(0, serves, CAP_NONE);
    for (uint32_t i = 0; i < DEATHS; i++) {
        const cap_t thread = first_slot();
        CHECK_OK(untyped_retype(memory, OBJECT_THREAD, 0, 0, INIT_SLOT_TABLE, thread));
        CHECK_OK(thread_configure(thread, INIT_SLOT_TABLE, INIT_SLOT_SPACE, CAP_NONE));
        CHECK_OK(sched_bind(times[1 + i % (WORKERS - 1)], thread));
        CHECK_OK(thread_start(thread, (uintptr_t)calls_for_ever,
                              (uintptr_t)stacks[1] + STACK_BYTES - 8, 0, 0));
        let_it_signal(pause);
        CHECK_OK(table_revoke(INIT_SLOT_TABLE, memory));
        CHECK_OK(untyped_reset(memory));
        const uint64_t stands = shared.count;
        (void)notification_wait(pause, first_now() + 20 * US);
        CHECK_EQUAL(shared.count, stands);
    }
}

TEST_SUITE(first_processors, {"one server answers callers of all processors", a_server_for_all},
           {"its vector registers go with it from processor to processor", vectors_go_along},
           {"a thread of another processor is stopped at once, and goes on where it was",
            stopped_and_resumed},
           {"what is unmapped is written by no processor any more", unmapped_while_written},
           {"a capability that was deleted is used by no processor any more", deleted_while_used},
           {"a thread that is deleted while it runs elsewhere does nothing more", killed_at_work});
