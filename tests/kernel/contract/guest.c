/**
 * guest.c - `enter`: what brings a thread back out of its guest, and what it finds then.
 */
#include "guestkit.h"

#include "lib/base/string.h"
#include "raw.h"
#include "sdk/rt/time.h"

#define US           NANOS_PER_US
#define LOOP         "\xeb\xfe" /* jmp . */
#define SYSCALL      "\x0f\x05"
#define UNDEFINED    "\x0f\x0b"                                 /* ud2 */
#define LOAD_RBX     "\x8a\x03"                                 /* mov (%rbx), %al */
#define STORE_RBX    "\x88\x03"                                 /* mov %al, (%rbx) */
#define JUMP_RBX     "\xff\xe3"                                 /* jmp *%rbx */
#define SET_BASES    "\xf3\x48\x0f\xae\xd0\xf3\x48\x0f\xae\xdb" /* wrfsbase %rax, wrgsbase %rbx */
#define GET_BASES    "\xf3\x48\x0f\xae\xc6\xf3\x48\x0f\xae\xcf" /* rdfsbase %rsi, rdgsbase %rdi */
#define COUNT_DOWN   "\x48\xff\xc9\x75\xfb"                     /* 1: dec %rcx; jnz 1b */
#define VECTOR_UD    6u
#define VECTOR_GP    13u
#define VECTOR_DEBUG 1u

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
    guest_code(SYSCALL SYSCALL, 4);
    guest.frame->rax = 39;
    for (uint32_t i = 1; i <= 2; i++) {
        CHECK_EQUAL(guest_enter(&m), GUEST_EXIT_SYSCALL);
        CHECK_EQUAL(guest.frame->rip, GUEST_CODE + 2 * (uint64_t)i);
        CHECK_EQUAL(guest.frame->rax, 39);
    }
}

static void system_call(void) { guest_run(system_call_main); }

static volatile uint64_t *frame_word(uint32_t index)
{
    return (volatile uint64_t *)guest.frame + index;
}

#define FRAME_INDEX(name) (uint32_t)(offsetof(struct guest_frame, name) / sizeof(uint64_t))
#define FRAME_GENERAL     FRAME_INDEX(rip) /* the general registers come before it */

static void all_registers_main(void *unused)
{
    struct message m = {0};
    (void)unused;
    for (uint32_t round = 0; round < 2; round++) {
        /* The second round takes the short way in: rcx and r11 are as sysret leaves them. */
        for (uint32_t i = 0; i < FRAME_GENERAL; i++)
            *frame_word(i) = 0x100 * (uint64_t)i + round;
        guest_code(SYSCALL, 2);
        guest.frame->rflags = GUEST_FLAGS | 0x8d5;
        if (round == 1) {
            guest.frame->rcx = guest.frame->rip;
            guest.frame->r11 = guest.frame->rflags;
        }
        guest.frame->fs_base = GUEST_DATA + 8;
        guest.frame->gs_base = GUEST_DATA + 16;
        CHECK_EQUAL(guest_enter(&m), GUEST_EXIT_SYSCALL);
        for (uint32_t i = 0; i < FRAME_GENERAL; i++) {
            if (i != FRAME_INDEX(rcx) && i != FRAME_INDEX(r11))
                CHECK_EQUAL(*frame_word(i), 0x100 * (uint64_t)i + round);
        }
        CHECK_EQUAL(guest.frame->rflags, GUEST_FLAGS | 0x8d5);
        CHECK_EQUAL(guest.frame->fs_base, GUEST_DATA + 8);
        CHECK_EQUAL(guest.frame->gs_base, GUEST_DATA + 16);
    }
}

static void all_registers(void) { guest_run(all_registers_main); }

#define FS_BASE (GUEST_DATA + 0x100)
#define GS_BASE (GUEST_DATA + 0x200)

static void run_set_bases(const char *then, uint64_t length, uint32_t exit)
{
    struct message m = {0};
    guest_code(SET_BASES, 10);
    memcpy(guest.code + 10, then, length);
    guest.frame->rax = FS_BASE;
    guest.frame->rbx = GS_BASE;
    guest.frame->rcx = 100000;
    guest.frame->fs_base = guest.frame->gs_base = 0;
    CHECK_EQUAL(guest_enter(&m), exit);
    CHECK_EQUAL(guest.frame->fs_base, FS_BASE);
    CHECK_EQUAL(guest.frame->gs_base, GS_BASE);
}

static void own_bases_main(void *unused)
{
    (void)unused;
    run_set_bases(SYSCALL, 2, GUEST_EXIT_SYSCALL);
    run_set_bases(UNDEFINED, 2, GUEST_EXIT_TRAP);
}

static void own_bases(void) { guest_run(own_bases_main); }

static void interrupted_main(void *unused)
{
    (void)unused;
    run_set_bases(COUNT_DOWN GET_BASES SYSCALL, 17, GUEST_EXIT_SYSCALL);
    CHECK_EQUAL(guest.frame->rsi, FS_BASE);
    CHECK_EQUAL(guest.frame->rdi, GS_BASE);
    entries = 3;
}

/* Below the worker, whose deadlines interrupt it. */
static void interrupted(void)
{
    entries = 0;
    guest_make(interrupted_main, 0,
               env_sched_split(15 * NANOS_PER_MS, 100 * NANOS_PER_MS, PRIORITY_LOW));
    helper_start(guest.thread);
    for (uint32_t i = 0; i < 60; i++)
        sleep_until(time_now() + 10 * US);
    CHECK_EQUAL(entries, 3);
}

static void check_fault(const void *code, uint64_t address, uint64_t access)
{
    struct message m = {0};
    guest_code(code, 2);
    guest.frame->rbx = address;
    CHECK_EQUAL(guest_enter(&m), GUEST_EXIT_FAULT);
    CHECK_EQUAL(m.words[0], address);
    CHECK_EQUAL(m.words[1], access);
}

static void faults_main(void *unused)
{
    (void)unused;
    check_fault(LOAD_RBX, GUEST_HOLE, 0);
    CHECK_EQUAL(guest.frame->rip, GUEST_CODE);
    check_fault(STORE_RBX, GUEST_HOLE + 5, GUEST_ACCESS_WRITE);
    check_fault(JUMP_RBX, GUEST_HOLE, GUEST_ACCESS_EXECUTE);
    check_fault(JUMP_RBX, GUEST_DATA, GUEST_ACCESS_PRESENT | GUEST_ACCESS_EXECUTE);
    check_fault(LOAD_RBX, 0x400000, 0); /* the component's own program is not there */
}

static void faults(void) { guest_run(faults_main); }

static void traps_main(void *unused)
{
    struct message m = {0};
    (void)unused;
    guest_code(UNDEFINED, 2);
    CHECK_EQUAL(guest_enter(&m), GUEST_EXIT_TRAP);
    CHECK_EQUAL(m.words[0], VECTOR_UD);
    guest_code("\xf4", 1); /* hlt */
    CHECK_EQUAL(guest_enter(&m), GUEST_EXIT_TRAP);
    CHECK_EQUAL(m.words[0], VECTOR_GP);
    guest_code("\x90\x90\x90" LOOP, 5);
    guest.frame->rflags |= 0x100;
    CHECK_EQUAL(guest_enter(&m), GUEST_EXIT_TRAP);
    CHECK_EQUAL(m.words[0], VECTOR_DEBUG);
    CHECK_EQUAL(guest.frame->rip, GUEST_CODE + 1);
}

static void traps(void) { guest_run(traps_main); }

static void no_capability_main(void *unused)
{
    struct message m = {0};
    (void)unused;
    guest_code(SYSCALL, 2);
    guest.frame->rax = HANDLE(SLOT_THREAD, THREAD_OP_SUSPEND);
    CHECK_EQUAL(guest_enter(&m), GUEST_EXIT_SYSCALL);
    guest_code(SYSCALL, 2);
    guest.frame->rax = SYSCALL_ENTER;
    CHECK_EQUAL(guest_enter(&m), GUEST_EXIT_SYSCALL);
    CHECK_EQUAL(guest.frame->rax, SYSCALL_ENTER);
}

static void no_capability(void) { guest_run(no_capability_main); }

static void kicked_before_main(void *unused)
{
    struct message m = {0};
    (void)unused;
    guest_code(SYSCALL, 2);
    CHECK_OK(thread_kick(guest.thread));
    CHECK_OK(thread_kick(guest.thread));
    CHECK_EQUAL(guest_enter(&m), GUEST_EXIT_KICK);
    CHECK_EQUAL(guest.frame->rip, GUEST_CODE);
    CHECK_EQUAL(guest_enter(&m), GUEST_EXIT_SYSCALL);
}

static void kicked_before(void) { guest_run(kicked_before_main); }

static void loop_main(void *unused)
{
    struct message m = {0};
    (void)unused;
    guest_code(LOOP, 2);
    guest.frame->rdi = 0x1234;
    entries = 1;
    left_with = guest_enter(&m);
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
    CHECK_EQUAL(guest.frame->rip, GUEST_CODE);
    CHECK_EQUAL(guest.frame->rdi, 0x1234);
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
    start_loop();
    CHECK_OK(table_revoke(SLOT_TABLE, guest.code_region));
    sleep_until(time_now() + 200 * US);
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
#define FLAGS_GUEST  0x40cd5ull /* AC OF DF SF ZF AF PF CF */
#define FLAGS_KEPT   0x40400ull /* of these, what would change how the server runs: AC DF */

/* That a server sees registers of its guest is no secret: it has the frame. */
static void come_back_main(void *unused)
{
    static const char *const exits[] = {SYSCALL, UNDEFINED, STORE_RBX};
    const struct registers in = {.rax = SYSCALL_ENTER};
    struct registers out;
    (void)unused;
    for (uint32_t i = 0; i < ARRAY_LENGTH(exits); i++) {
        const uint64_t *seen = (const uint64_t *)&out;
        guest_code(exits[i], 2);
        guest.frame->rbx = GUEST_HOLE;
        guest.frame->rflags |= FLAGS_GUEST;
        raw_syscall(&in, &out);
        CHECK_EQUAL(out.rax, OK);
        CHECK_EQUAL(guest.frame->rflags & FLAGS_GUEST, FLAGS_GUEST);
        CHECK_EQUAL(out.rflags & FLAGS_KEPT, 0);
        for (uint32_t word = 0; word < REGISTERS_COUNT; word++)
            CHECK(seen[word] < KERNEL_START);
    }
}

static void come_back(void) { guest_run(come_back_main); }

TEST_SUITE(
    guest, {"enter without a guest answers EMPTY", no_guest},
    {"a guest's system call brings the thread out, behind the instruction", system_call},
    {"all registers of the guest are in the frame, both ways", all_registers},
    {"segment bases that a guest sets itself are in the frame", own_bases},
    {"a guest that was interrupted goes on with the segment bases that it has set", interrupted},
    {"a guest's page fault tells address and access", faults},
    {"a guest's trap tells its vector, single steps too", traps},
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
    {"a server comes back from its guest without its flags, and with no address of the kernel",
     come_back},
    {"a guest needs a Space that works and a whole page as frame", set_guest_refuses});
