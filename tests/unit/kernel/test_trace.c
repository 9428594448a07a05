/**
 * test_trace.c - records of a trace: who ran, from when to when, and why it came to the kernel.
 */
#include <corm/syscall.h>

#include "tests/unit/kernel/machine.h"

#define RECORDS 8u

static struct {
    struct trace_ring head;
    struct trace_record records[RECORDS];
} memory;

static const struct trace_record *record(unsigned n) { return &memory.head.records[n]; }

static void begin(void)
{
    boot();
    memory.head = (struct trace_ring){.mask = RECORDS - 1};
    for (unsigned i = 0; i < RECORDS; i++)
        memory.records[i] = (struct trace_record){0};
    trace_ring = &memory.head;
}

TEST("a record says who ran since the kernel was left, and what the kernel was entered for")
{
    begin();
    memory.head.since_ns = arch_time_now();
    elapse(1000);
    const nanos_t now = arch_time_now();
    trace_event(14, 0xabc);
    CHECK_EQUAL(memory.head.count_written, 1);
    CHECK_EQUAL(record(0)->since_ns, memory.head.since_ns);
    CHECK(record(0)->until_ns >= now && now - record(0)->since_ns >= 1000);
    CHECK_EQUAL(record(0)->thread, (uintptr_t)init_thread);
    CHECK_EQUAL(record(0)->component, 0);
    CHECK_EQUAL(record(0)->in_guest, 0);
    CHECK_EQUAL(record(0)->kind, 14);
    CHECK_EQUAL(record(0)->word, 0xabc);
}

TEST("a switch is two records of different threads, each with the badge of its fault endpoint")
{
    begin();
    uint32_t endpoint = make(OBJECT_ENDPOINT, 0, 0), other = spawn_equal();
    uint32_t badged = mint(endpoint, ENDPOINT_RIGHT_CALL, 7);
    REQUIRE(INVOKE(other, THREAD_OP_SUSPEND) == OK);
    REQUIRE(INVOKE(other, THREAD_OP_CONFIGURE, INIT_SLOT_TABLE, INIT_SLOT_SPACE, badged) == OK);
    REQUIRE(INVOKE(other, THREAD_OP_RESUME) == OK);
    trace_event(1, 0);
    run(thread_at(other));
    trace_event(2, 0);
    CHECK_EQUAL(record(0)->thread, (uintptr_t)init_thread);
    CHECK_EQUAL(record(1)->thread, (uintptr_t)thread_at(other));
    CHECK_EQUAL(record(1)->component, 7);
    CHECK(record(1)->until_ns >= record(0)->until_ns);
}

TEST("an event while nobody runs is nobody's, and one of an interrupted guest says so")
{
    begin();
    init_thread->context.in_guest = true;
    trace_event(40, 0);
    init_thread->context.in_guest = false;
    cpu_first.current = NULL;
    trace_event(41, 0);
    cpu_first.current = init_thread;
    CHECK_EQUAL(record(0)->in_guest, 1);
    CHECK_EQUAL(record(1)->thread, 0);
    CHECK_EQUAL(record(1)->component, 0);
    CHECK_EQUAL(record(1)->in_guest, 0);
}

TEST("the ring keeps the last records, each at its number modulo the ring's size")
{
    begin();
    for (unsigned i = 0; i < 2 * RECORDS + 3; i++)
        trace_event(1, i);
    CHECK_EQUAL(memory.head.count_written, 2 * RECORDS + 3);
    for (unsigned n = RECORDS + 3; n < 2 * RECORDS + 3; n++)
        CHECK_EQUAL(record(n % RECORDS)->word, n);
}
