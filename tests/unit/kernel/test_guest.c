/**
 * test_guest.c - `enter`, `kick`, and the vector state of guests.
 */
#include <corm/syscall.h>

#include "abi/guest.h"
#include "tests/unit/kernel/machine.h"

static uint32_t frame_region, guest_space, thread;

static struct guest_frame *frame(void) { return host_ram(slot_at(frame_region)->value + 0x1000); }

static void setup(uint64_t flags)
{
    boot();
    frame_region = make(OBJECT_REGION, 13, 0);
    guest_space = make_space(true);
    thread = make(OBJECT_THREAD, 0, flags);
    REQUIRE(INVOKE(thread, THREAD_OP_CONFIGURE, INIT_SLOT_TABLE, INIT_SLOT_SPACE, 0) == OK);
    REQUIRE(INVOKE(thread, THREAD_OP_SET_GUEST, guest_space, frame_region, 0x1000) == OK);
    REQUIRE(INVOKE(make_sched(NANOS_PER_MS, 10 * NANOS_PER_MS, 255), SCHED_OP_BIND, thread) == OK);
    REQUIRE(INVOKE(thread, THREAD_OP_START, 0x1000, 0x2000, 0, 0) == OK);
    run(thread_at(thread));
}

static void enter(void) { trap(HANDLE(0, SYSCALL_ENTER), 0, (uint64_t[MESSAGE_WORDS]){0}, 0); }

/** The thread's time is up in the middle of its guest: init runs. */
static void preempt(void)
{
    REQUIRE(running() == thread_at(thread) && running()->context.in_guest);
    host_now += NANOS_PER_MS;
    interrupts();
    REQUIRE(running() == init_thread && thread_at(thread)->context.in_guest);
}

static void wait_for_thread(void)
{
    host_now += 20 * NANOS_PER_MS;
    run(thread_at(thread));
}

TEST("enter runs the guest of the frame until it does something that needs its server")
{
    setup(0);
    frame()->pc = 0x400000;
    enter();
    REQUIRE(running() == thread_at(thread));
    CHECK(running()->context.in_guest);
    host_guest_exit(GUEST_EXIT_SYSCALL);
    CHECK(!running()->context.in_guest);
    CHECK_EQUAL(frame()->pc, 0x400001);
}

TEST("enter without a guest or a frame finds EMPTY, and with a bad frame RANGE")
{
    setup(0);
    frame()->pc = USER_LIMIT;
    enter();
    CHECK_EQUAL(seen_result(running()), RANGE);
    CHECK(!running()->context.in_guest);
    run(init_thread);
    enter();
    CHECK_EQUAL(seen_result(init_thread), EMPTY);
}

TEST("a kick brings a thread out of its guest")
{
    setup(0);
    enter();
    preempt();
    CHECK_EQUAL(INVOKE(thread, THREAD_OP_KICK), OK);
    CHECK(!thread_at(thread)->context.in_guest);
    wait_for_thread();
    CHECK_EQUAL(seen_result(running()), OK);
    CHECK_EQUAL(seen_label(running()), GUEST_EXIT_KICK);
}

TEST("a kick outside the guest is kept for the next enter, once")
{
    setup(0);
    CHECK_EQUAL(INVOKE(thread, THREAD_OP_KICK), OK);
    CHECK_EQUAL(INVOKE(thread, THREAD_OP_KICK), OK);
    enter();
    CHECK(!running()->context.in_guest);
    CHECK_EQUAL(seen_result(running()), OK);
    CHECK_EQUAL(seen_label(running()), GUEST_EXIT_KICK);
    enter();
    CHECK(running()->context.in_guest);
}

static uint32_t device_region(void)
{
    const struct bootinfo *info = init_bootinfo();
    for (uint32_t i = 0; i < info->count_memory; i++)
        if (info->memory[i].kind == BOOTINFO_MEMORY_DEVICE)
            return make_from(INIT_SLOT_FIRST_UNTYPED + i, OBJECT_REGION, 12, 0);
    REQUIRE(false);
    return 0;
}

TEST("set_guest refuses frames outside the Region, misaligned, read-only or in device memory")
{
    setup(0);
    run(init_thread);
    uint32_t other = make(OBJECT_THREAD, 0, 0);
    uint32_t weak = fresh();
    CHECK_EQUAL(INVOKE(other, THREAD_OP_SET_GUEST, 0, frame_region, 0x2000), RANGE);
    CHECK_EQUAL(INVOKE(other, THREAD_OP_SET_GUEST, 0, frame_region, 0x800), RANGE);
    CHECK_EQUAL(INVOKE(other, THREAD_OP_SET_GUEST, 0, frame_region, ~0xfffull), RANGE);
    CHECK_EQUAL(INVOKE(other, THREAD_OP_SET_GUEST, 0, guest_space, 0), TYPE);
    CHECK_EQUAL(
        INVOKE(frame_region, REGION_OP_MINT, 0, 12, REGION_RIGHT_READ, INIT_SLOT_TABLE, weak), OK);
    CHECK_EQUAL(INVOKE(other, THREAD_OP_SET_GUEST, 0, weak, 0), RIGHTS);
    CHECK_EQUAL(INVOKE(other, THREAD_OP_SET_GUEST, 0, device_region(), 0), RANGE);
    CHECK_EQUAL(INVOKE(other, THREAD_OP_SET_GUEST, guest_space, frame_region, 0), OK);
}

TEST("set_guest sets the Space, the frame, or both, and leaves the other as it was")
{
    setup(0);
    run(init_thread);
    uint32_t other = make(OBJECT_THREAD, 0, 0);
    CHECK_EQUAL(INVOKE(other, THREAD_OP_SET_GUEST, guest_space, 0, 0), OK);
    CHECK_EQUAL(thread_at(other)->guest_root, thread_at(thread)->guest_root);
    CHECK(thread_at(other)->frame == NULL);
    CHECK_EQUAL(INVOKE(other, THREAD_OP_SET_GUEST, 0, frame_region, 0x1000), OK);
    CHECK_EQUAL(thread_at(other)->guest_root, thread_at(thread)->guest_root);
    CHECK(thread_at(other)->frame == thread_at(thread)->frame);
}

TEST("a guest whose processor another thread had comes out as by a kick when it goes on")
{
    setup(0);
    frame()->pc = 0x400000;
    enter();
    preempt();
    wait_for_thread();
    CHECK(!running()->context.in_guest);
    CHECK_EQUAL(seen_label(running()), GUEST_EXIT_KICK);
    enter();
    CHECK(running()->context.in_guest);
}

TEST("a guest that was interrupted, and goes on at once, stays in its guest")
{
    setup(0);
    enter();
    cpu_first.reschedule = true;
    interrupts();
    CHECK(running() == thread_at(thread) && running()->context.in_guest);
}

TEST("set_guest refuses a thread that is in its guest")
{
    setup(0);
    enter();
    preempt();
    CHECK_EQUAL(INVOKE(thread, THREAD_OP_SET_GUEST, guest_space, frame_region, 0), BUSY);
    CHECK(thread_at(thread)->context.in_guest);
}

TEST("a guest whose frame is revoked ends there")
{
    setup(0);
    enter();
    preempt();
    del(frame_region);
    CHECK(!thread_at(thread)->context.in_guest);
    CHECK(thread_at(thread)->frame == NULL);
}

TEST("a guest whose Space is revoked ends there")
{
    setup(0);
    enter();
    preempt();
    del(guest_space);
    CHECK(!thread_at(thread)->context.in_guest);
    CHECK_EQUAL(thread_at(thread)->guest_root, 0);
    wait_for_thread();
    CHECK_EQUAL(seen_label(running()), GUEST_EXIT_KICK);
    enter();
    CHECK_EQUAL(seen_result(running()), EMPTY);
}

TEST("a guest whose page-table nodes are taken away stays, with nothing mapped")
{
    setup(0);
    enter();
    preempt();
    paddr_t root = thread_at(thread)->guest_root;
    CHECK_EQUAL(INVOKE(guest_space, SPACE_OP_DETACH, 0), OK);
    CHECK(thread_at(thread)->context.in_guest);
    CHECK_EQUAL(thread_at(thread)->guest_root, root);
    CHECK_EQUAL(INVOKE(guest_space, SPACE_OP_INFO), OK);
    CHECK_EQUAL(results[1], 0);
}

TEST("vector state goes to the frame page and back, for threads that declared it")
{
    setup(1);
    thread_at(thread)->context.vector = 0x1234;
    CHECK_EQUAL(INVOKE(thread, THREAD_OP_VECTOR_OUT), OK);
    CHECK_EQUAL(frame()->vector, 0x1234);
    frame()->vector = 0x9999;
    CHECK_EQUAL(INVOKE(thread, THREAD_OP_VECTOR_IN), OK);
    CHECK_EQUAL(thread_at(thread)->context.vector, 0x9999);
    run(init_thread);
    CHECK_EQUAL(INVOKE(INIT_SLOT_THREAD, THREAD_OP_VECTOR_OUT), UNSUPPORTED);
    CHECK_EQUAL(INVOKE(make(OBJECT_THREAD, 0, 1), THREAD_OP_VECTOR_IN), EMPTY);
}

TEST("vector state is not copied while the guest may change it")
{
    setup(1);
    enter();
    preempt();
    CHECK_EQUAL(INVOKE(thread, THREAD_OP_VECTOR_OUT), BUSY);
    CHECK_EQUAL(INVOKE(thread, THREAD_OP_VECTOR_IN), BUSY);
}
