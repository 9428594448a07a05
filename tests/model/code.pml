/*
 * code.pml - code that was written as data, and who fetches it.
 *
 * Two processors run programs that execute a page. A server, on processor 0, unmaps it, writes
 * other code into it, and maps it again.
 *
 * What of the code this is (functions have the same names):
 *   kernel/spacemap.c                attached_slot: before a page is mapped
 *   kernel/arch/riscv64/memory.c     arch_code_appears, arch_code_refetch
 *   kernel/cpu.c                     cpu_wait, cpu_summon_all
 *   kernel/sched.c                   idle
 *   lib/base/aarch64/cache.h         cache_publish_code, where BROADCAST
 * x86_64 needs nothing: its fetches see stores.
 *
 * The hardware: what is stored is found by fetches some time later: at fence.i, what its own hart
 * stored or has got with the lock. The page may be fetched ahead at any time (it may be mapped
 * elsewhere, too), and is remembered until it is forgotten. A clean of the data and an invalidation
 * are made between their instruction and the barrier behind it.
 *
 * What it leaves out: that nobody executes the page while it is not mapped (shoot_down.pml); that
 * a summons reaches whoever runs (summon.pml); who writes on another processor, and hands over what
 * it wrote by a lock.
 *
 * Safety, asserted:
 *   S1  who executes the page finds what was in it when it was mapped.
 */

#ifndef BROADCAST
#define BROADCAST 0
#endif
#define N       2
#define NOTHING 9

mtype = { RUNS, ATTENDS, IDLES };

byte written, handed_over; /* the page: as the server means it, as it was at the last release */
byte content[N];           /* as fetches of a processor find it */
byte fetched[N] = NOTHING; /* what a processor remembers of it */
bool mapped;
bool cleaning, forgetting; /* where BROADCAST: not complete */
bool locked;
mtype does = RUNS; /* processor 1 */
bool code_stale;   /* of processor 1 */

/* ---- the hardware ---- */

inline clean()
{
    content[0] = written;
    content[1] = written;
    cleaning = false
}

inline forget_all()
{
    fetched[0] = NOTHING;
    fetched[1] = NOTHING;
    forgetting = false
}

#define may_fetch(p) (fetched[p] == NOTHING)

proctype hardware()
{
end:
    do
    :: d_step { !BROADCAST && content[0] != written -> content[0] = written }
    :: d_step { !BROADCAST && content[1] != written -> content[1] = written }
    :: d_step { cleaning -> clean() }
    :: d_step { forgetting -> forget_all() }
    :: d_step { may_fetch(0) -> fetched[0] = content[0] }
    :: d_step { may_fetch(1) -> fetched[1] = content[1] }
    od
}

inline dsb()
{
    d_step {
        if
        :: cleaning -> clean()
        :: else
        fi;
        if
        :: forgetting -> forget_all()
        :: else
        fi }
}

/* ---- before the page is mapped ---- */

inline fence_i(p, sees)
{
    d_step {
        content[p] = (content[p] == written -> written : sees);
        fetched[p] = NOTHING }
}

inline take_lock() { d_step { !locked -> locked = true } }

#define release_lock() locked = false

inline cpu_summon_all()
{
    if
    :: does == RUNS -> does == ATTENDS
    :: does != RUNS
    fi
}

inline arch_code_appears()
{
    fence_i(0, written);
    code_stale = true;
    cpu_summon_all()
}

inline arch_code_refetch()
{
    if
    :: code_stale -> fence_i(1, handed_over)
    :: else
    fi;
    code_stale = false
}

inline cache_publish_code()
{
    cleaning = true;
    dsb();
    forgetting = true;
    dsb()
}

proctype server()
{
    do
    :: d_step { mapped = false; written = 1 - written };
       if
       :: BROADCAST -> cache_publish_code(); mapped = true
       :: !BROADCAST ->
          take_lock();
          arch_code_appears();
          mapped = true;
          handed_over = written;
          release_lock()
       fi
    od
}

/* ---- processor 1 enters the kernel, and may have nobody to run ---- */

inline cpu_wait()
{
    take_lock();
    does = RUNS; /* `attending = false` */
    arch_code_refetch()
}

inline idle()
{
    does = IDLES;
    release_lock();
    take_lock();
    arch_code_refetch();
    does = RUNS /* somebody is chosen to run */
}

inline leave()
{
    if
    :: idle()
    :: skip
    fi;
    release_lock()
}

/* ---- user level ---- */

inline execute(me)
{
    d_step {
        mapped ->
        fetched[me] = (fetched[me] == NOTHING -> content[me] : fetched[me]);
        assert(fetched[me] == written) }
}

proctype first()
{
end:
    do
    :: execute(0)
    od
}

proctype second()
{
end:
    do
    :: execute(1)
    :: d_step { !BROADCAST && !locked -> locked = true };
       leave()
    :: d_step { !BROADCAST && locked -> does = ATTENDS };
       cpu_wait();
       leave()
    od
}

init
{
    atomic {
        run server();
        run first();
        run second();
        run hardware()
    }
}
