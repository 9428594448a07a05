/*
 * walk.pml - what an aarch64 processor's own walks find when it returns to user level.
 *
 * One processor with three threads, each in a Space of its own with one page. Two of the roots
 * share the address-space identifier 0, the third has its own. The kernel maps and unmaps the
 * pages, and goes on with any thread.
 *
 * What of the code this is (functions have the same names):
 *   kernel/arch/aarch64/syscall_entry.S   exit_to_user, root_flush_shared
 *   kernel/arch/aarch64/entry.inc         LOAD_ROOT, LEAVE
 *   kernel/arch/aarch64/memory.c          TLB_INVALIDATE
 *
 * The hardware: a store to a page table waits in a buffer, where walks do not look; a barrier of
 * stores empties it. A root that is written to the register is walked from some time after that on,
 * at the latest from the next synchronization, which the return is, too. An invalidation is made
 * between its instruction and the barrier behind it. A walk may come at any time, also while the
 * kernel runs; what it finds is remembered for its identifier, unless it finds nothing.
 *
 * What it leaves out: other processors (shoot_down.pml), nodes, entries that change their page. The
 * last isb of root_flush_shared, which the return repeats.
 *
 * Safety, asserted:
 *   S1  a page that is mapped does not fault.
 *   S2  nobody uses what was remembered of another root.
 *   S3  nobody uses what was unmapped.
 */

#define ROOTS  3
#define NOBODY 9

#define identifier(root) (root / 2)

byte current;           /* the thread, and its root */
byte loaded, walked;    /* the register: as written, and as walks use it */
bool leaf[ROOTS];       /* as the kernel means it */
bool seen_leaf[ROOTS];  /* as walks find it */
byte cached[2] = NOBODY; /* by identifier: whose leaf is remembered */
byte forgetting = NOBODY; /* the identifier of an invalidation that is not complete */

/* ---- the hardware ---- */

inline walk(root)
{
    cached[identifier(root)] = root
}

inline forget()
{
    cached[forgetting] = NOBODY;
    forgetting = NOBODY
}

proctype hardware()
{
end:
    do
    :: d_step { walked != loaded -> walked = loaded }
    :: d_step { seen_leaf[walked] && cached[identifier(walked)] != walked -> walk(walked) }
    :: d_step { forgetting != NOBODY -> forget() }
    :: seen_leaf[0] != leaf[0] -> seen_leaf[0] = leaf[0]
    :: seen_leaf[1] != leaf[1] -> seen_leaf[1] = leaf[1]
    :: seen_leaf[2] != leaf[2] -> seen_leaf[2] = leaf[2]
    od
}

inline dsb_stores()
{
    d_step {
        seen_leaf[0] = leaf[0];
        seen_leaf[1] = leaf[1];
        seen_leaf[2] = leaf[2] }
}

inline tlbi(which)
{
    forgetting = identifier(which)
}

/* And dsb ish, where all others are idle. */
inline dsb_invalidation()
{
    d_step {
        if
        :: forgetting != NOBODY -> forget()
        :: else
        fi }
}

inline isb()
{
    walked = loaded
}

/* ---- the kernel ---- */

inline map(root)
{
    leaf[root] = true
}

inline unmap(root)
{
    leaf[root] = false;
    dsb_stores();
    tlbi(root);
    dsb_invalidation()
}

inline root_flush_shared()
{
    loaded = current;
    isb();
    tlbi(current);
    dsb_invalidation()
}

inline load_root()
{
    if
    :: identifier(current) == 0 -> root_flush_shared()
    :: identifier(current) != 0
    fi;
    loaded = current
}

inline exit_to_user()
{
    dsb_stores();
    load_root();
    isb() /* LEAVE */
}

/* Any thread goes on, and any page changes. */
inline trap_syscall()
{
    if
    :: true
    :: !leaf[0] -> map(0)
    :: !leaf[1] -> map(1)
    :: !leaf[2] -> map(2)
    :: leaf[0] -> unmap(0)
    :: leaf[1] -> unmap(1)
    :: leaf[2] -> unmap(2)
    fi;
    if
    :: true
    :: current = 0
    :: current = 1
    :: current = 2
    fi;
    exit_to_user()
}

/* ---- user level ---- */

inline use()
{
    d_step {
        if
        :: cached[identifier(current)] != NOBODY ->
            assert(cached[identifier(current)] == current);
            assert(leaf[current])
        :: else ->
            if
            :: seen_leaf[current] -> walk(current)
            :: else -> assert(!leaf[current])
            fi
        fi }
}

proctype processor()
{
    do
    :: use()
    :: trap_syscall()
    od
}

init
{
    atomic {
        run processor();
        run hardware()
    }
}
