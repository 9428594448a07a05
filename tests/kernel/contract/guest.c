/**
 * guest.c - `enter`: what brings a thread back out of its guest, and what it finds then.
 */
#include "guestkit.h"

#include "lib/base/string.h"
#include "raw.h"
#include "sdk/rt/time.h"

#define US NANOS_PER_US

static volatile uint64_t left_with;
static volatile uint64_t entries;

static void no_guest_main(void *unused)
{
    struct message m = {0};
    (void)unused;
    CHECK_STATUS(ipc_enter(&m), EMPTY);
}

static void no_guest(void)
{
    struct message m = {0};
    CHECK_STATUS(ipc_enter(&m), EMPTY);
    helper_high(no_guest_main, NULL);
}

static void system_call_main(void *unused)
{
    struct message m = {0};
    (void)unused;
    GUEST_CODE_SET(GUEST_CALL GUEST_CALL);
    guest.frame->FRAME_HANDLE = 39;
    for (uint32_t i = 1; i <= 2; i++) {
        CHECK_EQUAL(guest_enter(&m), GUEST_EXIT_SYSCALL);
        CHECK_EQUAL(guest.frame->FRAME_PC, GUEST_CODE + GUEST_CALL_BYTES * (uint64_t)i);
        CHECK_EQUAL(guest.frame->FRAME_HANDLE, 39);
    }
}

static void system_call(void) { guest_run(system_call_main); }

static volatile uint64_t *frame_word(uint32_t index)
{
    return (volatile uint64_t *)guest.frame + index;
}

static void all_registers_main(void *unused)
{
    struct message m = {0};
    (void)unused;
    GUEST_CODE_SET(GUEST_CALL);
    for (uint32_t i = FRAME_GENERAL_FIRST; i < FRAME_GENERAL_END; i++)
        *frame_word(i) = 0x100 * (uint64_t)i;
    CHECK_EQUAL(guest_enter(&m), GUEST_EXIT_SYSCALL);
    for (uint32_t i = FRAME_GENERAL_FIRST; i < FRAME_GENERAL_END; i++) {
        if (frame_word_kept(i))
            CHECK_EQUAL(*frame_word(i), 0x100 * (uint64_t)i);
    }
}

static void all_registers(void) { guest_run(all_registers_main); }

static void check_fault(const void *code, uint64_t bytes, uint64_t address, uint64_t access)
{
    struct message m = {0};
    guest_code(code, bytes);
    guest.frame->FRAME_ADDRESS = address;
    CHECK_EQUAL(guest_enter(&m), GUEST_EXIT_FAULT);
    CHECK_EQUAL(m.words[0], address);
    CHECK_EQUAL(m.words[1], access);
}

#define CHECK_FAULT(code, address, access) check_fault(code, sizeof(code) - 1, address, access)

static void faults_main(void *unused)
{
    (void)unused;
    CHECK_FAULT(GUEST_LOAD, GUEST_HOLE, 0);
    CHECK_EQUAL(guest.frame->FRAME_PC, GUEST_CODE);
    CHECK_FAULT(GUEST_STORE, GUEST_HOLE + 5, GUEST_ACCESS_WRITE);
    CHECK_FAULT(GUEST_JUMP, GUEST_HOLE, GUEST_ACCESS_EXECUTE);
    CHECK_FAULT(GUEST_JUMP, GUEST_DATA, GUEST_ACCESS_PRESENT | GUEST_ACCESS_EXECUTE);
    CHECK_FAULT(GUEST_LOAD, 0x400000, 0); /* the component's own program is not there */
}

static void faults(void) { guest_run(faults_main); }

static void traps_main(void *unused)
{
    struct message m = {0};
    (void)unused;
    GUEST_CODE_SET(GUEST_UNDEFINED);
    CHECK_EQUAL(guest_enter(&m), GUEST_EXIT_TRAP);
    CHECK_EQUAL(m.words[0], TRAP_UNDEFINED);
    CHECK_EQUAL(guest.frame->FRAME_PC, GUEST_CODE);
    GUEST_CODE_SET(GUEST_HALT);
    CHECK_EQUAL(guest_enter(&m), GUEST_EXIT_TRAP);
    CHECK_EQUAL(m.words[0], TRAP_PRIVILEGED);
}

static void traps(void) { guest_run(traps_main); }

static void no_capability_main(void *unused)
{
    struct message m = {0};
    (void)unused;
    GUEST_CODE_SET(GUEST_CALL);
    guest.frame->FRAME_HANDLE = HANDLE(SLOT_THREAD, THREAD_OP_SUSPEND);
    CHECK_EQUAL(guest_enter(&m), GUEST_EXIT_SYSCALL);
    GUEST_CODE_SET(GUEST_CALL);
    guest.frame->FRAME_HANDLE = SYSCALL_ENTER;
    CHECK_EQUAL(guest_enter(&m), GUEST_EXIT_SYSCALL);
    CHECK_EQUAL(guest.frame->FRAME_HANDLE, SYSCALL_ENTER);
}

static void no_capability(void) { guest_run(no_capability_main); }

static void kicked_before_main(void *unused)
{
    struct message m = {0};
    (void)unused;
    GUEST_CODE_SET(GUEST_CALL);
    CHECK_OK(thread_kick(guest.thread));
    CHECK_OK(thread_kick(guest.thread));
    CHECK_EQUAL(guest_enter(&m), GUEST_EXIT_KICK);
    CHECK_EQUAL(guest.frame->FRAME_PC, GUEST_CODE);
    CHECK_EQUAL(guest_enter(&m), GUEST_EXIT_SYSCALL);
}

static void kicked_before(void) { guest_run(kicked_before_main); }

/* Somebody else had the processor meanwhile: that is no more than a pause. */
static volatile bool enters_again;

static void loop_main(void *unused)
{
    struct message m = {0};
    (void)unused;
    GUEST_CODE_SET(GUEST_LOOP);
    guest.frame->FRAME_ARGUMENT = 0x1234;
    entries = 1;
    do
        left_with = guest_enter(&m);
    while (enters_again && left_with == GUEST_EXIT_KICK);
    entries = 2;
}

/* A guest that loops, below the worker. */
static void start_loop(void)
{
    left_with = entries = 0;
    guest_make(loop_main, 0, env_sched_split(15 * NANOS_PER_MS, 100 * NANOS_PER_MS, PRIORITY_LOW));
    helper_start(guest.thread);
    sleep_until(time_now() + 200 * US);
    CHECK_EQUAL(entries, 1);
}

static void kicked_inside(void)
{
    start_loop();
    CHECK_OK(thread_kick(guest.thread));
    sleep_until(time_now() + 200 * US);
    CHECK_EQUAL(entries, 2);
    CHECK_EQUAL(left_with, GUEST_EXIT_KICK);
    CHECK_EQUAL(guest.frame->FRAME_PC, GUEST_CODE);
    CHECK_EQUAL(guest.frame->FRAME_ARGUMENT, 0x1234);
}

static void space_goes(void)
{
    start_loop();
    CHECK_OK(table_delete(SLOT_TABLE, guest.space));
    sleep_until(time_now() + 200 * US);
    CHECK_EQUAL(left_with, GUEST_EXIT_KICK);
}

static void frame_goes(void)
{
    start_loop();
    CHECK_OK(table_revoke(SLOT_TABLE, guest.frame_region));
    sleep_until(time_now() + 200 * US);
    CHECK_EQUAL(left_with, GUEST_EXIT_KICK);
}

static void code_goes(void)
{
    enters_again = true;
    start_loop();
    CHECK_OK(table_revoke(SLOT_TABLE, guest.code_region));
    sleep_until(time_now() + 200 * US);
    enters_again = false;
    CHECK_EQUAL(left_with, GUEST_EXIT_FAULT);
}

static void thread_goes(void)
{
    start_loop();
    CHECK_OK(table_delete(SLOT_TABLE, guest.thread));
    sleep_until(time_now() + 200 * US);
    CHECK_EQUAL(entries, 1);
}

static void suspended_inside(void)
{
    start_loop();
    CHECK_OK(thread_suspend(guest.thread));
    sleep_until(time_now() + 100 * US);
    CHECK_EQUAL(entries, 1);
    CHECK_OK(thread_resume(guest.thread));
    CHECK_OK(thread_kick(guest.thread));
    sleep_until(time_now() + 200 * US);
    CHECK_EQUAL(left_with, GUEST_EXIT_KICK);
}

static void busy_while_inside(void)
{
    start_loop();
    CHECK_STATUS(thread_set_guest(guest.thread, guest.space, 0, 0), BUSY);
    CHECK_STATUS(thread_set_guest(guest.thread, 0, guest.frame_region, 0), BUSY);
}

static void set_guest_refuses(void)
{
    const cap_t thread = env_make(OBJECT_THREAD, 0, 0);
    const cap_t region = env_make(OBJECT_REGION, 13, 0);
    CHECK_STATUS(thread_set_guest(thread, 0, region, 1), RANGE);
    CHECK_STATUS(thread_set_guest(thread, 0, region, 2 * PAGE), RANGE);
    CHECK_STATUS(thread_set_guest(thread, 0, region, ~0ull << 12), RANGE);
    CHECK_STATUS(thread_set_guest(thread, region, 0, 0), TYPE);
    CHECK_STATUS(thread_set_guest(thread, 0, SLOT_SPACE, 0), TYPE);
    CHECK_OK(thread_set_guest(thread, env_make(OBJECT_SPACE, 2, 1), 0, 0));
    CHECK_OK(thread_set_guest(thread, 0, region, PAGE));
}

static void vector_while_inside(void)
{
    start_loop();
    CHECK_STATUS(thread_vector_out(guest.thread), BUSY);
    CHECK_STATUS(thread_vector_in(guest.thread), BUSY);
    CHECK_OK(thread_kick(guest.thread));
    CHECK_OK(thread_vector_out(guest.thread));
}

#define KERNEL_START 0xffff800000000000ull

/* That a server sees registers of its guest is no secret: it has the frame. */
static void come_back_main(void *unused)
{
    static const struct {
        const char *code;
        uint64_t bytes;
    } exits[] = {{GUEST_CALL, sizeof(GUEST_CALL) - 1},
                 {GUEST_UNDEFINED, sizeof(GUEST_UNDEFINED) - 1},
                 {GUEST_STORE, sizeof(GUEST_STORE) - 1}};
    const struct registers in = {.RAW_HANDLE = SYSCALL_ENTER};
    struct registers out;
    (void)unused;
    for (uint32_t i = 0; i < ARRAY_LENGTH(exits); i++) {
        const uint64_t *seen = (const uint64_t *)&out;
        guest_code(exits[i].code, exits[i].bytes);
        guest.frame->FRAME_ADDRESS = GUEST_HOLE;
        raw_syscall(&in, &out);
        CHECK_EQUAL(out.RAW_HANDLE, OK);
        for (uint32_t word = 0; word < REGISTERS_GENERAL; word++)
            CHECK(seen[word] < KERNEL_START);
    }
}

static void come_back(void) { guest_run(come_back_main); }

TEST_SUITE(guest, {"enter without a guest answers EMPTY", no_guest},
           {"a guest's system call brings the thread out, behind the instruction", system_call},
           {"all registers of the guest are in the frame, both ways", all_registers},
           {"a guest's page fault tells address and access", faults},
           {"a guest's trap tells its vector", traps},
           {"a guest has no capability: each system call goes to its server", no_capability},
           {"a kick is sticky: the next enter returns at once, and once", kicked_before},
           {"a kick brings the thread out of a looping guest", kicked_inside},
           {"a guest whose Space is deleted is left", space_goes},
           {"a guest whose frame is revoked is left", frame_goes},
           {"a guest whose code is revoked faults", code_goes},
           {"a thread can be deleted inside its guest", thread_goes},
           {"a thread that is suspended inside its guest goes on there", suspended_inside},
           {"guest and frame do not change while the guest runs", busy_while_inside},
           {"vector state is not copied while the guest runs", vector_while_inside},
           {"a server comes back from its guest with no address of the kernel", come_back},
           {"a guest needs a Space that works and a whole page as frame", set_guest_refuses});
