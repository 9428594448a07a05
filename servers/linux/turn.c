/*
 * turn.c - see turn.h.
 *
 * Lock: process_mutex for the timer. The rest is atomic: who hands over counts it first and then
 * looks whether somebody watches; the timer stops watching first and then looks whether anything
 * was counted. So one of them sees the other (tests/model/hand_over.pml). The watch goes on for a
 * period in which nothing is under way: starting it costs more than looking in vain.
 */
#include "servers/linux/turn.h"

#include "servers/linux/process.h"
#include "servers/linux/timer.h"

uint32_t turn_now = 1;

static struct {
    struct timer timer;
    uint32_t watched; /* the timer is armed */
    uint32_t started; /* hand-overs */
    uint32_t ended;
    uint32_t started_before; /* at the last look */
} turns;

/* An end to all turns that began before the last look. */
static void look_at_all(void)
{
    for (struct thread *thread = thread_first(); thread; thread = thread->next_made) {
        uint32_t since = __atomic_load_n(&thread->turn_since, __ATOMIC_RELAXED);
        if (since != 0 && since != turn_now)
            thread_interrupt(thread, WORK_TURN);
    }
}

static void watch(void)
{
    __atomic_store_n(&turns.watched, 1, __ATOMIC_SEQ_CST);
    timer_arm(&turns.timer, time_now_monotonic() + TURN_PERIOD);
}

static void look(struct timer *timer)
{
    (void)timer;
    look_at_all();
    __atomic_store_n(&turn_now, turn_now + 1 != 0 ? turn_now + 1 : 1, __ATOMIC_RELAXED);
    /* `ended` first: it is never ahead of `started`. */
    uint32_t ended = __atomic_load_n(&turns.ended, __ATOMIC_SEQ_CST);
    bool any = __atomic_load_n(&turns.started, __ATOMIC_SEQ_CST) != ended;
    if (!any)
        __atomic_store_n(&turns.watched, 0, __ATOMIC_SEQ_CST);
    uint32_t started = __atomic_load_n(&turns.started, __ATOMIC_SEQ_CST);
    if (any || started != turns.started_before)
        watch();
    turns.started_before = started;
}

static NOINLINE void start_watching(void)
{
    mutex_lock(&process_mutex);
    if (!turns.watched) {
        turns.timer.fire = look;
        watch();
    }
    mutex_unlock(&process_mutex);
}

void turn_lend(void)
{
    __atomic_fetch_add(&turns.started, 1, __ATOMIC_SEQ_CST);
    if (UNLIKELY(!__atomic_load_n(&turns.watched, __ATOMIC_SEQ_CST)))
        start_watching();
}

void turn_lent(void) { __atomic_fetch_add(&turns.ended, 1, __ATOMIC_SEQ_CST); }
