/*
 * call_death_processors.pml - a caller and its server on two processors, stopped from a third.
 *
 * Thread 0 calls again and again, thread 1 serves; each has its own processor. A third processor
 * suspends either and lets it go on.
 *
 * What of the code this is (functions have the same names):
 *   kernel/cpu.c     cpu_wait, cpu_summon_thread
 *   kernel/ipc.c     ipc_call, ipc_reply_wait
 *   kernel/thread.c  leave_queues, abandon_caller, hold, stop, thread_resume
 *   kernel/sched.c   block_elsewhere, idle; syscall.c: wait_for_lock
 *
 * What it leaves out: all else of a call (call_death.pml), guests, vector state (summon.pml), the
 * fast paths, lent Scheds.
 *
 * Safety, asserted:
 *   S1  nobody touches a thread whose registers are in use.
 *   S2  caller and server agree, and a thread that is stopped is neither.
 *   S3  a call ends exactly once, and one that its thread had not made when it was stopped is not
 *       made for it.
 *   S4  there is no deadlock.
 */

#define CLIENT 0
#define SERVER 1
#define NOBODY 9

mtype:state = { READY, QUEUED, CALLING, RECEIVING, SUSPENDED };

byte holder = NOBODY;
mtype:state state[2] = READY;
bool current[2] = true, attending[2], interrupt[2];
bool in_call[2]; /* its system call is saved, and not yet made */
byte caller = NOBODY; /* of the server */

/* Not in the code. */
bool live[2] = true, under_way;

inline valid()
{
    assert((caller == CLIENT) == (state[CLIENT] == CALLING));
    assert(under_way == (state[CLIENT] == CALLING || state[CLIENT] == QUEUED));
    assert(caller == NOBODY || state[SERVER] == READY)
}

inline lock_take()
{
    if
    :: atomic { holder == NOBODY -> holder = me }
    :: holder != NOBODY ->
        live[me] = false;
        attending[me] = true;
        atomic { holder == NOBODY -> holder = me };
        attending[me] = false
    fi
}

inline ended()
{
    assert(under_way);
    under_way = false;
    state[CLIENT] = READY
}

inline ipc_call()
{
    assert(!under_way);
    under_way = true;
    if
    :: state[SERVER] == RECEIVING ->
        state[SERVER] = READY; caller = CLIENT; state[CLIENT] = CALLING; interrupt[SERVER] = true
    :: else -> state[CLIENT] = QUEUED
    fi;
    current[CLIENT] = false
}

inline ipc_reply_wait()
{
    if
    :: caller == CLIENT -> caller = NOBODY; ended(); interrupt[CLIENT] = true
    :: else
    fi;
    if
    :: state[CLIENT] == QUEUED -> state[CLIENT] = CALLING; caller = CLIENT
    :: else -> state[SERVER] = RECEIVING; current[SERVER] = false
    fi
}

inline idle()
{
    d_step { live[me] = false; holder = NOBODY };
    interrupt[me];
    interrupt[me] = false
}

#define may_go_on (current[me] && in_call[me])

inline system_call()
{
    assert(state[me] == READY);
    in_call[me] = false;
    if
    :: me == CLIENT -> ipc_call()
    :: else -> ipc_reply_wait()
    fi;
    valid()
}

proctype processor(byte me)
{
    do
    :: if
       :: in_call[me] = true /* a system call */
       :: interrupt[me] -> interrupt[me] = false
       fi;
       lock_take();
       if
       :: may_go_on -> d_step { system_call() }
       :: !may_go_on
       fi;
       do
       :: current[me] -> break
       :: !current[me] && state[me] == READY -> current[me] = true
       :: !current[me] && state[me] != READY ->
           idle();
           lock_take()
       od;
       assert(!in_call[me]);
       d_step { live[me] = true; holder = NOBODY }
    od
}

inline abandon_caller(t)
{
    if
    :: t == SERVER && caller == CLIENT -> caller = NOBODY; ended(); interrupt[CLIENT] = true
    :: else
    fi
}

inline leave_queues(t)
{
    if
    :: state[t] == CALLING -> caller = NOBODY; ended()
    :: state[t] == QUEUED -> ended()
    :: else
    fi
}

inline stop(t)
{
    if
    :: current[t] && !attending[t] -> interrupt[t] = true; attending[t]
    :: !current[t] || attending[t]
    fi;
    d_step {
        assert(!live[t]);
        abandon_caller(t);
        leave_queues(t);
        in_call[t] = false; /* made again */
        current[t] = false;
        state[t] = SUSPENDED;
        valid() }
}

inline thread_resume(t)
{
    d_step { state[t] = READY; interrupt[t] = true; valid() }
}

proctype third(byte me)
{
    do
    :: atomic { holder == NOBODY -> holder = me };
       if
       :: state[CLIENT] != SUSPENDED -> stop(CLIENT)
       :: state[CLIENT] == SUSPENDED -> thread_resume(CLIENT)
       :: state[SERVER] != SUSPENDED -> stop(SERVER)
       :: state[SERVER] == SUSPENDED -> thread_resume(SERVER)
       fi;
       holder = NOBODY
    od
}

init
{
    atomic { run processor(CLIENT); run processor(SERVER); run third(2) }
}
