/**
 * puppet.c - a thread that counts, in the kernel and out of it, and has a pattern in its vector
 * registers. Its worker stops it, moves it to other processors, destroys it and makes it anew.
 * Nobody else has it, so all answers are certain.
 */
#include "tests/kernel/stress/worker.h"

#include "sdk/rt/time.h"

#define UNTYPED_LOG2 14u
#define LOOKS        30u
#define PROGRESS_NS  (60 * NANOS_PER_S)
#define WAITS_IN     16u /* who asks for progress waits for it one time in so many */
#define PATTERN      0xa0u

static volatile uint64_t count;
static uint8_t stack[HELPER_STACK_BYTES] ALIGNED(16);

static void puppet(void *unused)
{
    const uint8_t seed = (uint8_t)(PATTERN + me.index);
    (void)unused;
    vectors_fill(seed);
    for (;;) {
        count++;
        if (count % 4 == 0)
            WANT_EQUAL(notification_wait(SLOT_SILENT, DEADLINE_POLL), RECEIVED_ERROR | TIMEOUT);
        if (count % 16 == 0)
            ipc_yield();
        WANT(vectors_hold(seed));
    }
}

static void make(void)
{
    helper_make(SLOT_PUPPET, SLOT_PUPPET_UNTYPED, true);
    helper_start(SLOT_PUPPET, puppet, stack);
}

void puppet_begin(void)
{
    DO_OK(untyped_retype(ACTOR_UNTYPED, OBJECT_UNTYPED, UNTYPED_LOG2, 0, ACTOR_TABLE,
                         SLOT_PUPPET_UNTYPED));
    make();
}

static void want_state(uint64_t wanted)
{
    uint64_t state = 0, pc = 0, sp = 0;
    DO_OK(thread_inspect(SLOT_PUPPET, &state, &pc, &sp));
    WANT_EQUAL(state, wanted);
}

static void want_still(void)
{
    const uint64_t stands = count;
    for (uint32_t i = 0; i < LOOKS; i++)
        WANT_EQUAL(count, stands);
}

void puppet_stop(void)
{
    DO_OK(thread_suspend(SLOT_PUPPET));
    want_still();
    want_state(STATE_SUSPENDED);
    if (roll(2) == 0)
        DO_OK(sched_bind(ACTOR_OTHER_TIMES + roll(PROCESSORS), SLOT_PUPPET));
    const uint64_t before = count;
    DO_OK(thread_resume(SLOT_PUPPET));
    if (roll(WAITS_IN) != 0)
        return;
    const nanos_t end = time_now() + PROGRESS_NS;
    while (count == before) {
        WANT(time_now() < end);
        (void)notification_wait(SLOT_SILENT, soon(50));
    }
}

void puppet_busy(void)
{
    want_state(STATE_READY);
    DO(thread_resume(SLOT_PUPPET), BUSY);
    DO(sched_bind(ACTOR_OTHER_TIMES, SLOT_PUPPET), BUSY);
    DO(thread_start(SLOT_PUPPET, 0x1000, 0x1000, 0, 0), BUSY);
    DO(thread_configure(SLOT_PUPPET, ACTOR_TABLE, ACTOR_SPACE, CAP_NONE), BUSY);
    DO_OK(thread_set_tls(SLOT_PUPPET, roll(1000)));
    DO(thread_vector_out(SLOT_PUPPET), EMPTY);
}

void puppet_replace(void)
{
    if (roll(2) == 0)
        DO_OK(table_delete(ACTOR_TABLE, SLOT_PUPPET));
    else
        DO_OK(table_revoke(ACTOR_TABLE, SLOT_PUPPET_UNTYPED));
    want_still();
    DO_OK(untyped_reset(SLOT_PUPPET_UNTYPED));
    make();
}
