/*
 * turn.h - how long a thread to which the processor was handed over may keep it.
 *
 * Who hands over waits until the other sleeps. So that it never waits for long, a timer looks at
 * all threads now and then, and one that has been at it for a whole period is made to hand back, as
 * soon as it is done with the system call that it may be in, or with a piece of one that asks
 * (call_may_go_on). The timer runs only while there is something to look at.
 */
#pragma once

#include "servers/linux/thread.h"

#define TURN_PERIOD (2 * NANOS_PER_MS)

/* Around a hand-over, so that somebody looks as long as it lasts. The first may sleep. */
void turn_lend(void);
void turn_lent(void);

extern uint32_t turn_now; /* counts periods; never 0 */

/* The current thread was called, or is about to answer. */
static inline void turn_begins(struct thread *self)
{
    __atomic_store_n(&self->turn_since, __atomic_load_n(&turn_now, __ATOMIC_RELAXED),
                     __ATOMIC_RELAXED);
}

static inline void turn_ends(struct thread *self)
{
    __atomic_store_n(&self->turn_since, 0, __ATOMIC_RELAXED);
}
