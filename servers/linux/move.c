/*
 * move.c - see move.h.
 *
 * A thread's home may change only while it sleeps (sched_bind), so it asks the timer thread to
 * change it meanwhile.
 */
#include "servers/linux/move.h"

#include <corm/kernel_calls.h>

#include "servers/linux/rseq.h"
#include "servers/linux/timer.h"

#define AGAIN_NS (20 * NANOS_PER_US) /* so long it takes to fall asleep, about */

struct move {
    struct timer timer;
    struct thread *thread;
    uint32_t processor;
    bool done; /* under process_mutex */
};

/* Nobody hands the processor over to it meanwhile: it would run on the one that it leaves. */
static void try_to_move(struct move *move)
{
    if (!thread_claim(move->thread))
        return;
    status_t status = sched_bind(processor_sched(move->processor), move->thread->cap);
    ASSERT(status == OK || status == BUSY); /* it is still on its way to sleep */
    if (status == OK) {
        thread_set_processor(move->thread, move->processor);
        move->done = true;
    }
    thread_wake_claimed(move->thread);
}

static void fire(struct timer *timer)
{
    struct move *move = container_of(timer, struct move, timer);

    try_to_move(move);
    if (!move->done)
        timer_arm(timer, time_now_monotonic() + AGAIN_NS);
}

void move_home(struct thread *self)
{
    struct move move = {.timer = {.fire = fire},
                        .thread = self,
                        .processor = processor_choose(thread_affinity(self))};

    mutex_lock(&process_mutex);
    timer_arm(&move.timer, time_now_monotonic());
    while (!move.done) {
        mutex_unlock(&process_mutex);
        thread_sleep(NANOS_NEVER, false);
        mutex_lock(&process_mutex);
    }
    mutex_unlock(&process_mutex);
    rseq_moved(self);
}
