/*
 * hand_over.pml - Linux threads that sleep, wake each other and hand the processor over.
 *
 * Each thread lives as guest_run lets it: in its guest, where it may compute for ever, or serving
 * it: then it wakes others and sleeps, until somebody wakes it or a deadline passes. Before it goes
 * back to its guest it hands the processor over to whom it has woken, and waits; a timer sees to it
 * that this is not for ever. Signals (work for a thread) are in kick_enter.pml.
 *
 * What of the code this is (functions have the same names):
 *   servers/linux/sleep.c  all of it
 *   servers/linux/turn.c   turn_lend, start_watching, look, look_at_all
 *   servers/linux/guest.c  guest_run, do_work
 *   servers/linux/gate.c   over kernel/ipc.c (ipc_call, reply, endpoint_receive, receive_block),
 *                          kernel/notify.c (signal_bound) and kernel/guest.c (kick, enter)
 *
 * What it leaves out: times; the pool of threads; threads without a gate, which pay at once. Each
 * statement is one step of one processor, and everybody sees it at once.
 *
 * Safety, asserted (valid, and where it is said):
 *   S1  who sleeps in the kernel with a token is owed by one thread, or somebody is just paying.
 *   S2  nobody is in its guest while it owes, and nobody is owed by two.
 *   S3  caller and called agree, and nobody waits for a thread that sleeps.
 * Liveness, under weak fairness:
 *   L1  a sleeper that was woken goes on.
 *   L2  a thread that hands over goes on, though the other one computes for ever.
 */

#ifndef THREADS
#define THREADS 2 /* do both; of three the first wakes the others and does not sleep */
#endif
#define wakes(self)  (THREADS == 2 || self == 0)
#define sleeps(self) (THREADS == 2 || self != 0)
#ifndef DEADLINES
#define DEADLINES 1 /* do sleeps have deadlines? */
#endif
#define NOBODY 9

mtype:token = { NONE, WAITS, TOKEN };
mtype:kernel = { READY, RECEIVING, CALLING };
mtype:event = { CALLED, SIGNALLED, TIMEOUT };

/* Of the threads, in the server's memory. */
mtype:token sleep_state[THREADS] = NONE;
byte owed[THREADS] = NOBODY;
bool turn_since[THREADS]; /* not 0, and before the present period */
bool work_turn[THREADS];
bool lends[THREADS];  /* between turn_lend and turn_lent: started is not ended */
bool watched, counted; /* counted: started is not what it was at the last look */

/* In the kernel. */
mtype:kernel state[THREADS] = READY;
mtype:event event[THREADS] = TIMEOUT; /* of the last gate_wait; CALLED or TIMEOUT of gate_call */
bool bit_set[THREADS];
byte caller[THREADS] = NOBODY; /* who waits until it comes to its gate */
bool guest[THREADS];

/* Not in the code. */
byte paying[THREADS] = NOBODY; /* in the middle of gate_call or gate_signal for that one */
bool asleep[THREADS]; /* in thread_sleep */
bool wanted[THREADS]; /* woken since it last slept */

#define owes(a, b)   (owed[a] == b || paying[a] == b)
#define in_debt(a)   (owed[a] != NOBODY || paying[a] != NOBODY)
#define stuck(t)     (state[t] == RECEIVING && sleep_state[t] == TOKEN)
#define agreed(a, b) (caller[b] != a || (state[a] == CALLING && state[b] != RECEIVING))

inline valid()
{
    assert(!stuck(0) || owes(1, 0) || (THREADS > 2 && owes(THREADS - 1, 0)));
    assert(!stuck(1) || owes(0, 1) || (THREADS > 2 && owes(THREADS - 1, 1)));
    assert(!guest[0] || owed[0] == NOBODY);
    assert(!guest[1] || owed[1] == NOBODY);
    assert(agreed(0, 1) && agreed(1, 0));
    assert(state[0] != CALLING || caller[1] == 0 || (THREADS > 2 && caller[THREADS - 1] == 0));
    assert(state[1] != CALLING || caller[0] == 1 || (THREADS > 2 && caller[THREADS - 1] == 1));
    assert(THREADS < 3 || owed[0] == NOBODY || owed[0] != owed[1])
}

/* ---- gate.c and the kernel under it ---- */

/* The answer to the caller, then a receive: of a bound Notification first. @poll: no waiting. */
inline gate_wait(poll)
{
    d_step {
        if
        :: caller[self] != NOBODY ->
            state[caller[self]] = READY;
            event[caller[self]] = CALLED;
            caller[self] = NOBODY
        :: else
        fi;
        if
        :: bit_set[self] -> bit_set[self] = false; event[self] = SIGNALLED
        :: !bit_set[self] && poll -> event[self] = TIMEOUT
        :: !bit_set[self] && !poll -> state[self] = RECEIVING
        fi;
        valid() };
    state[self] == READY
}

/* To paying[self], who is paid as soon as the call is under way. */
inline gate_call()
{
    d_step {
        if
        :: state[paying[self]] == RECEIVING ->
            state[paying[self]] = READY;
            event[paying[self]] = CALLED;
            caller[paying[self]] = self;
            state[self] = CALLING;
            paying[self] = NOBODY
        :: else -> event[self] = TIMEOUT
        fi;
        valid() };
    state[self] == READY
}

/* The same by a signal. */
inline gate_signal()
{
    d_step {
        if
        :: state[paying[self]] == RECEIVING ->
            state[paying[self]] = READY;
            event[paying[self]] = SIGNALLED
        :: else -> bit_set[paying[self]] = true
        fi;
        paying[self] = NOBODY;
        valid() }
}

/* ---- sleep.c ---- */

inline pay_by_signal()
{
    d_step { paying[self] = owed[self]; owed[self] = NOBODY };
    gate_signal()
}

inline thread_wake(thread)
{
    d_step {
        wanted[thread] = true;
        if
        :: sleep_state[thread] == WAITS && owed[self] == NOBODY -> owed[self] = thread
        :: sleep_state[thread] == WAITS && owed[self] != NOBODY -> paying[self] = thread
        :: sleep_state[thread] != WAITS
        fi;
        sleep_state[thread] = TOKEN;
        valid() };
    if
    :: paying[self] != NOBODY -> gate_signal()
    :: paying[self] == NOBODY
    fi
}

inline thread_sleep()
{
    if
    :: atomic { sleep_state[self] == NONE -> sleep_state[self] = WAITS; asleep[self] = true };
        if
        :: owed[self] != NOBODY -> pay_by_signal()
        :: owed[self] == NOBODY
        fi;
        do
        :: turn_since[self] = false;
            gate_wait(false);
            if
            :: event[self] != TIMEOUT && sleep_state[self] == WAITS
            :: event[self] == TIMEOUT || sleep_state[self] != WAITS -> break
            fi
        od;
        turn_since[self] = event[self] == CALLED;
        d_step {
            sleep_state[self] = NONE;
            asleep[self] = false;
            wanted[self] = false;
            event[self] = TIMEOUT }
    :: atomic { sleep_state[self] != NONE -> sleep_state[self] = NONE; wanted[self] = false }
    fi
}

/* start_watching is under process_mutex, as is look. That it may sleep there is left out. */
inline turn_lend()
{
    d_step { lends[self] = true; counted = true };
    if
    :: !watched -> watched = true
    :: watched
    fi
}

inline thread_hand_over()
{
    turn_lend();
    d_step { paying[self] = owed[self]; owed[self] = NOBODY };
    gate_call();
    if
    :: event[self] == TIMEOUT -> gate_signal()
    :: event[self] != TIMEOUT
    fi;
    d_step { lends[self] = false; event[self] = TIMEOUT } /* turn_lent */
}

inline thread_hand_back()
{
    work_turn[self] = false;
    do
    :: turn_since[self] = false;
        gate_wait(true);
        if
        :: event[self] == CALLED
        :: event[self] != CALLED -> event[self] = TIMEOUT; break
        fi
    od
}

/* ---- guest.c, and the kick of a guest: kick_enter.pml has what is one step here ---- */

inline guest_enter()
{
    d_step {
        if
        :: work_turn[self]
        :: !work_turn[self] -> guest[self] = true
        fi;
        valid() };
    do
    :: guest[self] /* computes */
    :: d_step { guest[self] -> guest[self] = false }; break /* a system call */
    :: !guest[self] -> break
    od
}

inline guest_run()
{
    if
    :: owed[self] != NOBODY -> thread_hand_over()
    :: owed[self] == NOBODY
    fi;
    guest_enter();
    if
    :: work_turn[self] -> thread_hand_back()
    :: !work_turn[self]
    fi
}

/* What a system call may do: it wakes others, and then perhaps sleeps. */
proctype linux_thread(byte self)
{
    byte other;

    do
    :: guest_run();
        if
        :: wakes(self) -> other = (self + 1) % THREADS; thread_wake(other)
        :: true
        fi;
        if
        :: wakes(self) -> other = (self + THREADS - 1) % THREADS; thread_wake(other)
        :: true
        fi;
        if
        :: sleeps(self) -> other = 0; thread_sleep()
        :: other = 0
        fi
    od
}

/* ---- turn.c, and deadlines ---- */

/* thread_interrupt(thread, WORK_TURN) by the timer thread, which has no gate. It wakes nobody:
 * who is in its turn does not sleep; if it does meanwhile, it looks again. */
inline interrupt_turn(thread)
{
    d_step {
        if
        :: turn_since[thread] ->
            work_turn[thread] = true;
            if
            :: guest[thread] -> guest[thread] = false
            :: !guest[thread] && sleep_state[thread] == WAITS && state[thread] == RECEIVING ->
                state[thread] = READY;
                event[thread] = SIGNALLED;
                sleep_state[thread] = TOKEN
            :: else ->
                bit_set[thread] = bit_set[thread] || sleep_state[thread] == WAITS;
                sleep_state[thread] = TOKEN
            fi
        :: else
        fi }
}

/* The timer runs while `watched`. */
proctype timer()
{
    bool any;

    do
    :: watched ->
        any = false;
        interrupt_turn(0);
        interrupt_turn(1);
        if
        :: THREADS > 2 -> interrupt_turn(THREADS - 1)
        :: else
        fi;
        any = lends[0] || lends[1] || lends[THREADS - 1];
        if
        :: !any -> watched = false
        :: any
        fi;
        d_step { watched = any || counted; counted = false; any = false }
    od
}

proctype clock()
{
    do
    :: d_step { DEADLINES && state[0] == RECEIVING -> state[0] = READY; event[0] = TIMEOUT }
    :: d_step { DEADLINES && state[1] == RECEIVING -> state[1] = READY; event[1] = TIMEOUT }
    :: d_step { DEADLINES && THREADS > 2 && state[THREADS - 1] == RECEIVING ->
           state[THREADS - 1] = READY; event[THREADS - 1] = TIMEOUT }
    od
}

init
{
    atomic {
        run linux_thread(0);
        run linux_thread(1);
        if
        :: THREADS > 2 -> run linux_thread(THREADS - 1)
        :: else
        fi;
        run timer();
        run clock()
    }
}

#ifdef LIVENESS
ltl goes_on { []((wanted[0] && asleep[0]) -> <>!asleep[0]) && [](lends[1] -> <>!lends[1]) }
#endif
