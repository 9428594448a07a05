/*
 * summon.pml - reaching a thread that runs on another processor.
 *
 * Each processor has one thread, which does at user level whatever a thread may do: system calls on
 * the fast path and on the general one, `enter` and what its guest does, use of vector registers.
 * Some threads' calls reach for another processor's thread: they stop it, let it go on, kick it,
 * look at it, take its guest's frame or its Table away, read and write its vector state.
 *
 * What of the code this is (functions have the same names):
 *   docs/decisions/0026  points 2, 3, 5 and 6
 *   kernel/cpu.c         cpu_summon, and waiting for the lock
 *   kernel/syscall.c     trap_syscall, trap_interrupt, leave; faults are calls here
 *   kernel/fast.c        fast_entry, fast_call: a key that is compared before the lock is taken
 *   kernel/cap.c         clear_keys
 *   kernel/sched.c       sched_reschedule, idle
 *   kernel/guest.c       guest_enter, guest_stop, thread_kick
 *   kernel/dev/vector.c  vector_acquire, arch_vector_save, arch_vector_in, arch_vector_out
 *   kernel/arch          guest_entry.S, syscall_entry.S, trap_entry.S: what runs without the lock
 *
 * What it leaves out: the order of those who wait for the lock (here anybody may come first), roots
 * and translations, threads that change their processor, time. Each statement is one step, and
 * everybody sees it at once: what one processor writes before it sets `attending`, or releases the
 * lock, the other one sees after it has read that; both are a release and an acquire.
 *
 * Safety, asserted:
 *   S1  nobody touches a thread whose registers are in use.
 *   S2  a call is performed once; if its thread was stopped before, when it is made again.
 *   S3  a kick is not lost: no guest goes on after it.
 *   S4  neither frame nor Table nor an object is used when it is gone.
 *   S5  the vector state in use, or read, is the newest one.
 *   S6  a processor that has somebody to run does not sleep.
 *   S7  who goes to user level does not attend.
 * Liveness, under weak fairness:
 *   L1  a summon ends, also where two processors want to summon each other.
 */

#ifndef N
#define N 2
#endif
#ifndef PROMPT
#define PROMPT 0 /* do interrupts come at once? */
#endif
#ifndef RICH
#define RICH 1 /* guests, vector registers and the fast path, on the last processor */
#endif
#define NOBODY  9
#define acts(p) (p < 2 && (p == 0 || !RICH)) /* the calls of its thread reach for others */

mtype:state = { READY, SUSPENDED };
mtype:where = { USER, IN_CALL, BEFORE, AFTER }; /* where a thread's registers say it is */
mtype:newest = { REGISTERS, MEMORY, BOTH };

byte holder = NOBODY; /* of the kernel lock */

/* Of a processor. */
bool attending[N], interrupt[N], reschedule[N], asleep[N];
bool current[N];      /* its thread is current */
bool cpu_in_guest[N];
bool owner[N];        /* the vector registers hold its thread's state */

/* Of its thread. */
mtype:state state[N] = READY;
mtype:where where[N] = USER;
bool in_guest[N]; /* it was interrupted there */
bool kicked[N];
bool frame[N], table[N];

/* Not in the code, or memory that is used for something else when it is gone. */
bool live[N] = true; /* the thread's registers are in use */
bool frame_there[N], table_there[N];
bool kick_due[N];
byte performed[N];
bool summons[N];
mtype:newest newest[N] = MEMORY;

/* A slot that all see, and what it names. */
bool key = true, object = true;

#define rich(p) (RICH && p == N - 1)

/* ---- the lock, and attending ---- */

inline lock_take()
{
    if
    :: atomic { holder == NOBODY -> holder = me }
    :: holder != NOBODY ->
        arch_vector_save();
        live[me] = false;
        attending[me] = true;
        atomic { holder == NOBODY -> holder = me };
        attending[me] = false
    fi
}

/* Of whoever attends. */
inline arch_vector_save()
{
    if
    :: owner[me] -> newest[me] = (newest[me] == REGISTERS -> BOTH : newest[me])
    :: !owner[me]
    fi
}

inline lock_release()
{
    assert(holder == me);
    holder = NOBODY
}

#define needs_summon(needed) ((needed) && !attending[it])

/* @needed: is something of the thread on its processor? */
inline cpu_summon(needed)
{
    if
    :: needs_summon(needed) ->
        d_step { summons[me] = true; interrupt[it] = true };
        attending[it];
        summons[me] = false
    :: !needs_summon(needed)
    fi
}

/* ---- what a holder does with the thread of `it` ---- */

inline stop()
{
    cpu_summon(current[it]);
    d_step {
        assert(!live[it]);
        if
        :: where[it] == IN_CALL -> where[it] = BEFORE /* arch_context_fill */
        :: else
        fi;
        current[it] = false;
        state[it] = SUSPENDED }
}

inline thread_resume()
{
    d_step { state[it] = READY; reschedule[it] = true };
    interrupt[it] = true
}

inline guest_stop()
{
    if
    :: in_guest[it] -> assert(frame_there[it]); in_guest[it] = false; kick_due[it] = false
    :: else
    fi
}

inline thread_kick()
{
    cpu_summon(current[it]);
    d_step {
        assert(!live[it]);
        if
        :: in_guest[it] -> guest_stop()
        :: else -> kicked[it] = true; kick_due[it] = true
        fi }
}

inline take_frame()
{
    cpu_summon(current[it]);
    d_step {
        guest_stop();
        frame[it] = false;
        frame_there[it] = false }
}

inline take_table()
{
    cpu_summon(current[it]);
    d_step { table[it] = false; table_there[it] = false }
}

/* Who has no Table names no slot. */
inline clear_keys()
{
    key = false;
    cpu_summon(current[it] && table[it]);
    object = false
}

inline give_all()
{
    d_step {
        frame[it] = true; frame_there[it] = true;
        table[it] = true; table_there[it] = true;
        key = true; object = true }
}

inline thread_vector()
{
    cpu_summon(current[it] || owner[it]);
    assert(newest[it] != REGISTERS);
    if
    :: skip /* out */
    :: d_step { newest[it] = MEMORY; owner[it] = false } /* in */
    fi
}

inline operate()
{
    if
    :: it = (me + 1) % N
    :: N > 2 -> it = (me + 2) % N
    fi;
    if
    :: atomic { state[it] == READY -> stop() }
    :: state[it] == SUSPENDED && !current[it] -> thread_resume()
    :: rich(it) && !kick_due[it] -> thread_kick()
    :: rich(it) && frame[it] -> take_frame()
    :: rich(it) && table[it] -> take_table()
    :: rich(it) && !frame[it] && !table[it] -> give_all()
    :: rich(it) -> thread_vector()
    :: rich(it) && key -> clear_keys()
    fi;
    it = 0
}

/* ---- the general path ---- */

inline perform()
{
    d_step {
        assert(current[me] && where[me] == IN_CALL && performed[me] == 0);
        performed[me] = 1;
        where[me] = AFTER }
}

#define may_go_on (current[me] && where[me] == IN_CALL)

/* Of trap_interrupt as well: then there is no call. */
inline trap_syscall()
{
    lock_take();
    if
    :: may_go_on ->
        if
        :: acts(me) -> operate()
        :: rich(me) && !kicked[me] /* something of its own */
        :: rich(me) && kicked[me] -> d_step { kicked[me] = false; kick_due[me] = false } /* enter */
        :: rich(me) -> d_step { current[me] = false; state[me] = SUSPENDED } /* it waits */
        :: !acts(me) && !rich(me)
        fi;
        d_step {
            performed[me]++;
            assert(performed[me] == 1);
            if
            :: where[me] == IN_CALL -> where[me] = AFTER
            :: else
            fi }
    :: !may_go_on
    fi;
    leave()
}

inline leave()
{
    do
    :: reschedule[me] || !current[me] ->
        d_step {
            reschedule[me] = false;
            if
            :: state[me] == READY -> current[me] = true
            :: else
            fi };
        if
        :: !current[me] -> idle()
        :: current[me]
        fi
    :: !reschedule[me] && current[me] -> break
    od;
    atomic { live[me] = true; lock_release() }
}

inline idle()
{
    d_step { live[me] = false; lock_release() };
    asleep[me] = true;
    d_step { interrupt[me] -> interrupt[me] = false; asleep[me] = false };
    lock_take()
}

/* exit_to_user: without the lock. */
inline exit_to_user()
{
    assert(!attending[me] && live[me]);
    d_step {
        assert(where[me] != IN_CALL);
        assert(where[me] == USER || performed[me] == (where[me] == AFTER -> 1 : 0));
        where[me] = USER;
        performed[me] = 0 };
    if
    :: in_guest[me] -> d_step { in_guest[me] = false; cpu_in_guest[me] = true }
    :: !in_guest[me]
    fi
}

/* ---- without the lock ---- */

inline enter()
{
    if
    :: kicked[me] || !frame[me] -> goto general
    :: !kicked[me] && frame[me] ->
        assert(frame_there[me]); /* its registers are loaded */
        d_step { cpu_in_guest[me] = true; where[me] = USER }
    fi
}

/* Its system call, its fault: the server's thread goes on. */
inline guest_syscall()
{
    d_step { assert(frame_there[me]); cpu_in_guest[me] = false }
}

inline vector_use()
{
    if
    :: !owner[me] -> d_step { assert(newest[me] != REGISTERS); owner[me] = true; newest[me] = BOTH }
    :: owner[me]
    fi;
    d_step { assert(newest[me] != MEMORY); newest[me] = REGISTERS }
}

/* ---- the fast path ---- */

inline fast_entry()
{
    if
    :: !table[me] -> goto general
    :: table[me]
    fi;
    assert(table_there[me]);
    if
    :: !key -> goto general
    :: key
    fi;
    if
    :: holder != NOBODY -> goto general
    :: atomic { holder == NOBODY -> holder = me }
    fi;
    assert(table_there[me]);
    assert(object);
    perform();
    lock_release();
    goto resume
}

/* ---- user level ---- */

#define native (!cpu_in_guest[me])
#define goes_on (!PROMPT || !interrupt[me])

proctype processor(byte me)
{
    byte it;

user:
    do
    :: atomic { goes_on && native -> where[me] = IN_CALL };
        if
        :: goto general
        :: rich(me) -> goto fast
        :: rich(me) -> enter()
        fi
    :: goes_on && native /* computes */
    :: rich(me) && goes_on && native -> vector_use()
    :: rich(me) && goes_on && !native -> assert(!kick_due[me])
    :: rich(me) && goes_on && !native -> guest_syscall()
    :: d_step {
        interrupt[me] ->
        interrupt[me] = false;
        in_guest[me] = cpu_in_guest[me];
        cpu_in_guest[me] = false };
        goto general
    od;
fast:
    fast_entry();
general:
    trap_syscall();
resume:
    exit_to_user();
    goto user
}

/* Looks on. */
proctype watch()
{
end:
    do
    :: d_step { asleep[0] && holder == NOBODY -> assert(interrupt[0] || state[0] != READY) }
    :: d_step { asleep[1] && holder == NOBODY -> assert(interrupt[1] || state[1] != READY) }
    od
}

init
{
    byte i;

    d_step {
        do
        :: i < N ->
            current[i] = true;
            frame[i] = true; frame_there[i] = true;
            table[i] = true; table_there[i] = true;
            i++
        :: else -> break
        od;
        i = 0 };
    atomic {
        run processor(0);
        run processor(1);
        if
        :: N > 2 -> run processor(N - 1)
        :: else
        fi;
        run watch()
    }
}

#ifdef LIVENESS
ltl ends { [](summons[0] -> <>!summons[0]) && [](summons[1] -> <>!summons[1]) }
#endif
