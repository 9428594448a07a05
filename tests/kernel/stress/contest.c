/**
 * contest.c - what workers do to each other: capabilities and pages that are given and taken back
 * while the other one uses them, and threads that are moved to another processor wherever they are.
 *
 * When a revoke has returned, nothing comes through what it destroyed: no bit, no write.
 */
#include "tests/kernel/stress/worker.h"

#define RIGHTS_RW (REGION_RIGHT_READ | REGION_RIGHT_WRITE)
#define LOOKS     50u

static volatile uint64_t *lent_page(void)
{
    return (volatile uint64_t *)(ACTOR_LENT + me.index * PAGE);
}

void contest_begin(void)
{
    uint64_t done = 0;
    DO_OK(table_copy(ACTOR_TABLE, ACTOR_NOTIFICATION, ACTOR_TABLE, SLOT_SHARE,
                     NOTIFICATION_RIGHT_SIGNAL));
    DO_OK(untyped_retype(ACTOR_UNTYPED, OBJECT_REGION, 12, 0, ACTOR_TABLE, SLOT_LENDS));
    DO_OK(region_mint(SLOT_LENDS, 0, 12, RIGHTS_RW, ACTOR_TABLE, SLOT_LENDS_PART));
    DO_OK(space_attach(ACTOR_SPACE, SPACE_LENT + me.index, SLOT_LENDS,
                       (uint64_t)(uintptr_t)lent_page(), PAGE));
    DO_OK(space_map(ACTOR_SPACE, SPACE_LENT + me.index, 0, (uint64_t)(uintptr_t)lent_page(), PAGE,
                    RIGHTS_RW, &done));
    WANT_EQUAL(done, PAGE);
    me.forbidden = BITS_GIVEN | BITS_SENT;
}

/* --- signals --- */

void give_signal(void)
{
    const uint32_t to = roll_other();
    me.forbidden &= ~(BIT(BIT_GIVEN) << to);
    DO(table_mint(ACTOR_TABLE, SLOT_SHARE, ACTOR_WORKER_TABLES + to, ACTOR_GIVEN + me.index,
                  NOTIFICATION_RIGHT_SIGNAL, BIT(BIT_GIVEN) << to),
       me.given[to] ? SLOT_BUSY : OK);
    me.given[to] = true;
}

static void forbid(uint64_t bits)
{
    took_bits(notification_wait(ACTOR_NOTIFICATION, DEADLINE_POLL)); /* what came before */
    me.forbidden |= bits;
    for (uint32_t i = roll(3); i > 0; i--)
        poll_self();
}

void take_signals_back(void)
{
    const uint32_t of = roll_other();
    if (roll(2) == 0) {
        DO_OK(table_delete(ACTOR_WORKER_TABLES + of, ACTOR_GIVEN + me.index));
        me.given[of] = false;
        forbid(BIT(BIT_GIVEN) << of);
        return;
    }
    DO_OK(table_revoke(ACTOR_TABLE, SLOT_SHARE));
    for (uint32_t i = 0; i < WORKERS; i++)
        me.given[i] = false;
    forbid(BITS_GIVEN);
}

void use_given(void)
{
    for (uint32_t i = 1 + roll(4); i > 0; i--)
        DO_ONE_OF(ipc_signal(ACTOR_GIVEN + roll_other()), ONE(OK) | ONE(BAD_HANDLE));
}

/* --- pages --- */

void lend_page(void)
{
    const uint32_t to = roll_other();
    const uint64_t address = ACTOR_LENT + me.index * PAGE;
    uint64_t done = 0;
    DO(space_attach(ACTOR_WORKER_SPACES + to, SPACE_LENT + me.index, SLOT_LENDS_PART, address,
                    PAGE),
       me.lent[to] ? SLOT_BUSY : OK);
    me.lent[to] = true;
    DO_OK(space_map(ACTOR_WORKER_SPACES + to, SPACE_LENT + me.index, 0, address, PAGE, RIGHTS_RW,
                    &done));
    WANT_EQUAL(done, PAGE);
}

static void nobody_writes(void)
{
    const uint64_t stands = *lent_page();
    for (uint32_t i = 0; i < LOOKS; i++)
        WANT_EQUAL(*lent_page(), stands);
}

void take_pages_back(void)
{
    uint64_t done = 0;
    switch (roll(3)) {
    case 0:
        DO_OK(table_revoke(ACTOR_TABLE, SLOT_LENDS_PART));
        break;
    case 1:
        DO_OK(table_delete(ACTOR_TABLE, SLOT_LENDS_PART));
        DO_OK(region_mint(SLOT_LENDS, 0, 12, RIGHTS_RW, ACTOR_TABLE, SLOT_LENDS_PART));
        break;
    default:
        for (uint32_t i = 0; i < WORKERS; i++) {
            if (i == me.index || !me.lent[i])
                continue;
            DO_OK(space_unmap(ACTOR_WORKER_SPACES + i, ACTOR_LENT + me.index * PAGE, PAGE, &done));
            WANT_EQUAL(done, PAGE);
        }
        nobody_writes();
        return;
    }
    for (uint32_t i = 0; i < WORKERS; i++)
        me.lent[i] = false;
    nobody_writes();
}

/* Of others, who take it away: then it faults. */
void write_lent(void)
{
    const uint64_t address = ACTOR_LENT + roll_other() * PAGE;
    for (uint32_t i = 1 + roll(20); i > 0; i--)
        if (touch(address, true, generator_next(&me.generator)))
            break;
}

/* --- processors --- */

void move_other(void)
{
    const uint32_t other = roll_other();
    const cap_t thread = ACTOR_WORKER_THREADS + other;
    if (!try_take(&shared->worker_taken[other]))
        return;
    DO_OK(thread_suspend(thread));
    DO_OK(sched_bind(ACTOR_TIMES + roll(PROCESSORS), thread));
    DO_OK(thread_resume(thread));
    give_back(&shared->worker_taken[other]);
}
