/**
 * guest.c - a thread that enters a guest, again and again, and is kicked from everywhere. The guest
 * does one of a few things; the answer must be that, or that it was kicked before, with all
 * registers as they were.
 */
#include "tests/kernel/stress/worker.h"

#include "lib/base/string.h"
#include "machine/guest.h"
#include "sdk/rt/time.h"

#define SPACE_LOG2   3u
#define NODES_LOG2   15u
#define GUEST_CODE   0x10000ull
#define GUEST_HOLE   0x30000ull
#define PROGRAM_STEP 64u
#define PROGRESS_NS  (60 * NANOS_PER_S)
#define WAITS_IN     16u /* who asks for progress waits for it one time in so many */
#define PATTERN      0x60u
#define RIGHTS_RW    (REGION_RIGHT_READ | REGION_RIGHT_WRITE)
#define FLAG_GUEST   1u

enum { GUEST_SLOT_NODES, GUEST_SLOT_CODE };

static const struct {
    const char *code;
    uint32_t bytes, exit, behind; /* what it ends with, and how far behind its start */
    uint64_t word;
} programs[] = {
    {GUEST_CALL, sizeof(GUEST_CALL) - 1, GUEST_EXIT_SYSCALL, GUEST_CALL_BYTES, 0},
    {GUEST_LOOP, sizeof(GUEST_LOOP) - 1, GUEST_EXIT_KICK, 0, 0},
    {GUEST_LOAD, sizeof(GUEST_LOAD) - 1, GUEST_EXIT_FAULT, 0, GUEST_HOLE},
    {GUEST_UNDEFINED, sizeof(GUEST_UNDEFINED) - 1, GUEST_EXIT_TRAP, 0, TRAP_UNDEFINED},
};

static volatile struct guest_frame *const frame =
    (volatile struct guest_frame *)(ACTOR_GUEST + PAGE);
static uint8_t stack[HELPER_STACK_BYTES] ALIGNED(16);
static struct generator choices; /* the guest's thread's */

static volatile uint64_t *frame_words(void) { return (volatile uint64_t *)frame; }

static uint64_t pattern(uint32_t word, uint64_t round)
{
    return word == (uint64_t)((volatile uint64_t *)&frame->FRAME_ADDRESS - frame_words())
               ? GUEST_HOLE
               : (word + 1) * 0x0101010101ull + round;
}

static void set_frame(uint32_t program, uint64_t round)
{
    for (uint32_t i = FRAME_GENERAL_FIRST; i < FRAME_GENERAL_END; i++)
        frame_words()[i] = pattern(i, round);
    frame->FRAME_PC = GUEST_CODE + program * PROGRAM_STEP;
    guest_flags(frame);
}

static void judge(uint32_t program, uint64_t round, const struct message *m)
{
    const uint64_t start = GUEST_CODE + program * PROGRAM_STEP;
    if (tag_label(m->tag) == GUEST_EXIT_KICK) {
        WANT_EQUAL(frame->FRAME_PC, start);
    } else {
        WANT_EQUAL(tag_label(m->tag), programs[program].exit);
        WANT_EQUAL(frame->FRAME_PC, start + programs[program].behind);
        if (programs[program].exit != GUEST_EXIT_SYSCALL)
            WANT_EQUAL(m->words[0], programs[program].word);
    }
    for (uint32_t i = FRAME_GENERAL_FIRST; i < FRAME_GENERAL_END; i++)
        if (frame_word_kept(i))
            WANT_EQUAL(frame_words()[i], pattern(i, round));
}

static void enter(void *unused)
{
    (void)unused;
    vectors_fill((uint8_t)(PATTERN + me.index));
    for (uint64_t round = 0;; round++) {
        const uint32_t program =
            (uint32_t)(generator_next(&choices) >> 40) % ARRAY_LENGTH(programs);
        struct message m = {0};
        set_frame(program, round);
        WANT_EQUAL(ipc_enter(&m), OK);
        judge(program, round, &m);
        WANT(vectors_hold((uint8_t)(PATTERN + me.index)));
        __atomic_store_n(&shared->exits[me.index], shared->exits[me.index] + 1, __ATOMIC_RELAXED);
    }
}

static void make_space(void)
{
    uint64_t done = 0;
    DO_OK(untyped_retype(ACTOR_UNTYPED, OBJECT_SPACE, SPACE_LOG2, FLAG_GUEST, ACTOR_TABLE,
                         SLOT_GUEST_SPACE));
    DO_OK(untyped_retype(ACTOR_UNTYPED, OBJECT_UNTYPED, NODES_LOG2, 0, ACTOR_TABLE,
                         SLOT_GUEST_NODES));
    DO_OK(space_donate(SLOT_GUEST_SPACE, GUEST_SLOT_NODES, SLOT_GUEST_NODES));
    DO_OK(space_attach(SLOT_GUEST_SPACE, GUEST_SLOT_CODE, SLOT_GUEST_CODE, GUEST_CODE, PAGE));
    DO_OK(space_map(SLOT_GUEST_SPACE, GUEST_SLOT_CODE, 0, GUEST_CODE, PAGE,
                    REGION_RIGHT_READ | REGION_RIGHT_EXECUTE, &done));
    WANT_EQUAL(done, PAGE);
}

static void see(cap_t region, uint32_t space_slot, uint64_t address)
{
    uint64_t done = 0;
    DO_OK(untyped_retype(ACTOR_UNTYPED, OBJECT_REGION, 12, 0, ACTOR_TABLE, region));
    DO_OK(space_attach(ACTOR_SPACE, space_slot, region, address, PAGE));
    DO_OK(space_map(ACTOR_SPACE, space_slot, 0, address, PAGE, RIGHTS_RW, &done));
    WANT_EQUAL(done, PAGE);
}

void guest_begin(void)
{
    see(SLOT_GUEST_CODE, SPACE_CODE, ACTOR_GUEST);
    see(SLOT_GUEST_FRAME, SPACE_FRAME, ACTOR_GUEST + PAGE);
    for (uint32_t i = 0; i < ARRAY_LENGTH(programs); i++)
        memcpy((void *)(uintptr_t)(ACTOR_GUEST + i * PROGRAM_STEP), programs[i].code,
               programs[i].bytes);
    make_space();
    generator_begin(&choices, shared->seed, 1000 + me.index);
    helper_make(SLOT_GUEST_THREAD, ACTOR_UNTYPED, true);
    DO_OK(thread_set_guest(SLOT_GUEST_THREAD, SLOT_GUEST_SPACE, SLOT_GUEST_FRAME, 0));
    helper_start(SLOT_GUEST_THREAD, enter, stack);
    for (uint32_t i = 0; i < WORKERS; i++)
        DO_OK(table_copy(ACTOR_TABLE, SLOT_GUEST_THREAD, ACTOR_WORKER_TABLES + i,
                         ACTOR_GUEST_KICKS + me.index, THREAD_RIGHT_KICK));
    __atomic_store_n(&shared->may_kick[me.index], 1, __ATOMIC_RELEASE);
}

/* A kick ends what the guest does, or what it does next: it comes out once more. */
static void kick(uint32_t index)
{
    const uint64_t before = __atomic_load_n(&shared->exits[index], __ATOMIC_RELAXED);
    DO_OK(thread_kick(ACTOR_GUEST_KICKS + index));
    if (roll(WAITS_IN) != 0)
        return;
    const nanos_t end = time_now() + PROGRESS_NS;
    while (__atomic_load_n(&shared->exits[index], __ATOMIC_RELAXED) == before) {
        WANT(time_now() < end);
        (void)notification_wait(SLOT_SILENT, soon(50));
    }
}

void guest_kick_own(void) { kick(me.index); }

void guest_kick_other(void)
{
    const uint32_t other = roll_other();
    if (__atomic_load_n(&shared->may_kick[other], __ATOMIC_ACQUIRE))
        kick(other);
}

void guest_stop(void)
{
    uint64_t state = 0, pc = 0, sp = 0;
    DO(thread_configure(SLOT_GUEST_THREAD, CAP_NONE, CAP_NONE, CAP_NONE), BUSY);
    DO_OK(thread_suspend(SLOT_GUEST_THREAD));
    DO_OK(thread_inspect(SLOT_GUEST_THREAD, &state, &pc, &sp));
    WANT_EQUAL(state, STATE_SUSPENDED);
    if (roll(2) == 0)
        DO_OK(sched_bind(ACTOR_OTHER_TIMES + roll(PROCESSORS), SLOT_GUEST_THREAD));
    DO_OK(thread_kick(SLOT_GUEST_THREAD));
    DO_OK(thread_resume(SLOT_GUEST_THREAD));
}
