/*
 * idle.pml - a processor that has nothing to do, and the others that have work for it.
 *
 * Processor 0 runs what is ready, and rests. The others make something ready on it, once and again.
 * Between its programs it waits for the kernel lock or finds it free.
 *
 * What of the code this is (functions have the same names):
 *   kernel/sched.c      sched_enqueue, sched_reschedule, idle
 *   kernel/cpu.c        cpu_wait, cpu_reschedule
 *   kernel/syscall.c    trap_interrupt, leave
 *   kernel/arch/...     interrupt.c: arch_idle, arch_interrupts_dispatch. RECORDS is x86_64,
 *                       whose processor takes an interrupt where it lets them in, and notes
 *                       it; the others never take one, and rest only while there is none.
 *
 * What a processor stores comes to memory when it comes: `buffered` is a store to `attending` that
 * others do not see yet. A release, and the end of what goes before an interrupt, empty it.
 * The queue and `reschedule` are read under the lock alone.
 *
 * What it leaves out: the order of those who wait for the lock (lock.pml), the timer, what a
 * summons is for (summon.pml).
 *
 * Safety, asserted:
 *   S1  a processor for which something is ready, and the lock free, does not rest or run on unless
 *       an interrupt is on its way to it.
 *   S2  there is no deadlock.
 */

#ifndef RECORDS
#define RECORDS 0
#endif
#define NOBODY 9

byte holder = NOBODY; /* of the kernel lock */

/* Of processor 0. */
bool attending, buffered; /* as it is in memory; the opposite is in the buffer */
bool interrupt;           /* the controller has one for it */
bool pending;             /* RECORDS: it took one, and has not passed it on */
bool reschedule;
bool ready;               /* somebody is in its queue */
bool running;             /* it is at user level, with a thread */
bool resting;

#define attends (buffered -> !attending : attending)

inline drain()
{
    attending = attends;
    buffered = false
}

inline attending_set(to)
{
    d_step { buffered = (attending != to) }
}

inline lock_take()
{
    if
    :: atomic { holder == NOBODY -> holder = 0 }
    :: holder != NOBODY -> cpu_wait()
    fi
}

inline cpu_wait()
{
    attending_set(true);
    d_step { drain() }; /* a release */
    atomic { holder == NOBODY -> holder = 0 };
    attending_set(false)
}

inline lock_release()
{
    d_step { drain(); holder = NOBODY }
}

inline arch_interrupts_dispatch()
{
    d_step { pending = false; interrupt = (RECORDS -> interrupt : false) }
}

/* Between `sti` and `hlt` nothing comes; `wfi` takes nothing. */
inline arch_idle()
{
    if
    :: pending
    :: !pending ->
        resting = true;
        d_step { interrupt -> interrupt = !RECORDS; pending = RECORDS; resting = false }
    fi
}

inline idle()
{
    lock_release();
    arch_idle();
    lock_take();
    arch_interrupts_dispatch()
}

/* Who runs is put back first. */
inline choose()
{
    found = found || ready;
    ready = false
}

inline sched_reschedule()
{
    do
    :: reschedule || !found ->
        reschedule = false;
        d_step { choose() };
        if
        :: !found -> idle()
        :: found
        fi
    :: !reschedule && found -> break
    od
}

proctype processor()
{
    bool found;

end:
    do
    :: lock_take();
       arch_interrupts_dispatch();
       sched_reschedule();
       lock_release();
       d_step { found = false; running = true };
       if
       :: d_step { interrupt -> interrupt = !RECORDS; pending = RECORDS; running = false }
       :: running = false /* its thread waits */
       fi
    od
}

/* Others look at `attending` while they have the lock. */
inline cpu_reschedule()
{
    reschedule = true;
    if
    :: !attending -> interrupt = true
    :: attending
    fi
}

inline sched_enqueue()
{
    ready = true;
    cpu_reschedule()
}

proctype waker(byte me)
{
end:
    do
    :: atomic { holder == NOBODY -> holder = me };
       if
       :: !ready -> sched_enqueue()
       :: true
       fi;
       holder = NOBODY
    od
}

#define left_alone (holder == NOBODY && ready && !interrupt && (!pending || resting))

proctype watch()
{
end:
    do
    :: d_step { left_alone -> assert(!resting && !running) }
    :: d_step { buffered -> drain() }
    od
}

init
{
    atomic {
        run processor();
        run waker(1);
        run waker(2);
        run watch()
    }
}
