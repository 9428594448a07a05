/*
 * sleep.pml - mutexes and wait queues of the Linux server.
 *
 * One thread waits until a condition holds, another makes it hold and wakes, a third one takes the
 * mutex and gives it back.
 *
 * What of the code this is (functions have the same names):
 *   servers/linux/base.h   spin_lock, spin_unlock, mutex_lock, mutex_unlock, wake_all
 *   servers/linux/wait.c   wait_add, wait_remove, wake_queue, waiter_sleep, wait_on,
 *                          mutex_lock_slow
 *
 * The hardware: exchanges are seen at once; a store, also one that releases, is seen some time
 * later, but not after an exchange that releases (`state` becoming 0). Two such stores are the end
 * of a spin, and the queue's first entry as wake_all finds it, which takes no spin. The rest of a
 * queue is used under its spin alone.
 *
 * What it leaves out: deadlines and signals, which only end a sleep sooner; entries that are told
 * by a function; a wait in several queues, which is the same with more of them.
 *
 * Safety, asserted:
 *   S1  one thread at a time has the mutex.
 *   S2  nobody sleeps for ever (there is no deadlock).
 */

#define THREADS 3
#define NOBODY  9
#define MUTEX   0 /* its queue, */
#define EVENT   1 /* and that of the condition */

byte state;              /* of the mutex */
bool spin[2];            /* of a queue: held */
byte spin_ends[2] = NOBODY;
bool linked[6];          /* in queue q: thread t, at q * 3 + t */
byte order, came[3];     /* in queue MUTEX: the first has the lowest `came` */
bool event_first, event_first_seen;
bool woken[3], token[3]; /* the waiter's, and the sticky wake of thread_sleep */
bool holds;              /* the condition */
byte inside;

#define at(q, t) linked[(q) * THREADS + (t)]

inline drain(q)
{
    event_first_seen = event_first;
    spin[q] = false;
    spin_ends[q] = NOBODY
}

proctype hardware()
{
end:
    do
    :: d_step { spin_ends[MUTEX] != NOBODY -> spin[MUTEX] = false; spin_ends[MUTEX] = NOBODY }
    :: d_step { spin_ends[EVENT] != NOBODY -> drain(EVENT) }
    od
}

inline spin_lock(q) { d_step { !spin[q] -> spin[q] = true } }
inline spin_unlock(q) { spin_ends[q] = me }

/* An exchange that releases: what this thread stored is seen. */
inline release()
{
    if
    :: spin_ends[MUTEX] == me -> spin[MUTEX] = false; spin_ends[MUTEX] = NOBODY
    :: else
    fi;
    if
    :: spin_ends[EVENT] == me -> drain(EVENT)
    :: else
    fi
}

inline wait_add(q)
{
    spin_lock(q);
    d_step {
        assert(!at(q, me));
        at(q, me) = true;
        if
        :: q == EVENT -> event_first = true
        :: else -> came[me] = order; order = order + 1
        fi }
    spin_unlock(q)
}

inline wait_remove(q)
{
    spin_lock(q);
    d_step {
        at(q, me) = false;
        if
        :: q == EVENT -> event_first = false
        :: q == MUTEX && !at(q, 0) && !at(q, 1) && !at(q, 2) -> order = 0
        :: else
        fi }
    spin_unlock(q)
}

inline wake(t)
{
    if
    :: !woken[t] -> woken[t] = true; token[t] = true
    :: else
    fi
}

#define first(t, u, v) (at(MUTEX, t) && !(at(MUTEX, u) && came[u] < came[t]) && \
                        !(at(MUTEX, v) && came[v] < came[t]))

inline wake_queue(q)
{
    spin_lock(q);
    d_step {
        if
        :: q == EVENT && at(EVENT, 0) -> wake(0)
        :: q == MUTEX && first(0, 1, 2) -> wake(0)
        :: q == MUTEX && first(1, 0, 2) -> wake(1)
        :: q == MUTEX && first(2, 0, 1) -> wake(2)
        :: else
        fi }
    spin_unlock(q)
}

inline thread_sleep() { d_step { token[me] -> token[me] = false } }

inline waiter_sleep()
{
    do
    :: d_step { woken[me] -> woken[me] = false }; break
    :: !woken[me] -> thread_sleep()
    od
}

inline mutex_lock_slow()
{
    woken[me] = false; /* waiter_init */
    wait_add(MUTEX);
    do
    :: d_step { state == 0 -> state = 2 }; break
    :: d_step { state != 0 -> state = 2 }; waiter_sleep()
    od;
    wait_remove(MUTEX)
}

inline mutex_lock()
{
    if
    :: d_step { state == 0 -> state = 1 }
    :: d_step { state != 0 -> skip }; mutex_lock_slow()
    fi;
    d_step { inside++; assert(inside == 1) }
}

inline mutex_unlock()
{
    d_step { inside--; release(); waited = (state == 2); state = 0 };
    if
    :: waited -> wake_queue(MUTEX)
    :: else
    fi
}

inline wait_on()
{
    woken[me] = false;
    wait_add(EVENT);
    mutex_unlock();
    waiter_sleep();
    wait_remove(EVENT);
    mutex_lock()
}

proctype waits(byte me)
{
    bool waited;
    mutex_lock();
    do
    :: holds -> break
    :: else -> wait_on()
    od;
    mutex_unlock()
}

proctype wakes(byte me)
{
    bool waited;
    mutex_lock();
    holds = true;
    if
    :: event_first_seen -> wake_queue(EVENT) /* wake_all */
    :: else
    fi;
    mutex_unlock()
}

proctype passes(byte me)
{
    bool waited;
    mutex_lock();
    mutex_unlock();
    mutex_lock();
    mutex_unlock()
}

init
{
    atomic {
        run waits(0);
        run wakes(1);
        run passes(2);
        run hardware()
    }
}
