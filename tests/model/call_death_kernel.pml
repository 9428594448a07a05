/*
 * call_death_kernel.pml - the kernel's part of call_death.pml, which says what of the code it is.
 */

/* ---- kernel: Endpoints ---- */

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

inline forget_message(t)
{
    T(t).label = OK;
    T(t).generation = 0;
    T(t).badge = NOBODY
}

/* What nobody reads any more is cleared, so that there are fewer states. */
inline transfer(from, to)
{
    T(to).label = T(from).label;
    T(to).generation = T(from).generation;
    T(to).badge = (to == SERVER -> from : NOBODY);
    forget_message(from)
}

/* Of a fault the words do not matter; what its thread sent or received before stays with it. */
inline deliver(from, to)
{
    T(from).state = CALLING;
    T(from).server = to;
    T(to).caller = from;
    T(to).result = OK;
    T(to).state = READY;
    if
    :: !T(from).fault_call -> transfer(from, to); received[from] = true
    :: else
    fi
}

inline take_receiver(e)
{
    if
    :: T(fast[e]).state == RECEIVING -> r = fast[e]
    :: T(fast[e]).state != RECEIVING && len(receivers[e]) > 0 ->
        receivers[e]?<r>;
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
        T(t).state = QUEUED;
        T(t).queued_at = e;
        endpoint_step_down(fast[e]);
        callers[e]!t;
        T(t).timed = deadline
    fi
}

/* The answer of @t to `c`. */
inline reply_transfer(t)
{
    assert(T(t).label == STALE || T(t).generation == own_generation[t]);
    transfer(t, c);
    T(c).result = OK;
    ended(c, OK)
}

/* The caller is `c`. Nobody answers a fault: whoever faulted is gone when init has seen to it. */
inline reply(t)
{
    c = T(t).caller;
    assert(!T(c).fault_call);
    T(t).caller = NOBODY;
    T(c).server = NOBODY;
    reply_transfer(t)
}

inline receive_block(t, e, deadline)
{
    endpoint_step_down(t);
    endpoint_step_down(fast[e]);
    T(t).state = RECEIVING;
    T(t).receives_at = e;
    if
    :: len(receivers[e]) == 0 && !deadline && !LIMITED -> fast[e] = t
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
    r = c; /* what else uses c */
    endpoint_receive(t, e, deadline);
    if
    :: r != NOBODY -> T(r).state = READY
    :: else
    fi
}

#define takes_calls(t) (T(t).state == RECEIVING)

/* Only where takes_calls() says so: a server that waits meets every condition. */
inline fast_call(t, e)
{
    r = fast[e];
    transfer(t, r); /* it stays in the registers */
    T(t).state = CALLING;
    T(t).server = r;
    T(r).state = READY;
    T(r).caller = t;
    T(r).result = OK;
    received[t] = true
}

#define may_reply_fast(t, e) (!LIMITED && T(t).caller != NOBODY && fast[e] == t)

inline fast_reply_wait(t, e)
{
    c = T(t).caller;
    T(t).state = RECEIVING; /* fast_receive_again */
    reply_transfer(t);
    T(c).state = READY
}

/* ---- kernel: Threads ---- */

/* Out of whatever @t waits for; its new state is still to be set. */
inline leave_queues(t)
{
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

/* A fault that nobody answered happens again: @t goes on with the registers that it saved. */
inline break_wait(t, status)
{
    if
    :: T(t).state != RECEIVING -> ended(t, status)
    :: else
    fi;
    leave_queues(t);
    if
    :: T(t).fault_call -> T(t).fault_call = false
    :: else -> T(t).result = status
    fi
}

inline thread_fail_wait(t, status)
{
    break_wait(t, status);
    T(t).state = READY
}

inline abandon_caller(t)
{
    if
    :: serves(t) -> c = T(t).caller; thread_fail_wait(c, GONE)
    :: else
    fi
}

inline hold(t)
{
    if
    :: waits(t) -> break_wait(t, CANCELLED)
    :: else -> leave_queues(t)
    fi
}

inline stop(t)
{
    abandon_caller(t);
    hold(t);
    if
    :: T(t).state != NEW -> T(t).state = SUSPENDED
    :: else
    fi
}

inline ipc_fault(t)
{
    T(t).fault_call = true;
    ipc_call(t, FAULTS, false)
}

/* @t works on one call for too long, or waits in vain for somebody to see to its fault. */
inline request_due(t)
{
    hold(t);
    ipc_fault(t)
}
