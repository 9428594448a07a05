/*
 * lock.pml - the kernel lock: who takes it, who waits for it, who gets it next.
 *
 * Some processors take the lock again and again, first by trying. A holder may have a long
 * operation, which gives way to whoever waits.
 *
 * What of the code this is (functions have the same names):
 *   kernel/arch/.../port/lock.h  arch_lock_try, arch_lock_wanted, arch_lock_release; ATOMIC is the
 *                                release of aarch64 and riscv64, !ATOMIC the shift of x86_64, whose
 *                                read and write are two steps
 *   kernel/dev/lock.c            lock_attempt, arch_lock_wait; a processor that spins is one that
 *                                is blocked here
 *   kernel/lock.h                preemption_due, without interrupts
 *
 * What it leaves out: what a processor does with its thread while it waits (summon.pml). Of memory
 * that the processors share there is one item; a processor sees what another one wrote if it took
 * the lock with an acquire, and that one had given it up with a release. All else is one step, and
 * everybody sees it at once.
 *
 * Safety, asserted:
 *   S1  one processor has the lock.
 *   S2  it sees what the one before it wrote.
 *   S3  nobody comes before the first of the queue, once that has said that it wants the lock
 *       (ATOMIC: the shift of x86_64 may lose that, and then a newcomer may come first).
 *   S4  nobody waits for ever when nobody has the lock: there is no deadlock.
 * Liveness, under weak fairness:
 *   L1  who waits gets it, however often others come, and though operations are without end;
 *       where each attempt of the first in the queue is one step (WHOLE), and ATOMIC. Without that
 *       newcomers could fit in between its load and its exchange each time.
 *   L2  who waits gets it when the others come no more (ROUNDS), in all cases.
 */

#ifndef N
#define N 3
#endif
#ifndef ATOMIC
#define ATOMIC 1
#endif
#ifndef WHOLE
#define WHOLE 0
#endif
#ifndef ROUNDS
#define ROUNDS 0 /* without end */
#endif
#ifndef LONG
#define LONG 0
#endif
#define NOBODY  9
#define TICKETS 4

mtype:word = { FREE, HELD, HANDED, WANTED };

mtype:word word = FREE;
byte next, serving;

/* Not in the code. */
byte count_holders, wanted_by = NOBODY;
bool waits[N];
bool latest, left, view[N]; /* the item: as it is, as the release left it, as a processor sees it */

inline lock_taken()
{
    count_holders++;
    assert(count_holders == 1);
    assert(!ATOMIC || wanted_by == NOBODY || wanted_by == me);
    wanted_by = (wanted_by == me -> NOBODY : wanted_by);
    waits[me] = false
}

inline arch_lock_try()
{
    atomic {
        if
        :: word == FREE -> word = HELD; view[me] = left; lock_taken(); got = true
        :: else -> got = false
        fi }
}

#define exchange(to) (word == seen && to)

inline lock_exchange()
{
    if
    :: exchange(seen == HELD) -> word = WANTED; wanted_by = me
    :: exchange(seen != HELD) -> word = HELD; got = true; lock_taken(); view[me] = left
    :: else
    fi
}

inline lock_attempt()
{
#if WHOLE
    atomic { word != WANTED -> seen = word; lock_exchange() }
#else
    d_step { word != WANTED -> seen = word };
    atomic { lock_exchange() }
#endif
}

inline arch_lock_wait()
{
    d_step { ticket = next; next = (ticket + 1) % TICKETS; waits[me] = true };
    serving == ticket;
    do
    :: !got -> lock_attempt()
    :: got -> break
    od;
    atomic { serving = (ticket + 1) % TICKETS; ticket = 0; seen = FREE }
}

inline arch_lock_release()
{
    left = view[me];
#if ATOMIC
    d_step {
        count_holders--;
        word = (word == WANTED -> HANDED : FREE) }
#else
    seen = word;
    d_step {
        count_holders--;
        word = (seen == WANTED -> HANDED : FREE);
        seen = FREE }
#endif
}

inline operate()
{
    d_step {
        assert(count_holders == 1 && view[me] == latest);
        latest = !latest;
        view[me] = latest }
}

#define arch_lock_wanted (next != serving)

/* It goes on until it has to give way. */
inline operate_long()
{
    do
    :: !arch_lock_wanted
    :: arch_lock_wanted -> break
    od
}

proctype processor(byte me)
{
    mtype:word seen = FREE;
    byte ticket, rounds;
    bool got;

    do
    :: ROUNDS == 0 || rounds < ROUNDS ->
        rounds = (ROUNDS == 0 -> 0 : rounds + 1);
        arch_lock_try();
        if
        :: got
        :: !got -> arch_lock_wait()
        fi;
        operate();
        if
        :: LONG && me == N - 1 -> operate_long()
        :: true
        fi;
        got = false;
        arch_lock_release()
    :: ROUNDS != 0 && rounds == ROUNDS -> break
    od
}

init
{
    atomic {
        run processor(0);
        run processor(1);
        if
        :: N > 2 -> run processor(N - 1)
        :: else
        fi
    }
}

#ifdef LIVENESS
ltl served { [](waits[0] -> <>!waits[0]) }
#endif
