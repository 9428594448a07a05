/*
 * receivers.pml - several receivers of several Endpoints: who is an Endpoint's server, who waits in
 * its list, and who is next.
 *
 * Threads that do as they like: each calls, answers and receives at either of two Endpoints, with a
 * deadline and without, on the fast path where it may and on the general path always; what it calls
 * may be what it serves itself. Meanwhile somebody suspends them, lets them go on, destroys them
 * and makes them anew; somebody demands a budget of an Endpoint's callers and takes that back;
 * somebody destroys an Endpoint and makes it anew.
 *
 * What of the code this is (functions have the same names):
 *   kernel/ipc.c     endpoint_step_down, endpoint_unlink, take_receiver, deliver, ipc_call, reply,
 *                    receive_block, endpoint_receive, ipc_reply_wait, endpoint_demand_budget,
 *                    endpoint_reap_step
 *   kernel/fast.c    fast_call, fast_reply_wait, with the stale links that they leave
 *   kernel/thread.c  thread_serve_nobody, leave_queues, break_wait, thread_fail_wait,
 *                    abandon_caller, stop, thread_resume, thread_start; the first thread_reap_step
 *
 * What it leaves out: what a call says and how it ends (call_death.pml), faults, Notifications
 * (signal_wait.pml), time and Scheds: who runs is arbitrary, and a demanded budget is there. Each
 * kernel entry is one d_step.
 *
 * Safety, asserted:
 *   S1  a thread is where it says that it waits, and an Endpoint's server says so too (valid_wait,
 *       valid_endpoint).
 *   S2  caller and server agree wherever they are not stale, and the dead have no links
 *       (valid_call).
 *   S3  no caller waits where somebody receives, and nobody receives where a caller waits
 *       (valid_endpoint, ipc_call).
 *   S4  first come, first served: a call goes to the receiver that has waited for longest
 *       (comes_first).
 *   S5  where a budget is demanded there is no server, so that no call overlooks it
 *       (valid_endpoint).
 */

#define THREADS 3
#define NOBODY  THREADS /* thread_nobody, ENDPOINT_NOBODY, or NULL: something that never receives */
#define NOWHERE 2

mtype:state = { NEW, READY, QUEUED, CALLING, RECEIVING, SUSPENDED };

typedef thread {
    mtype:state state = NEW;
    byte caller = NOBODY;       /* stale while RECEIVING */
    byte server = NOBODY;       /* stale unless CALLING */
    byte queued_at;             /* stale unless QUEUED */
    byte receives_at = NOWHERE; /* where it is RECEIVING, or whose server it is */
    bool timed;                 /* its deadline is armed */
}
thread threads[THREADS + 1];
byte fast[2] = NOBODY; /* the server of each Endpoint */
bool min_budget[2];
chan callers[2] = [THREADS] of { byte };
chan receivers[2] = [THREADS] of { byte };

chan waiting[2] = [THREADS] of { byte }; /* who receives, as they came; the code does not know */

hidden byte c, r, s, i, n; /* scratch of one d_step */

#define T(t)           threads[t]
#define serves(t)      (T(t).state != RECEIVING && T(t).caller != NOBODY)
#define queues(t, e)   (T(t).state == QUEUED && T(t).queued_at == e)
#define receives(t, e) (T(t).state == RECEIVING && T(t).receives_at == e)

/* ---- the invariants ---- */

inline valid_wait(t)
{
    assert(!callers[0]??[eval(t)] == !queues(t, 0));
    assert(!callers[1]??[eval(t)] == !queues(t, 1));
    assert(!receivers[0]??[eval(t)] || receives(t, 0));
    assert(!receivers[1]??[eval(t)] || receives(t, 1));
    assert(!waiting[0]??[eval(t)] == !receives(t, 0));
    assert(!waiting[1]??[eval(t)] == !receives(t, 1));
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
    assert(T(t).state != NEW || (T(t).caller == NOBODY && T(t).receives_at == NOWHERE))
}

inline valid_endpoint(e)
{
    assert(len(callers[e]) == 0 || len(receivers[e]) == 0);
    assert(fast[e] == NOBODY || (len(callers[e]) + len(receivers[e]) == 0 && !min_budget[e]));
    assert(fast[e] == NOBODY || T(fast[e]).receives_at == e);
    assert(T(fast[e]).state != RECEIVING || !T(fast[e]).timed)
}

inline valid()
{
    i = 0;
    do
    :: i < THREADS -> valid_wait(i); valid_call(i); i++
    :: else -> break
    od;
    valid_endpoint(0);
    valid_endpoint(1);
    assert(T(NOBODY).state == NEW && T(NOBODY).receives_at == NOWHERE);
    i = 0
}

/* Of all that receive from @e, @t came first. It does no more. */
inline comes_first(t, e)
{
    assert(waiting[e]?[eval(t)]);
    waiting[e]??eval(t)
}

/* ---- Endpoints ---- */

/* @t is read once: it may be fast[e]. */
inline endpoint_step_down(t)
{
    s = t;
    if
    :: T(s).receives_at != NOWHERE && fast[T(s).receives_at] == s ->
        fast[T(s).receives_at] = NOBODY;
        if
        :: T(s).state == RECEIVING -> receivers[T(s).receives_at]!s
        :: else -> T(s).receives_at = NOWHERE
        fi
    :: else
    fi
}

/* list_remove() finds the queue by itself. */
inline endpoint_unlink(t)
{
    if
    :: T(t).state == RECEIVING ->
        assert(receivers[T(t).receives_at]??[eval(t)]);
        receivers[T(t).receives_at]??eval(t);
        T(t).caller = NOBODY;
        T(t).receives_at = NOWHERE
    :: else ->
        assert(callers[T(t).queued_at]??[eval(t)]);
        callers[T(t).queued_at]??eval(t);
        T(t).queued_at = 0
    fi;
    T(t).timed = false
}

inline deliver(from, to)
{
    T(from).state = CALLING;
    T(from).server = to;
    T(to).caller = from;
    T(to).state = READY
}

inline take_receiver(e)
{
    if
    :: T(fast[e]).state == RECEIVING -> r = fast[e]; comes_first(r, e)
    :: T(fast[e]).state != RECEIVING && len(receivers[e]) > 0 ->
        receivers[e]?<r>;
        comes_first(r, e);
        endpoint_unlink(r)
    :: T(fast[e]).state != RECEIVING && len(receivers[e]) == 0 -> r = NOBODY
    fi
}

inline ipc_call(t, e, deadline)
{
    take_receiver(e);
    if
    :: r != NOBODY -> deliver(t, r)
    :: else ->
        assert(len(waiting[e]) == 0);
        T(t).state = QUEUED;
        T(t).queued_at = e;
        endpoint_step_down(fast[e]);
        callers[e]!t;
        T(t).timed = deadline
    fi
}

/* The caller is `c`. */
inline reply(t)
{
    c = T(t).caller;
    T(t).caller = NOBODY;
    T(c).server = NOBODY
}

inline receive_block(t, e, deadline)
{
    endpoint_step_down(t);
    endpoint_step_down(fast[e]);
    T(t).state = RECEIVING;
    T(t).receives_at = e;
    waiting[e]!t;
    if
    :: len(receivers[e]) == 0 && !min_budget[e] && !deadline -> fast[e] = t
    :: else ->
        receivers[e]!t;
        T(t).timed = deadline
    fi
}

inline endpoint_receive(t, e, deadline)
{
    if
    :: len(callers[e]) > 0 ->
        callers[e]?<n>;
        endpoint_unlink(n);
        deliver(n, t)
    :: else -> receive_block(t, e, deadline)
    fi
}

inline ipc_reply_wait(t, e, deadline)
{
    c = NOBODY;
    if
    :: serves(t) -> reply(t)
    :: else
    fi;
    endpoint_receive(t, e, deadline);
    if
    :: c != NOBODY -> T(c).state = READY
    :: else
    fi
}

#define takes_calls(t) (T(t).state == RECEIVING)

inline fast_call(t, e)
{
    r = fast[e];
    comes_first(r, e);
    T(t).state = CALLING;
    T(t).server = r;
    T(r).state = READY;
    T(r).caller = t
}

#define may_reply_fast(t, e) (T(t).caller != NOBODY && fast[e] == t)

inline fast_reply_wait(t, e)
{
    waiting[e]!t;
    T(t).state = RECEIVING; /* fast_receive_again */
    T(T(t).caller).state = READY
}

inline endpoint_demand_budget(e, budget)
{
    endpoint_step_down(fast[e]);
    min_budget[e] = budget
}

/* All its steps, and an Endpoint in its place. */
inline endpoint_reap(e)
{
    endpoint_step_down(fast[e]);
    do
    :: len(callers[e]) > 0 -> callers[e]?<n>; thread_fail_wait(n)
    :: len(callers[e]) == 0 && len(receivers[e]) > 0 ->
        receivers[e]?<n>;
        thread_fail_wait(n);
        assert(!receivers[e]??[eval(n)])
    :: len(callers[e]) == 0 && len(receivers[e]) == 0 -> break
    od;
    assert(fast[e] == NOBODY && len(waiting[e]) == 0);
    n = 0;
    do
    :: n < THREADS -> assert(T(n).receives_at != e && !queues(n, e)); n++
    :: else -> break
    od;
    min_budget[e] = false
}

/* ---- Threads ---- */

/* Out of whatever @t waits for; its new state is still to be set. */
inline leave_queues(t)
{
    if
    :: T(t).state == RECEIVING -> waiting[T(t).receives_at]??eval(t)
    :: else
    fi;
    endpoint_step_down(t);
    if
    :: T(t).state == QUEUED || T(t).state == RECEIVING -> endpoint_unlink(t)
    :: T(t).state == CALLING ->
        T(T(t).server).caller = NOBODY; /* thread_serve_nobody */
        T(t).server = NOBODY
    :: else
    fi;
    T(t).timed = false
}

inline thread_fail_wait(t)
{
    leave_queues(t); /* break_wait */
    T(t).state = READY
}

/* abandon_caller, then hold, which only breaks its wait. */
inline stop(t)
{
    if
    :: serves(t) -> c = T(t).caller; thread_fail_wait(c)
    :: else
    fi;
    leave_queues(t);
    if
    :: T(t).state != NEW -> T(t).state = SUSPENDED
    :: else
    fi
}

inline thread_reap(t)
{
    stop(t);
    T(t).state = NEW;
    T(t).server = NOBODY /* another Thread's memory */
}

/* ---- those who do something ---- */

#define ready(t) (T(t).state == READY)

proctype program(byte me)
{
    byte at;
    do
    :: atomic {
        ready(me) ->
        if
        :: at = 0
        :: at = 1
        fi;
        if
        :: takes_calls(fast[at]) -> d_step { fast_call(me, at); at = 0; valid() }
        :: d_step { ipc_call(me, at, false); at = 0; valid() }
        :: d_step { ipc_call(me, at, true); at = 0; valid() }
        :: may_reply_fast(me, at) -> d_step { fast_reply_wait(me, at); at = 0; valid() }
        :: d_step { ipc_reply_wait(me, at, false); at = 0; valid() }
        :: d_step { ipc_reply_wait(me, at, true); at = 0; valid() }
        fi }
    od
}

/* Deadlines, and those who have capabilities of the Threads. */
proctype others(byte me)
{
    do
    :: d_step { T(me).timed -> thread_fail_wait(me); valid() }
    :: d_step { T(me).state != NEW && T(me).state != SUSPENDED -> stop(me); valid() }
    :: d_step { T(me).state != NEW -> thread_reap(me); valid() }
    :: d_step { T(me).state == NEW || T(me).state == SUSPENDED -> T(me).state = READY; valid() }
    od
}

/* Those who have capabilities of the Endpoints. */
proctype owner(byte at)
{
    do
    :: d_step { endpoint_demand_budget(at, true); valid() }
    :: d_step { endpoint_demand_budget(at, false); valid() }
    :: d_step { endpoint_reap(at); valid() }
    od
}

init
{
    atomic {
        i = 0;
        do
        :: i < THREADS -> run program(i); run others(i); i++
        :: else -> break
        od;
        run owner(0);
        run owner(1);
        i = 0
    }
}
