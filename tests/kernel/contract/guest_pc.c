/**
 * guest_pc.c - `enter` on x86_64: segment bases, flags, single steps, and the shorter way in.
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
#define SET_BASES    "\xf3\x48\x0f\xae\xd0\xf3\x48\x0f\xae\xdb" /* wrfsbase %rax, wrgsbase %rbx */
#define GET_BASES    "\xf3\x48\x0f\xae\xc6\xf3\x48\x0f\xae\xcf" /* rdfsbase %rsi, rdgsbase %rdi */
#define COUNT_DOWN   "\x48\xff\xc9\x75\xfb"                     /* 1: dec %rcx; jnz 1b */
#define VECTOR_UD    6u
#define VECTOR_GP    13u
#define VECTOR_DEBUG 1u

static volatile uint64_t entries;

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
    uint32_t left;
    do /* that somebody else had the processor is no more than a pause */
        left = guest_enter(&m);
    while (left == GUEST_EXIT_KICK);
    CHECK_EQUAL(left, exit);
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

#define FLAGS_GUEST 0x40cd5ull /* AC OF DF SF ZF AF PF CF */
#define FLAGS_KEPT  0x40400ull /* of these, what would change how the server runs: AC DF */

/* That a server sees registers of its guest is no secret: it has the frame. */
static void come_back_main(void *unused)
{
    static const char *const exits[] = {SYSCALL, UNDEFINED, GUEST_STORE};
    const struct registers in = {.rax = SYSCALL_ENTER};
    struct registers out;
    (void)unused;
    for (uint32_t i = 0; i < ARRAY_LENGTH(exits); i++) {
        guest_code(exits[i], 2);
        guest.frame->rbx = GUEST_HOLE;
        guest.frame->rflags |= FLAGS_GUEST;
        raw_syscall(&in, &out);
        CHECK_EQUAL(out.rax, OK);
        CHECK_EQUAL(guest.frame->rflags & FLAGS_GUEST, FLAGS_GUEST);
        CHECK_EQUAL(out.rflags & FLAGS_KEPT, 0);
    }
}

static void come_back(void) { guest_run(come_back_main); }

TEST_SUITE(guest_pc,
           {"all registers of the guest are in the frame, the short way too", all_registers},
           {"segment bases that a guest sets itself are in the frame", own_bases},
           {"a guest that was interrupted goes on with the segment bases that it has set",
            interrupted},
           {"a guest's trap tells its vector, single steps too", traps},
           {"a server comes back from its guest without its flags", come_back});
