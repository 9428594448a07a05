/*
 * shoot_down.pml - page tables that several processors walk.
 *
 * One root, with one node and one leaf in it, and beside it a root that nothing is done with. Each
 * processor has two threads. Processor 0 (ACTORS=2: both) maps, unmaps, replaces, harvests, empties
 * the tree, binds, unbinds, and ends the root.
 *
 * What of the code this is (functions have the same names):
 *   kernel/cpu.c          cpu_wait, cpu_summon, cpu_summon_root (of cpu_summon_users),
 *                         cpu_summon_all, cpu_summon_thread
 *   kernel/pagetable.c    the leaf that map, unmap, break_leaves and pagetable_harvest write;
 *                         pagetable_empty
 *   kernel/space.c        space_reap_step; thread.c: bind_space, thread_unbind
 *   kernel/sched.c        idle; whom sched_reschedule chooses is arbitrary
 *   kernel/syscall.c      the way in, leave; guest.c: guest_stop
 *   kernel/fast.c         fast_call: who goes on instead of whom, fast_load_space
 *   kernel/arch/.../memory.c      arch_space_leave, arch_tlb_flush_page and _root, arch_root_retire
 *   kernel/arch/...               guest_entry.S, syscall_entry.S, trap_entry.S: the roots that they
 *                                 load without the lock
 *   kernel/arch/riscv64/memory.c  memory_mend_fault, where SOFTWARE marks
 * BROADCAST is aarch64: translations outlive the load of another root, an invalidation reaches all
 * processors, and an entry is invalid before it maps another page. Without it, x86_64 and riscv64.
 *
 * The hardware: whatever root is loaded may be walked at any time, also while the kernel runs, and
 * each step of a walk that found something may be remembered. What is stored goes to a buffer
 * first; `node` and `leaf` are what the storing processor means, `seen_node` and `seen_leaf` what
 * walks find. Marks are set in the entry that was found, in one step; where SOFTWARE sets them, a
 * write without a mark faults instead, and whoever wrote is in the kernel, without the lock.
 *
 * What it leaves out: what a summons is (summon.pml) but for the Space; several pages and the
 * choice between page and root; address-space identifiers that roots share; large leaves; absent
 * entries that are remembered (riscv64: memory_mend_fault mends that, too). One page table changes
 * at a time.
 *
 * Safety, asserted:
 *   S1  when an operation has returned, nobody uses a translation that was there before it.
 *   S2  a root that was freed is loaded nowhere, and nothing is remembered of it.
 *   S3  a node that was freed is not walked.
 *   S4  user level runs with its thread's Space, or guest Space.
 *   S5  each write is reported by the next harvest.
 *   S6  (BROADCAST) nobody finds an entry that maps another page than what it remembers.
 *   S7  nobody waits for ever (there is no deadlock).
 * Liveness, under weak fairness, where interrupts come at once (PROMPT):
 *   L1  a summons ends.
 */

#ifndef ACTORS
#define ACTORS 1
#endif
#ifndef BROADCAST
#define BROADCAST 0
#endif
#ifndef ENDS
#define ENDS 1 /* do threads lose the root, and does it end? */
#endif
#ifndef PAGES
#define PAGES 1 /* is the leaf replaced, marked and harvested? */
#endif
#ifndef PROMPT
#define PROMPT 0
#endif
#ifndef SOFTWARE
#define SOFTWARE 0 /* does the kernel mark, and not the processor? */
#endif
#define N      2
#define NOBODY 9

/* Roots. */
#define NONE  0 /* the kernel's own */
#define ROOT  1
#define OTHER 2

/* What the leaf maps. */
#define ABSENT 0
#define ONE    1
#define TWO    2

byte holder = NOBODY; /* of the kernel lock */

/* Of a processor. */
bool attending[N], interrupt[N];
byte current[N]; /* NOBODY: it has nothing to do */
bool cpu_in_guest[N];

/* Its memory management. */
byte loaded[N] = NONE;
bool walked[N];     /* remembers where the node is */
byte cached[N];     /* remembers the leaf */
bool cached_dirty[N];

/* Of a thread: 0 and 1 are of processor 0, 2 and 3 of processor 1. */
byte root[4];
byte guest_root[4];
bool in_guest[4]; /* it was interrupted there */

/* The tree. */
bool node, seen_node;
byte leaf, seen_leaf;
bool dirty;
bool buffered;

/* Not in the code. */
bool root_there = true, node_there;
byte allowed;     /* what an operation that has returned lets be used */
bool written;     /* since the last harvest */
bool summons[N];

#define cpu_of(t)  (t / 2)
#define bound(t)   (root[t] == ROOT || guest_root[t] == ROOT)

/* ---- the hardware ---- */

inline drain()
{
    dirty = dirty && seen_leaf == leaf;
    seen_node = node;
    seen_leaf = leaf;
    buffered = false
}

inline forget(p)
{
    walked[p] = false;
    cached[p] = ABSENT;
    cached_dirty[p] = false
}

inline load(p, which)
{
    d_step {
        if
        :: !BROADCAST && loaded[p] != which -> forget(p)
        :: else
        fi;
        loaded[p] = which }
}

inline walk(p)
{
    d_step {
        loaded[p] == ROOT ->
        assert(root_there);
        walked[p] = walked[p] || seen_node;
        if
        :: walked[p] ->
            assert(node_there);
            if
            :: seen_leaf != ABSENT ->
                assert(!BROADCAST || cached[p] == ABSENT || cached[p] == seen_leaf);
                cached_dirty[p] = (SOFTWARE -> dirty : cached_dirty[p] && cached[p] == seen_leaf);
                cached[p] = seen_leaf
            :: else
            fi
        :: else
        fi }
}

proctype walkers()
{
end:
    do
    :: walk(0)
    :: walk(1)
    :: d_step { buffered -> drain() }
    od
}

/* ---- the lock, and the summons ---- */

inline lock_take()
{
    if
    :: atomic { holder == NOBODY -> holder = me }
    :: holder != NOBODY ->
        arch_space_leave();
        attending[me] = true;
        atomic { holder == NOBODY -> holder = me };
        attending[me] = false
    fi
}

inline arch_space_leave()
{
    load(me, NONE)
}

inline lock_release()
{
    d_step { assert(holder == me); drain(); holder = NOBODY }
}

#define it        (1 - me)
#define its       current[1 - me]
#define has_other (its != NOBODY)

inline cpu_summon(needed)
{
    if
    :: (needed) && !attending[it] ->
        d_step { drain(); summons[me] = true; interrupt[it] = true };
        attending[it];
        summons[me] = false
    :: !(needed) || attending[it]
    fi
}

inline cpu_summon_users()
{
    cpu_summon(has_other && bound(its))
}

inline cpu_summon_all()
{
    cpu_summon(has_other)
}

inline cpu_summon_thread(t)
{
    cpu_summon(its == t)
}

/* ---- page tables ---- */

inline tlb_invalidate()
{
    d_step { drain() }; /* dsb ishst */
    d_step { forget(0); forget(1) } /* tlbi, dsb ish */
}

inline flush_here()
{
    if
    :: loaded[me] == ROOT -> d_step { drain(); forget(me) }
    :: loaded[me] != ROOT
    fi
}

inline flush()
{
    if
    :: BROADCAST -> tlb_invalidate()
    :: !BROADCAST -> flush_here(); cpu_summon_users()
    fi
}

inline write_leaf(to)
{
    d_step { leaf = to; buffered = true }
}

/* A node for it, if need be. */
inline map()
{
    if
    :: !node -> d_step { node_there = true; seen_leaf = ABSENT; node = true; buffered = true }
    :: node
    fi;
    write_leaf(ONE);
    allowed = ONE
}

inline break_leaves()
{
    if
    :: BROADCAST -> write_leaf(ABSENT); tlb_invalidate()
    :: !BROADCAST
    fi
}

inline replace()
{
    break_leaves();
    write_leaf(TWO);
    flush();
    d_step { allowed = TWO; written = false }
}

inline unmap()
{
    write_leaf(ABSENT);
    flush();
    d_step { allowed = ABSENT; written = false }
}

inline pagetable_harvest()
{
    d_step { reported = dirty; dirty = false }; /* atomic_replace */
    if
    :: reported -> flush()
    :: !reported
    fi;
    d_step { assert(reported || dirty || !written); written = false; reported = false }
}

/* The memory of the nodes is used again. */
inline nodes_free()
{
    d_step { node_there = false; allowed = ABSENT; written = false }
}

inline pagetable_empty()
{
    d_step { node = false; leaf = ABSENT; buffered = true };
    flush();
    cpu_summon_all();
    nodes_free()
}

inline retire_leave()
{
    if
    :: loaded[me] == ROOT -> arch_space_leave()
    :: loaded[me] != ROOT
    fi
}

inline arch_root_retire()
{
    retire_leave();
    cpu_summon_all();
    if
    :: BROADCAST -> d_step { drain(); forget(0); forget(1) }
    :: !BROADCAST
    fi
}

/* What is left of it afterwards nobody can reach. */
inline space_reap_step()
{
    arch_root_retire();
    d_step {
        assert(loaded[0] != ROOT && loaded[1] != ROOT);
        assert(!walked[0] && !walked[1] && cached[0] == ABSENT && cached[1] == ABSENT) };
    d_step { node = false; leaf = ABSENT; drain(); root_there = false };
    nodes_free()
}

/* ---- what threads are bound to ---- */

inline unbind(t)
{
    cpu_summon_thread(t);
    root[t] = NONE
}

inline unbind_guest(t)
{
    cpu_summon_thread(t);
    d_step { in_guest[t] = false; guest_root[t] = NONE }
}

#define at_rest(t) (current[cpu_of(t)] != t)

inline operate()
{
    if
    :: root_there && leaf == ABSENT -> map()
    :: leaf != ABSENT -> unmap()
    :: PAGES && leaf == ONE -> replace()
    :: PAGES && leaf != ABSENT -> pagetable_harvest()
    :: node -> pagetable_empty()
    :: ENDS && root[2] == ROOT -> unbind(2)
    :: ENDS && guest_root[3] == ROOT -> unbind_guest(3)
    :: ENDS && root_there && at_rest(2) && root[2] != ROOT -> root[2] = ROOT
    :: ENDS && at_rest(2) && root[2] != OTHER -> root[2] = OTHER
    :: ENDS && at_rest(0) && root[0] != OTHER -> root[0] = OTHER
    :: ENDS && root_there && at_rest(0) && root[0] != ROOT -> root[0] = ROOT
    :: ENDS && root_there && at_rest(3) && guest_root[3] != ROOT -> guest_root[3] = ROOT
    :: ENDS && root_there && !bound(2) && !bound(3) ->
        root[0] = (root[0] == ROOT -> NONE : root[0]); /* its own, in the same operation */
        space_reap_step()
    :: ENDS && !root_there -> root_there = true
    fi
}

/* ---- the ways through the kernel ---- */

inline sched_reschedule()
{
    do
    :: break
    :: current[me] = 2 * me
    :: current[me] = 2 * me + 1
    :: current[me] = NOBODY
    od;
    do
    :: current[me] != NOBODY -> break
    :: current[me] == NOBODY -> idle()
    od
}

inline idle()
{
    arch_space_leave();
    lock_release();
    interrupt[me] = false; /* or the timer wakes it */
    lock_take();
    if
    :: current[me] = 2 * me
    :: current[me] = 2 * me + 1
    fi
}

#define self current[me]
#define wanted (cpu_in_guest[me] -> guest_root[self] : root[self])

inline exit_to_user()
{
    if
    :: d_step {
        in_guest[self] ->
        assert(guest_root[self] != NONE);
        in_guest[self] = false;
        cpu_in_guest[me] = true }
    :: !in_guest[self]
    fi;
    to = wanted;
    if
    :: loaded[me] != to -> load(me, to)
    :: loaded[me] == to
    fi;
    to = NONE
}

inline trap_syscall()
{
    lock_take();
    if
    :: me < ACTORS -> operate()
    :: true
    fi;
    sched_reschedule();
    lock_release();
    exit_to_user()
}

/* The other thread of the processor goes on; it is not where a guest was interrupted. */
#define partner (4 * me + 1 - self)

inline fast_load_space()
{
    to = root[self];
    if
    :: root[from] != to -> load(me, to)
    :: root[from] == to
    fi;
    to = NONE
}

inline fast_call()
{
    if
    :: holder != NOBODY || in_guest[partner] -> goto general
    :: atomic { holder == NOBODY && !in_guest[partner] -> holder = me }
    fi;
    if
    :: in_guest[partner] -> lock_release(); goto general /* it may just have been taken away */
    :: !in_guest[partner]
    fi;
    from = self;
    self = partner;
    fast_load_space();
    lock_release();
    from = 0
}

/* Without the lock. */
inline enter()
{
    if
    :: guest_root[self] == NONE
    :: guest_root[self] != NONE -> load(me, ROOT); cpu_in_guest[me] = true
    fi
}

inline guest_syscall()
{
    to = root[self];
    load(me, to);
    to = NONE;
    cpu_in_guest[me] = false
}

/* ---- user level ---- */

#define goes_on (!PROMPT || !interrupt[me])

/* What it finds may be another entry by the time that it marks it: the mark stays for the next
 * harvest to find, and nobody is promised that there is none. */
inline memory_mend_fault()
{
    d_step {
        assert(!seen_node || node_there);
        to = (seen_node -> seen_leaf : ABSENT) };
    if
    :: to != ABSENT ->
        d_step { assert(node_there); dirty = true };
        forget(me)
    :: to == ABSENT
    fi;
    to = 0
}

inline write()
{
    d_step {
        cached[me] != ABSENT && (!SOFTWARE || cached_dirty[me]) ->
        if
        :: !cached_dirty[me] && seen_leaf == cached[me] -> dirty = true; cached_dirty[me] = true
        :: else
        fi;
        written = written || cached_dirty[me] }
}

proctype processor(byte me)
{
    byte from, to;
    bool reported;

user:
    assert(loaded[me] == wanted);
    do
    :: d_step {
        goes_on && loaded[me] == ROOT && cached[me] != ABSENT ->
        assert(cached[me] == allowed || cached[me] == leaf) }
    :: PAGES && goes_on && loaded[me] == ROOT -> write()
    :: SOFTWARE && PAGES && goes_on && cached[me] != ABSENT && !cached_dirty[me] ->
        memory_mend_fault()
    :: goes_on && !cpu_in_guest[me] -> goto general
    :: goes_on && !cpu_in_guest[me] -> goto fast
    :: goes_on && !cpu_in_guest[me] && self == 3 -> enter()
    :: goes_on && cpu_in_guest[me] -> guest_syscall()
    :: d_step {
        interrupt[me] ->
        interrupt[me] = false;
        in_guest[self] = cpu_in_guest[me];
        cpu_in_guest[me] = false };
        goto general
    od;
fast:
    fast_call();
    goto user;
general:
    trap_syscall();
    goto user
}

init
{
    d_step {
        current[0] = 0; root[0] = ROOT; root[1] = OTHER;
        current[1] = 2; root[2] = ROOT; root[3] = OTHER; guest_root[3] = ROOT;
        loaded[0] = ROOT; loaded[1] = ROOT };
    atomic {
        run processor(0);
        run processor(1);
        run walkers()
    }
}

#ifdef LIVENESS
ltl ends { [](summons[0] -> <>!summons[0]) && [](summons[1] -> <>!summons[1]) }
#endif
