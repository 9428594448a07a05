/*
 * call_death.pml - a call, and every death that can meet it.
 *
 * A service with one Endpoint, which lies in init's memory; two clients that call it again and
 * again through a session; init, which takes what dies apart and builds it anew; somebody who
 * suspends the server and lets it go on. Client 0 is never killed; client 1 and the server are.
 *
 * What of the code this is (functions have the same names):
 *   kernel/ipc.c         endpoint_step_down, endpoint_unlink, take_receiver, deliver, ipc_call,
 *                        reply, receive_block, endpoint_receive, ipc_reply_wait, ipc_fault
 *   kernel/fast.c        fast_call, fast_reply_wait, with the stale links that they leave
 *   kernel/thread.c      thread_serve_nobody, leave_queues, break_wait, thread_fail_wait,
 *                        abandon_caller, hold, stop, request_due, thread_suspend, thread_resume,
 *                        thread_start; the first thread_reap_step
 *   sdk/ipc/session.c    session_call; serve.c: the loop of a component that serves
 *   tools/abigen         the generation's comparison in a generated NAME_dispatch()
 *   servers/init         main.c (watch, take_fault), watch.c (beat, destroy, revive, give_up)
 *
 * What it leaves out: words and capabilities of a message, time and Scheds (who may run is
 * arbitrary; whether a call takes the fast path is arbitrary where it may), Notifications
 * (signal_wait.pml), the steps of a revoke before and after the thread's own (revoke.pml: nothing
 * else of a component can end a call), servers of several threads (receivers.pml), the wrap-around
 * of the 16 bits of a generation, rings.
 *
 * One processor in the kernel at a time (the kernel lock): each kernel entry is one d_step.
 *
 * Safety, asserted:
 *   S1  thread->caller and thread->server agree wherever they are not stale, a thread is in an
 *       Endpoint's queue, or its server, exactly if it waits there, and who is a server while it
 *       works is that of the Endpoint where it received last (links).
 *   S2  a server never serves two callers (links).
 *   S3  an attempt of a call ends exactly once, and only while it is under way (ended).
 *   S4  GONE is the answer to a call that the dying server had received, and to no other.
 *   S5  OK comes from the incarnation whose generation the call names, and a generation names one
 *       incarnation. Any other says STALE.
 *   S6  a request that is reported OK was executed, since it was made, at least once.
 *   S7  a request of which no attempt got GONE was executed once if it is reported OK, and not at
 *       all if it is reported as TIMEOUT or given up because the server is in quarantine.
 *   S8  the dead have no links: nobody's caller, nobody's server, in no queue, no Endpoint's server
 *       (links).
 *   S9  nobody gets an answer to a fault: whoever faulted is gone when init receives again (reply).
 * Liveness, under weak fairness, with deaths and suspensions that stop at some time:
 *   L1  (without deadlines) each request of client 0 ends, and each of client 1, if need be
 *       with its death.
 *   L2  (with deadlines, the server in quarantine after its last death) the same.
 */

#ifndef DEATHS_SERVER
#define DEATHS_SERVER 2
#endif
#ifndef DEATHS_CLIENT
#define DEATHS_CLIENT 1
#endif
#ifndef SUSPENSIONS
#define SUSPENSIONS 1
#endif
#ifndef DEADLINES
#define DEADLINES 0 /* may a queued call time out? */
#endif
#ifndef QUARANTINE
#define QUARANTINE 0 /* is the server's last death one too many? */
#endif
#ifndef LIMITED
#define LIMITED 0 /* has the server a limit for one request? It takes no fast path then. */
#endif
#define SESSION_DEATHS_MAX 3 /* sdk/ipc/session.h */

/* Threads. Each component has one. */
#define CLIENTS 2
#define SERVER  2
#define INIT    3
#define THREADS 4
#define NOBODY  4 /* thread_nobody, ENDPOINT_NOBODY, or NULL: something that never receives */

/* Endpoints. */
#define SERVICE 0
#define FAULTS  1
#define NOWHERE 2

mtype:state = { NEW, READY, QUEUED, CALLING, RECEIVING, SUSPENDED };
mtype:status = { OK, GONE, STALE, TIMEOUT, CANCELLED };
mtype:component = { RUNNING, RESTARTING, QUARANTINED };

typedef thread {
    mtype:state state = NEW;
    byte caller = NOBODY; /* stale while RECEIVING */
    byte server = NOBODY; /* stale unless CALLING */
    byte queued_at;       /* stale unless QUEUED */
    byte receives_at = NOWHERE; /* where it is RECEIVING, or whose server it is */
    bool timed;           /* its deadline is armed */
    bool fault_call;      /* SLOW_FAULT_CALL */
    mtype:status result = OK;
    mtype:status label = OK; /* of the message: the status of a reply */
    byte generation;         /* of the message */
    byte badge = NOBODY;     /* who sent the message that it received */
}
thread threads[THREADS + 1];
byte fast[2] = NOBODY; /* the server of each Endpoint */
chan callers[2] = [CLIENTS + 1] of { byte };
chan receivers[2] = [1] of { byte };

/* The status page, and what a component is told at its start. */
mtype:component component[THREADS] = RUNNING;
byte generation[THREADS];
byte own_generation[THREADS];

/* A program that was killed learns it before its memory is used again. */
bool killed[THREADS];

/* What the properties speak about. */
bool under_way[CLIENTS];  /* an attempt was sent and has not ended */
bool received[CLIENTS];   /* a server has received it */
bool requesting[CLIENTS]; /* in session_call */
byte executed[CLIENTS];   /* times, of the present request; 2 is many */
bool excused[CLIENTS];    /* an attempt of it got GONE */
byte count_deaths[THREADS];
byte count_suspensions;
bool limit_passed; /* this incarnation has worked for too long */

hidden byte c, r, s, i, n; /* scratch of one d_step */

#define T(t)         threads[t]
#define waits(t)     (T(t).state == QUEUED || T(t).state == CALLING || T(t).state == RECEIVING)
#define serves(t)    (T(t).state != RECEIVING && T(t).caller != NOBODY)
#define queues(t, e)   (T(t).state == QUEUED && T(t).queued_at == e)
#define receives(t, e) (T(t).state == RECEIVING && T(t).receives_at == e)

/* ---- the invariants ---- */

inline valid_wait(t)
{
    assert(!callers[SERVICE]??[eval(t)] == !queues(t, SERVICE));
    assert(!callers[FAULTS]??[eval(t)] == !queues(t, FAULTS));
    assert(!receivers[SERVICE]??[eval(t)] || receives(t, SERVICE));
    assert(!receivers[FAULTS]??[eval(t)] || receives(t, FAULTS));
    assert(T(t).state != RECEIVING || T(t).receives_at != NOWHERE);
    assert(T(t).receives_at == NOWHERE ||
           (fast[T(t).receives_at] == t) !=
               (T(t).state == RECEIVING && receivers[T(t).receives_at]??[eval(t)]));
    assert(!T(t).timed || T(t).state == QUEUED || T(t).state == RECEIVING)
}

inline valid_call(t)
{
    assert(T(t).state != CALLING || (T(T(t).server).caller == t && serves(T(t).server)));
    assert(!serves(t) || (T(T(t).caller).state == CALLING && T(T(t).caller).server == t));
    assert(!T(t).fault_call || T(t).state == CALLING || T(t).state == QUEUED);
    assert(T(t).state != NEW || (T(t).caller == NOBODY && T(t).receives_at == NOWHERE))
}

inline valid_endpoint(e)
{
    assert(len(callers[e]) == 0 || len(receivers[e]) == 0);
    assert(fast[e] == NOBODY || len(callers[e]) + len(receivers[e]) == 0);
    assert(fast[e] == NOBODY || T(fast[e]).receives_at == e);
    assert(T(fast[e]).state != RECEIVING || (!T(fast[e]).timed && !LIMITED))
}

inline links()
{
    i = 0;
    do
    :: i < THREADS -> valid_wait(i); valid_call(i); i++
    :: else -> break
    od;
    i = 0;
    do
    :: i < 2 -> valid_endpoint(i); i++
    :: else -> break
    od;
    assert(T(NOBODY).state == NEW && T(NOBODY).receives_at == NOWHERE);
    i = 0 /* a d_step does not end with a loop */
}

/* The attempt of @t ends with @status. A fault is no attempt. */
inline ended(t, status)
{
    if
    :: t < CLIENTS && !T(t).fault_call ->
        assert(under_way[t]);
        assert(status != GONE || received[t]);
        assert(status != TIMEOUT || !received[t]);
        assert(status != OK || received[t]);
        under_way[t] = false;
        received[t] = false;
        excused[t] = excused[t] || status == GONE
    :: else
    fi
}

#include "call_death_kernel.pml"

/* ---- programs ---- */

#define answered(t, status) (T(t).state == READY && T(t).result == status)

inline request_ends(t, status)
{
    assert(!under_way[t]);
    assert(status != OK || executed[t] > 0);
    assert(excused[t] || executed[t] == (status == OK -> 1 : 0));
    forget_request(t);
    deaths = 0
}

/* Whatever is still done for it is done for nobody. */
inline forget_request(t)
{
    requesting[t] = false;
    executed[t] = 0;
    excused[t] = false;
    T(t).result = OK;
    forget_message(t);
    if
    :: T(SERVER).badge == t -> T(SERVER).badge = NOBODY
    :: else
    fi
}

/* One attempt, with the generation that was read some time before. */
inline attempt(t)
{
    atomic {
        if
        :: takes_calls(fast[SERVICE]) ->
            d_step { under_way[t] = true; fast_call(t, SERVICE); links() }
        :: d_step { under_way[t] = true; ipc_call(t, SERVICE, DEADLINES); links() }
        fi
    }
}

/* session_call, and the next one. */
inline session_call(t)
{
    do
    :: d_step {
        component[SERVER] != QUARANTINED ->
        requesting[t] = true;
        T(t).result = OK;
        T(t).label = OK;
        T(t).generation = generation[SERVER] };
       attempt(t);
       if
       :: d_step { answered(t, GONE) && deaths + 1 < SESSION_DEATHS_MAX -> deaths++ }
       :: d_step { answered(t, GONE) && deaths + 1 == SESSION_DEATHS_MAX -> request_ends(t, GONE) }
       :: answered(t, OK) && T(t).label == STALE
       :: d_step { answered(t, OK) && T(t).label == OK -> request_ends(t, OK) }
       :: d_step { answered(t, TIMEOUT) -> request_ends(t, TIMEOUT) }
       fi
    :: d_step { component[SERVER] == QUARANTINED -> request_ends(t, GONE) }
    od
}

proctype calling_program(byte me)
{
    byte deaths;
life:
    {
        T(me).state == READY;
        session_call(me) /* and again */
    } unless {
        atomic {
            killed[me] ->
            killed[me] = false;
            deaths = 0;
            goto life
        }
    }
}

#define may_die(t)                                                                                 \
    (component[t] == RUNNING && T(t).state != NEW &&                                               \
     count_deaths[t] < (t == SERVER -> DEATHS_SERVER : DEATHS_CLIENT))

/* The program makes the access that faults, again each time that it is let go on. */
inline fault(t)
{
    do
    :: d_step {
        T(t).state == READY ->
        ipc_fault(t);
        links() }
    od
}

/* What the server does for whoever sent the message; that one may be gone. */
inline execute(t)
{
    if
    :: T(t).badge != NOBODY && executed[T(t).badge] < 2 -> executed[T(t).badge]++
    :: else
    fi
}

/* component_serve with a generated dispatcher: one call of an idempotent method. */
proctype serving_program(byte me)
{
life:
    {
        T(me).state == READY;
        do
        :: atomic {
            T(me).state == READY;
            if
            :: may_reply_fast(me, SERVICE) -> d_step { fast_reply_wait(me, SERVICE); links() }
            :: d_step { ipc_reply_wait(me, SERVICE, false); links() }
            fi };
           if
           :: d_step {
               T(me).state == READY && T(me).result == CANCELLED -> /* there is no call */
               T(me).label = OK }
           :: d_step {
               T(me).state == READY && T(me).result == OK &&
               T(me).generation != own_generation[me] ->
               T(me).label = STALE }
           :: d_step {
               T(me).state == READY && T(me).result == OK &&
               T(me).generation == own_generation[me] ->
               execute(me);
               T(me).label = OK }
           :: T(me).state == READY && T(me).result == OK && may_die(me) -> fault(me)
           fi
        od
    } unless {
        atomic { killed[me] -> killed[me] = false; goto life }
    }
}

inline thread_reap(t)
{
    stop(t);
    T(t).state = NEW;
    T(t).result = OK;
    forget_message(t);
    killed[t] = true;
    count_deaths[t]++;
    limit_passed = limit_passed && t != SERVER;
    if
    :: t < CLIENTS ->
        assert(!under_way[t]);
        forget_request(t)
    :: else
    fi
}

/* destroy() by watch_died(), and what the policy decides. */
inline destroy(t)
{
    d_step { thread_reap(t); links() };
    component[t] = (QUARANTINE && t == SERVER && count_deaths[t] == DEATHS_SERVER ->
        QUARANTINED : RESTARTING)
}

inline revive(t)
{
    d_step { generation[t] = generation[t] + (t == SERVER -> 1 : 0); component[t] = RUNNING };
    d_step {
        !killed[t] ->
        assert(t != SERVER || generation[t] > own_generation[t]);
        own_generation[t] = generation[t];
        T(t).state = READY; /* thread_start */
        links() }
}

/* The deadline of init's receive has come. */
inline due(what)
{
    d_step {
        T(INIT).state == RECEIVING && what ->
        thread_fail_wait(INIT, TIMEOUT);
        links() }
}

/* The program init. Whatever is due interrupts its wait, for its receive has a deadline. */
proctype init_program()
{
    do
    :: d_step { ipc_reply_wait(INIT, FAULTS, true); links() };
       if
       :: T(INIT).state == READY && component[SERVER] == RUNNING -> destroy(SERVER)
       :: due(may_die(1)) -> destroy(1)
       :: due(may_die(SERVER)) -> destroy(SERVER)
       :: due(component[1] == RESTARTING) -> revive(1)
       :: due(component[SERVER] == RESTARTING) -> revive(SERVER)
       fi
    od
}

/* Somebody with a capability of the server's thread. */
proctype suspender()
{
    do
    :: d_step {
        count_suspensions < SUSPENSIONS && T(SERVER).state != NEW ->
        count_suspensions++;
        stop(SERVER);
        links() };
       d_step {
        T(SERVER).state == SUSPENDED -> /* else it was killed meanwhile */
        T(SERVER).state = READY }
    od
}

/* Deadlines and limits pass at any time. */
proctype clock()
{
    do
    :: d_step { T(0).timed -> thread_fail_wait(0, TIMEOUT); links() }
    :: d_step { T(1).timed -> thread_fail_wait(1, TIMEOUT); links() }
    :: d_step {
        LIMITED && !limit_passed && serves(SERVER) && may_die(SERVER) ->
        limit_passed = true;
        request_due(SERVER);
        links() }
    od
}

init
{
    atomic {
        generation[SERVER] = 1;
        own_generation[SERVER] = 1;
        T(0).state = READY;
        T(1).state = READY;
        T(SERVER).state = READY;
        T(INIT).state = READY;
        run calling_program(0);
        run calling_program(1);
        run serving_program(SERVER);
        run init_program();
        run suspender();
        run clock()
    }
}

#ifdef LIVENESS
ltl requests_end {
    [](requesting[0] -> <>!requesting[0]) && [](requesting[1] -> <>!requesting[1])
}
#endif
