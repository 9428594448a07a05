/*
 * start.pml - how the other processors begin: the boot stage's hand-shake, and the kernel's.
 *
 * The first processor starts two others, one at a time. Each comes, or comes late, or never.
 *
 * What of the code this is (functions have the same names):
 *   boot/join.c               expect, has_arrived, join, join_all, join_release
 *   boot/<arch>/join_entry.S  join_begin, too_late
 *   kernel/dev/start.c        phase_set, phase_await, start_first, kernel_start
 *
 * What is stored goes to a buffer of its processor, and from there to memory in any order; a
 * release empties the buffer first. What is loaded may have been loaded earlier, before it was
 * written; an acquire loads it anew. Of each item it matters only whether it was written.
 *   INDEX    join_index; the one item that is written twice
 *   ENTRY    join_entry, and the hand-over
 *   SHARED   what machine_init makes, cpus[], cpu_count
 *   INIT     init's objects, which kernel_boot makes
 *   STACK    what a processor that comes has stored on the stack that they share
 * x86_64 has neither buffers of that kind nor early loads: there each release and acquire is an
 * ordinary store or load.
 *
 * What it leaves out: what a processor makes ready, the kernel's own stacks, the lock (lock.pml).
 *
 * Safety, asserted:
 *   S1  no two processors have one index, and one uses the shared stack.
 *   S2  whoever reads an item finds it written.
 *   S3  no processor is at user level before all have left the boot stage's memory; one that came
 *       too late stays there, and the first one knows of it (has_stray).
 *   S4  nobody waits for ever (there is no deadlock).
 */

#define N      3
#define NOBODY 9

#define INDEX  1
#define ENTRY  2
#define SHARED 4
#define INIT   8
#define STACK  16
#define ALL    31

mtype:phase = { FIRST, SHARED_MADE, BOOTED };

byte join_expected = NOBODY, join_index, join_arrived, count_here, count_processors = 1;
bool join_handover, has_stray;
mtype:phase phase = FIRST;

byte memory;       /* the items that are written, for all to see */
byte buffer[N];    /* those that a processor has written, and others may not see */
byte stale[N];     /* those that it loaded before they were written */
bool started[N];

/* Not in the code. */
byte index_in_memory;
byte stack_of = NOBODY, index_of[N];
bool uses_boot[N], gave_up[N], at_user_level;

/* ---- memory ---- */

inline write(item)
{
    buffer[me] = buffer[me] | item
}

/* @bits of the buffer of @p come to memory. The stack is then its owner's. */
inline drain(p, bits)
{
    d_step {
        assert(!(bits & buffer[p] & STACK) || stack_of == p);
        index_in_memory = (bits & buffer[p] & INDEX -> join_index : index_in_memory);
        memory = memory | (bits & buffer[p]);
        buffer[p] = buffer[p] & (ALL - bits) }
}

inline release()
{
    drain(me, ALL)
}

inline acquire()
{
    stale[me] = 0
}

inline read(item)
{
    assert((memory & item) && !(stale[me] & item))
}

/* A load that comes early finds what is there by then. */
#define load_early(p) stale[p] = stale[p] | (ALL & (31 - memory))

proctype hardware()
{
end:
    do
    :: buffer[0] & INDEX -> drain(0, INDEX)
    :: buffer[0] & ENTRY -> drain(0, ENTRY)
    :: buffer[0] & SHARED -> drain(0, SHARED)
    :: buffer[0] & INIT -> drain(0, INIT)
    :: buffer[1] -> drain(1, ALL)
    :: buffer[2] -> drain(2, ALL)
    :: d_step { uses_boot[1] && stale[1] != (31 - memory) -> load_early(1) }
    :: d_step { uses_boot[2] && stale[2] != (31 - memory) -> load_early(2) }
    od
}

/* ---- the first processor ---- */

inline join(id)
{
    d_step {
        join_index = count_processors;
        memory = memory & (ALL - INDEX);
        write(INDEX) };
    release();
    join_expected = id;
    if
    :: started[id] = true; uses_boot[id] = true
    :: skip /* it cannot be started */
    fi;
    do
    :: atomic { join_arrived == count_processors -> acquire(); count_processors++; break }
    :: atomic { /* expect() */
        join_expected == id && join_arrived != count_processors ->
        join_expected = NOBODY;
        has_stray = has_stray || started[id];
        gave_up[id] = true;
        break }
    od
}

inline join_release()
{
    write(ENTRY);
    release();
    join_handover = true
}

inline start_first()
{
    write(SHARED);
    release();
    phase = SHARED_MADE;
    write(INIT);
    count_here == count_processors - 1;
    acquire();
    release();
    phase = BOOTED
}

#define left_boot(p) (!uses_boot[p] || (gave_up[p] && has_stray))

inline user_level()
{
    at_user_level = true;
    assert(left_boot(1) && left_boot(2))
}

proctype first()
{
    byte me = 0;

    join(1);
    join(2);
    join_release();
    start_first();
    user_level()
}

/* ---- the others ---- */

/* It needs no acquire: nothing was loaded before join() had it started. */
inline claim()
{
    if
    :: atomic { join_expected == me -> join_expected = NOBODY }
    :: join_expected != me -> goto too_late
    fi
}

inline join_ready()
{
    d_step {
        assert(stack_of == NOBODY);
        stack_of = me;
        write(STACK) }
}

inline arrive()
{
    release();
    d_step {
        stack_of = NOBODY;
        join_arrived = index_of[me] }
}

inline kernel_start()
{
    phase != FIRST;
    acquire();
    read(SHARED);
    uses_boot[me] = false; /* processor_init */
    release();
    count_here++;
    phase == BOOTED;
    acquire();
    read(INIT)
}

proctype other(byte me)
{
end_off:
    started[me];
    claim();
    d_step {
        read(INDEX);
        index_of[me] = index_in_memory;
        assert(index_of[1] != index_of[2]) };
    join_ready();
    arrive();
    join_handover;
    acquire();
    read(ENTRY);
    kernel_start();
    user_level();
too_late:
end_late:
    false
}

init
{
    atomic {
        run first();
        run other(1);
        run other(2);
        run hardware()
    }
}
