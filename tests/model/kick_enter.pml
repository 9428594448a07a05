/*
 * kick_enter.pml - reaching a thread of the Linux server, whether it runs its guest, serves it or
 * sleeps.
 *
 * One thread lives the life of guest_run: into the guest, out of it, sometimes to sleep until
 * somebody wakes it. Two others give it work (a Linux signal) with thread_interrupt. The guest may
 * compute for ever: only a kick gets the thread out of it then.
 *
 * What of the code this is (functions have the same names):
 *   kernel/guest.c          guest_enter, guest_stop, thread_kick
 *   kernel/notify.c         notification_signal, notify_signal and notify_wait of one waiter
 *   servers/linux/guest.c   guest_run
 *   servers/linux/sleep.c   thread_wake, sleep_for_token, thread_sleep, thread_interrupt
 *   servers/linux/wait.c    wait_add, waiter_sleep, wake_queue, wait_remove, with the queue's spin
 *
 * What it leaves out: handing over (hand_over.pml; here a wake is a signal at once), faults and
 * traps of the guest (they come out as system calls do), pooling of threads, sleeps that are not
 * interruptible, who else is in the queue. Each statement is one step of one processor, and
 * everybody sees it at once.
 *
 * Safety, asserted (reached):
 *   S1  while nobody is in the middle of giving work, the guest does not run with work undone.
 *   S2  while nobody is in the middle of waking or interrupting it, the thread does not wait in the
 *       kernel although there is work, or it was woken.
 * Liveness, under weak fairness:
 *   L1  work is done.
 *   L2  a sleeper that was woken goes on.
 */

#ifndef DEADLINES
#define DEADLINES 1 /* do sleeps have deadlines? */
#endif

mtype = { NONE, WAITS, TOKEN };     /* sleep_state */
mtype = { SYSCALL, KICK };          /* why `enter` returned */
mtype = { SIGNAL, TIMEOUT, NOTHING }; /* what a wait in the kernel returned */

/* Of the thread, in the server's memory. */
bool work, in_guest;
mtype sleep_state = NONE;

/* Of the thread, in the kernel. */
bool guest;    /* it is in its guest */
bool kicked;   /* SLOW_KICKED */
bool bit_set;  /* of its Notification */
bool listens;  /* waits there */
mtype exit, received = NOTHING;

/* The queue in which it sleeps. */
bool spin, linked, woken;

byte count_interrupting, count_waking; /* in the middle of it */

inline reached()
{
    assert(!guest || !work || count_interrupting > 0);
    assert(!listens || !(work || woken) || count_interrupting + count_waking > 0);
    assert(!listens || !bit_set)
}

/* ---- kernel ---- */

inline guest_enter()
{
    d_step {
        if
        :: kicked -> kicked = false; exit = KICK
        :: else -> guest = true
        fi;
        reached() }
}

inline guest_kick()
{
    d_step {
        if
        :: guest -> guest = false; exit = KICK
        :: else -> kicked = true
        fi }
}

inline notification_signal()
{
    d_step {
        if
        :: listens -> listens = false; received = SIGNAL
        :: else -> bit_set = true
        fi }
}

inline notification_wait()
{
    d_step {
        if
        :: bit_set -> bit_set = false; received = SIGNAL
        :: else -> listens = true; received = NOTHING
        fi };
    received != NOTHING
}

/* ---- waking and interrupting ---- */

inline thread_wake()
{
    atomic {
        old = sleep_state;
        sleep_state = TOKEN };
    if
    :: atomic { old == WAITS -> old = NONE }; notification_signal()
    :: atomic { old != WAITS -> old = NONE }
    fi
}

inline thread_interrupt()
{
    atomic { work = true; count_interrupting++ };
    if
    :: in_guest -> guest_kick()
    :: !in_guest -> thread_wake()
    fi;
    d_step { count_interrupting--; reached() }
}

proctype interrupter()
{
    mtype old = NONE;
    do
    :: thread_interrupt()
    od
}

/* wake_queue, when there is somebody in the queue who was not woken; else it does nothing. */
proctype waker()
{
    mtype old = NONE;
    do
    :: atomic { !spin && linked && !woken -> spin = true; woken = true; count_waking++ };
       thread_wake();
       d_step { count_waking--; spin = false; reached() }
    od
}

proctype clock()
{
    do
    :: d_step { DEADLINES && listens -> listens = false; received = TIMEOUT }
    od
}

/* ---- the thread ---- */

inline sleep_for_token()
{
    if
    :: atomic { sleep_state == NONE -> sleep_state = WAITS };
       do
       :: notification_wait();
          if
          :: received == SIGNAL && sleep_state == WAITS
          :: atomic { received == TIMEOUT || sleep_state != WAITS -> received = NOTHING }; break
          fi
       od;
       sleep_state = NONE
    :: atomic { sleep_state != NONE -> sleep_state = NONE }
    fi
}

/* Interrupted, or to be looked at again: the caller does that. */
inline thread_sleep()
{
    if
    :: work
    :: !work -> sleep_for_token()
    fi
}

/* Ends when it is woken, or when there is work (-EINTR). Woken before is woken. */
inline wait_on()
{
    atomic { !spin -> linked = true; woken = false }; /* wait_add */
    do
    :: atomic { woken -> woken = false }; break
    :: !woken ->
       thread_sleep();
       if
       :: atomic { work -> woken = false }; break
       :: !work
       fi
    od;
    atomic { !spin -> linked = false; woken = false } /* wait_remove */
}

proctype guest_run()
{
    do
    :: in_guest = true;
       if
       :: work ->
          in_guest = false;
          work = false /* signal_work */
       :: !work ->
          guest_enter();
          !guest ->
          in_guest = false;
          if
          :: exit == KICK
          :: exit == SYSCALL
          :: exit == SYSCALL -> wait_on()
          fi
       fi
    od
}

/* It makes a system call, or it does not. */
proctype guest_program()
{
    do
    :: d_step { guest -> guest = false; exit = SYSCALL }
    :: guest
    od
}

init
{
    atomic {
        run guest_run();
        run guest_program();
        run interrupter();
        run interrupter();
        run waker();
        run clock()
    }
}

#ifdef LIVENESS
ltl reached_at_last { [](work -> <>!work) && [](woken -> <>!woken) }
#endif
