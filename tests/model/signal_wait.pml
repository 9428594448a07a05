/*
 * signal_wait.pml - signals, waits, calls and deadlines around one Notification.
 *
 * A server receives in every way that there is: from an Endpoint with the Notification bound to it,
 * from the Notification itself, with a deadline, without, not waiting at all. Another thread waits
 * at the Notification too. Somebody calls the server; somebody signals two bits, as a thread or as
 * an interrupt; somebody binds the Notification to the server and takes it away; somebody suspends
 * the server and lets it go on; deadlines pass whenever there is one.
 *
 * What of the code this is (functions have the same names):
 *   kernel/notify.c  update_fast, notify_no_waiter, notify_take, wake_at_once, signal_bound,
 *                    notify_signal, notify_wait, notify_bind, notify_unbind
 *   kernel/fast.c    fast_signal where nobody hears it, fast_call, fast_reply_wait
 *   kernel/ipc.c     endpoint_step_down, endpoint_unlink, take_receiver, ipc_call, reply,
 *                    receive_block, endpoint_receive
 *   kernel/thread.c  leave_queues, break_wait, hold, stop, thread_resume
 *
 * What it leaves out: what call_death.pml is about (death, generations, several callers), several
 * receivers of one Endpoint (receivers.pml), badges, priorities: who runs is arbitrary. Each kernel
 * entry is one d_step.
 *
 * Safety, asserted after each entry (valid):
 *   S1  no signal is lost, none is invented: a bit that was signalled is in the Notification or in
 *       the result of a thread that has not looked yet, until it is seen.
 *   S2  nobody waits while there is a bit for it: not the waiter, not the bound thread in a
 *       receive.
 *   S3  `fast` says that a signal is heard exactly if there is a waiter or a bound thread, and
 *       SLOW_SIGNAL_PENDING is set exactly if the bound thread has bits to take.
 *   S4  a thread waits in one place, and has a deadline only while it waits; the Endpoint's server,
 *       while it waits, has no deadline and no signal to take.
 *   S5  caller and server agree.
 * Liveness, under weak fairness, while the Notification stays bound:
 *   L1  a signal is seen, though calls never stop coming.
 *   L2  a call is answered, if signals stop coming at some time. (A server takes signals first: who
 *       may signal it, and has the time to do so at each turn of its loop, keeps callers waiting.)
 */

#ifndef UNBINDS
#define UNBINDS 1 /* is the Notification bound and taken away all the time? */
#endif
#ifndef AGAIN
#define AGAIN 1 /* is a bit signalled again before it is seen? */
#endif
#ifndef WAITER
#define WAITER 1 /* is there another thread that waits at the Notification? */
#endif
#ifndef SUSPENDS
#define SUSPENDS 1 /* is the server suspended and resumed all the time? */
#endif

#define SERVER  0
#define OTHER   1
#define CALLER  2
#define THREADS 3
#define NOBODY  9

mtype:state = { READY, QUEUED, CALLING, RECEIVING, LISTENING, SUSPENDED };
mtype:fast = { FREE, HEARD };
mtype:deadline = { NEVER, LATER, POLL };

mtype:state state[THREADS] = READY;
bool timed[THREADS];  /* its deadline is armed */
byte result[THREADS]; /* bits that it received and has not looked at */

/* The Endpoint. Only the server receives, only one thread calls. */
byte endpoint_fast = NOBODY; /* or the server */
bool caller_queued;
bool receiver_queued;
bool receives_at; /* the server is RECEIVING here, or the Endpoint's; else NULL */
byte serving = NOBODY; /* server->caller; stale while RECEIVING */
bool served;           /* caller->server is the server; stale unless CALLING */

/* The Notification. */
mtype:fast fast = FREE;
byte bits;
byte waiter = NOBODY;
byte bound = NOBODY;
bool signal_pending; /* SLOW_SIGNAL_PENDING of the server */

byte sent; /* bits that were signalled and are not seen yet */
bool quiet;          /* no more signals */
hidden byte seen;
bool asked; /* a call is under way */

#define takes_calls (endpoint_fast == SERVER && state[SERVER] == RECEIVING)
#define serves      (state[SERVER] != RECEIVING && serving != NOBODY)

inline valid()
{
    assert(sent == (bits | result[SERVER] | result[OTHER]));
    assert(waiter == NOBODY || bits == 0);
    assert(bound == NOBODY || state[SERVER] != RECEIVING || bits == 0);
    assert((fast == FREE) == (waiter == NOBODY && bound == NOBODY));
    assert(signal_pending == (bound == SERVER && bits != 0));
    assert((waiter == SERVER) == (state[SERVER] == LISTENING));
    assert((waiter == OTHER) == (state[OTHER] == LISTENING));
    assert(receives_at || state[SERVER] != RECEIVING);
    assert(!receives_at || (endpoint_fast == SERVER) != receiver_queued);
    assert(!receiver_queued || (state[SERVER] == RECEIVING && receives_at));
    assert((state[CALLER] == QUEUED) == caller_queued);
    assert(!caller_queued || !receiver_queued);
    assert(endpoint_fast == NOBODY || (receives_at && !caller_queued && !receiver_queued));
    assert(!takes_calls || (!timed[SERVER] && !signal_pending));
    assert(!timed[SERVER] || state[SERVER] == RECEIVING || state[SERVER] == LISTENING);
    assert(!timed[OTHER] || state[OTHER] == LISTENING);
    assert(state[CALLER] != CALLING || (serving == CALLER && served));
    assert(!serves || state[CALLER] == CALLING)
}

/* ---- ipc.c ---- */

/* Of the server, who alone receives. */
inline endpoint_step_down()
{
    if
    :: receives_at && endpoint_fast == SERVER ->
        endpoint_fast = NOBODY;
        if
        :: state[SERVER] == RECEIVING -> receiver_queued = true
        :: else -> receives_at = false
        fi
    :: else
    fi
}

inline endpoint_unlink(t)
{
    timed[t] = false;
    if
    :: state[t] == RECEIVING ->
        assert(receiver_queued);
        receiver_queued = false;
        serving = NOBODY;
        receives_at = false
    :: else -> caller_queued = false
    fi
}

inline deliver()
{
    state[CALLER] = CALLING;
    served = true;
    serving = CALLER;
    state[SERVER] = READY
}

/* Sets `seen` if there is a receiver; it is in no queue then. */
inline take_receiver()
{
    seen = state[SERVER] == RECEIVING;
    if
    :: takes_calls
    :: !takes_calls && receiver_queued -> endpoint_unlink(SERVER)
    :: !takes_calls && !receiver_queued
    fi
}

/* fast_call does the same, where the server takes calls. */
inline ipc_call()
{
    asked = true;
    take_receiver();
    if
    :: seen -> deliver()
    :: else ->
        state[CALLER] = QUEUED;
        endpoint_step_down();
        caller_queued = true
    fi
}

inline answered()
{
    state[CALLER] = READY;
    asked = false
}

inline reply()
{
    if
    :: serves -> serving = NOBODY; served = false; answered()
    :: else
    fi
}

inline receive_block(deadline)
{
    endpoint_step_down();
    state[SERVER] = RECEIVING;
    receives_at = true;
    if
    :: deadline == NEVER && !signal_pending -> endpoint_fast = SERVER
    :: else ->
        receiver_queued = true;
        timed[SERVER] = deadline == LATER
    fi
}

inline endpoint_receive(deadline)
{
    if
    :: signal_pending -> notify_take(SERVER)
    :: else ->
        if
        :: caller_queued -> endpoint_unlink(CALLER); deliver()
        :: !caller_queued && deadline == POLL
        :: !caller_queued && deadline != POLL -> receive_block(deadline)
        fi
    fi
}

#define may_reply_fast (serving != NOBODY && endpoint_fast == SERVER && !signal_pending)

/* The links stay as they are. */
inline fast_reply_wait()
{
    state[SERVER] = RECEIVING; /* fast_receive_again */
    answered()
}

/* ---- notify.c ---- */

inline update_fast() { fast = (waiter != NOBODY || bound != NOBODY -> HEARD : FREE) }

inline notify_no_waiter()
{
    waiter = NOBODY;
    update_fast()
}

/* To @t. */
inline notify_take(t)
{
    result[t] = bits;
    bits = 0;
    if
    :: bound != NOBODY -> signal_pending = false
    :: else
    fi
}

/* And wake_before_deadline. */
inline wake_at_once(t, what)
{
    timed[t] = false;
    result[t] = what;
    state[t] = READY
}

/* At once if it waits, or else when it receives. */
inline signal_bound()
{
    signal_pending = true;
    if
    :: state[SERVER] == RECEIVING ->
        endpoint_step_down();
        endpoint_unlink(SERVER);
        notify_take(SERVER);
        state[SERVER] = READY
    :: else
    fi
}

/* A waiter gets them without their being set: there were none, or it would not wait. */
inline notify_signal(what)
{
    if
    :: waiter == SERVER -> notify_no_waiter(); wake_at_once(SERVER, what)
    :: waiter == OTHER -> notify_no_waiter(); wake_at_once(OTHER, what)
    :: waiter == NOBODY ->
        bits = bits | what;
        if
        :: bound != NOBODY -> signal_bound()
        :: else
        fi
    fi
}

/* The system call: fast_signal does without the rest where nobody hears it. */
inline signal(what)
{
    sent = sent | what;
    if
    :: fast == FREE -> bits = bits | what
    :: else -> notify_signal(what)
    fi
}

inline notify_wait(t, deadline)
{
    if
    :: bits != 0 -> notify_take(t)
    :: bits == 0 && (deadline == POLL || waiter != NOBODY) /* TIMEOUT, BUSY */
    :: bits == 0 && deadline != POLL && waiter == NOBODY ->
        state[t] = LISTENING;
        waiter = t;
        update_fast();
        timed[t] = deadline == LATER
    fi
}

inline notify_bind()
{
    bound = SERVER;
    update_fast();
    if
    :: bits != 0 -> signal_bound()
    :: else
    fi
}

inline notify_unbind()
{
    bound = NOBODY;
    update_fast();
    signal_pending = false
}

/* ---- thread.c ---- */

/* Of the other one only while it listens; it is nobody's server. */
inline leave_queues(t)
{
    if
    :: t == SERVER -> endpoint_step_down()
    :: else
    fi;
    if
    :: state[t] == RECEIVING -> endpoint_unlink(t)
    :: state[t] == LISTENING -> notify_no_waiter()
    :: else
    fi;
    timed[t] = false
}

inline thread_fail_wait(t)
{
    leave_queues(t); /* break_wait */
    state[t] = READY
}

/* Of the server; hold() only breaks its wait. */
inline stop()
{
    if
    :: serves -> serving = NOBODY; served = false; answered() /* abandon_caller */
    :: else
    fi;
    leave_queues(SERVER);
    state[SERVER] = SUSPENDED
}

/* ---- those who do something ---- */

/* What a thread does first when it runs again. What was signalled since is still to be seen. */
inline look(t)
{
    d_step {
        state[t] == READY ->
        seen = result[t];
        result[t] = 0;
        sent = sent & (~seen | bits | result[SERVER] | result[OTHER]);
        valid() }
}

proctype serving_program()
{
    do
    :: look(SERVER);
       if
       :: d_step { state[SERVER] == READY && may_reply_fast -> fast_reply_wait(); valid() }
       :: d_step { state[SERVER] == READY -> reply(); endpoint_receive(NEVER); valid() }
       :: d_step { state[SERVER] == READY -> reply(); endpoint_receive(LATER); valid() }
       :: d_step { state[SERVER] == READY -> reply(); endpoint_receive(POLL); valid() }
#if WAITER
       :: d_step { state[SERVER] == READY -> reply(); notify_wait(SERVER, NEVER); valid() }
       :: d_step { state[SERVER] == READY -> reply(); notify_wait(SERVER, LATER); valid() }
       :: d_step { state[SERVER] == READY -> reply(); notify_wait(SERVER, POLL); valid() }
#endif
       fi
    od
}

proctype other_program()
{
    do
    :: look(OTHER);
       if
       :: d_step { state[OTHER] == READY -> notify_wait(OTHER, NEVER); valid() }
       :: d_step { state[OTHER] == READY -> notify_wait(OTHER, LATER); valid() }
       fi
    od
}

proctype caller()
{
    do
    :: d_step { state[CALLER] == READY -> ipc_call(); valid() }
    od
}

proctype signaller(byte bit_of)
{
    do
    :: d_step { !quiet && (AGAIN || (sent & bit_of) == 0) -> signal(bit_of); valid() }
    od
}

/* irq_raised: no system call, so no fast path. The line is masked until somebody has seen it. */
proctype interrupt()
{
    do
    :: d_step { !quiet && (sent & 2) == 0 -> sent = sent | 2; notify_signal(2); valid() }
    od
}

proctype binder()
{
    do
    :: d_step { bound == NOBODY -> notify_bind(); valid() }
    :: d_step { UNBINDS && bound == SERVER -> notify_unbind(); valid() }
    od
}

proctype suspender()
{
    do
    :: d_step { SUSPENDS && state[SERVER] != SUSPENDED -> stop(); valid() };
       d_step { state[SERVER] = READY; valid() } /* thread_resume */
    od
}

proctype clock()
{
    do
    :: d_step { timed[SERVER] -> thread_fail_wait(SERVER); valid() }
    :: d_step { timed[OTHER] -> thread_fail_wait(OTHER); valid() }
    od
}

proctype silence() { quiet = true }

init
{
    atomic {
        run serving_program();
        run caller();
        run signaller(1);
        run interrupt();
        run binder();
        run suspender();
        run clock();
        run silence();
        if
        :: WAITER -> run other_program()
        :: else
        fi
    }
}

#ifdef LIVENESS
ltl seen_and_answered {
    <>[](bound == SERVER) ->
        ([]((sent & 1) != 0 -> <>((sent & 1) == 0)) && []((sent & 2) != 0 -> <>((sent & 2) == 0)) &&
         [](asked -> <>!asked))
}
#endif
