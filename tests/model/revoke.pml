/*
 * revoke.pml - revoke, delete and reset, interrupted wherever they may be, among others who use
 * what they destroy.
 *
 * An Untyped from which an Endpoint, a Table, a Thread and a Region are made again and again. The
 * owner revokes it and resets its memory. Meanwhile a second revoker revokes or deletes any of its
 * parts; somebody copies and mints capabilities, into that Table too; somebody makes another Region
 * of the same Untyped; a Space elsewhere attaches and maps the Region; a thread elsewhere calls the
 * Endpoint; the Thread waits at an Endpoint elsewhere and is bound to the Table.
 *
 * What of the code this is (functions have the same names):
 *   kernel/cap.c      slot_derive, slot_clear_step, slot_delete_step, slots_delete_step, cap_delete
 *   kernel/reap.c     reap_push, reap_drain; the *_reap_step of table.c, ipc.c, thread.c
 *   kernel/untyped.c  untyped_retype, untyped_reset, with the bytes given out and known to be zero
 *   kernel/space.c    space_attach, space_clear_step; spacemap.c: space_map within the window
 *   kernel/thread.c   bind, thread_unbind, thread_configure
 *   kernel/table.c    table_copy, table_mint
 *
 * What it leaves out: rights and badges; move; objects of other types, which are taken apart in the
 * same way; page-table nodes; TLBs; the search of a Table in stretches of 64 slots. Nor does it say
 * what becomes of a capability that somebody puts into a slot which a delete has emptied but not
 * returned from: if the delete was interrupted, it is deleted too. A kernel entry ends at each
 * interrupt window: going on at once is the same as being let in again first.
 *
 * Safety, asserted:
 *   S1  the list is the derivation tree: each capability is below the one that it was derived from
 *       (tree).
 *   S2  memory that is zeroed has no capability to an object in it, no slot in the tree, no
 *       mapping, no waiting thread, no binding (nothing_points_at).
 *   S3  an object is reaped once in its life, when it has no capability left, and its references
 *       are the slots that name it (reap_push, tree).
 *   S4  what lies behind the bytes given out and is said to be zero is zero; objects are made in
 *       zeroed memory (zeroed).
 *   S5  when a revoke is done, nothing is derived from that slot; when a delete is done, the slot
 *       is empty.
 *   S6  a thread's Table is that of its binding, and gone with it.
 * Liveness, under weak fairness, if copying and making stop at some time: each revoke, each delete
 * and each reset ends, although every one is interrupted at every window (so progress is kept).
 */

#ifndef DERIVATIONS
#define DERIVATIONS 255 /* copies, mints, attached Regions, bindings; 255 is without end */
#endif
#ifndef RIVALS
#define RIVALS 255 /* Regions made by the rival */
#endif
#ifndef RESETS_FIRST
#define RESETS_FIRST 0 /* does the owner try to reset without a revoke? */
#endif
#ifndef ROUNDS
#define ROUNDS 255 /* times that everything is made */
#endif

/* Slots. Where one lies says what kind it is. */
#define ROOT    0 /* the Untyped; 0 to 5 are in the Table of all who do something here */
#define FREE    5 /* for what is derived, or made by the rival */
#define INSIDE  6 /* in the Table that is made of the Untyped */
#define BINDING 7 /* in the Thread: its Table, or its fault Endpoint: one slot does for both */
#define ATTACH  8 /* in the Space: the attached Region */
#define OTHER   9 /* an Endpoint elsewhere, a root of its own */
#define SLOTS   10
#define HEAD    10 /* slot_root: before the first and behind the last */
#define NONE    15

/* Types. The first three are counted objects, and there is one of each. */
#define EMPTY    0
#define ENDPOINT 1
#define TABLE    2
#define THREAD   3
#define REGION   4
#define UNTYPED  5
#define ELSE     6 /* the Endpoint elsewhere */

/* Memory, in chunks: the objects, the Region, and one more. */
#define CHUNKS 3
#define PAGES  2

typedef slot {
    byte type;
    byte depth;
    byte next = NONE; /* of an empty slot */
    byte prev = NONE;
    byte value; /* Region: its chunk */
    byte a;     /* attached: the window that is left begins here */
    byte from = NONE; /* what it was derived from; the code does not know */
}
slot slots[SLOTS + 1];

byte references[4];
byte reap_next[4] = NONE;
byte reap_top = NONE;
bool dying[4]; /* was pushed; the code does not know */

byte given;          /* slot->a of the Untyped */
byte zero_end;       /* slot->b */
bool dirty[CHUNKS] = true;
byte mapped[PAGES];  /* page table of the Space: chunk + 1, or 0 */
bool caller_waits;   /* at the Endpoint */
bool thread_linked;  /* the Thread is in thread_list */
bool thread_waits;   /* at the Endpoint elsewhere */
bool thread_table;   /* its table_base is that of the Table */

byte count_derivations, count_rivals, count_rounds;
bool taking_back, revoking; /* an operation of the owner, of the second revoker, is under way */

/* What an operation returned. */
mtype = { DONE, RESTART, BUSY };

hidden byte leaf, object, i, k;
hidden byte finished; /* a bit cannot be hidden */

#define S(s)            slots[s]
#define has_children(s) (S(s).next != NONE && S(S(s).next).depth > S(s).depth)
#define counts(s)       (S(s).type >= ENDPOINT && S(s).type <= THREAD)
#define reachable(s)    (s != INSIDE || references[TABLE] > 0)

#define named(o)                                                                                  \
    ((S(1).type == o) + (S(2).type == o) + (S(3).type == o) + (S(FREE).type == o) +                \
     (S(INSIDE).type == o) + (S(BINDING).type == o))

/* ---- the invariants ---- */

/* The neighbour in front at a lesser depth is the parent. */
inline tree()
{
    i = 0;
    do
    :: i < SLOTS && S(i).type == EMPTY ->
        assert(S(i).next == NONE && S(i).prev == NONE && S(i).from == NONE);
        i++
    :: i < SLOTS && S(i).type != EMPTY ->
        assert(S(S(i).next).prev == i && S(S(i).prev).next == i);
        k = S(i).prev;
        do
        :: k != HEAD && S(k).depth >= S(i).depth -> k = S(k).prev
        :: else -> break
        od;
        assert(k == S(i).from);
        assert(S(i).depth == (k == HEAD -> 0 : S(k).depth + 1));
        assert(!counts(i) || references[S(i).type] > 0);
        i++
    :: else -> break
    od;
    assert(thread_table == (S(BINDING).type == TABLE));
    assert(references[ENDPOINT] == named(ENDPOINT) && references[TABLE] == named(TABLE) &&
           references[THREAD] == named(THREAD));
    i = given;
    do
    :: i < zero_end -> assert(!dirty[i]); i++
    :: else -> break
    od;
    i = 0;
    k = 0
}

/* Chunk @chunk is about to be zeroed. */
inline nothing_points_at(chunk)
{
    assert(reap_top == NONE);
    i = 0;
    do
    :: i < SLOTS -> assert(S(i).type != REGION || S(i).value != chunk); i++
    :: else -> break
    od;
    i = 0;
    do
    :: i < PAGES -> assert(mapped[i] != chunk + 1); i++
    :: else -> break
    od;
    if
    :: chunk == 0 ->
        assert(references[ENDPOINT] + references[TABLE] + references[THREAD] == 0);
        assert(S(INSIDE).type == EMPTY && S(BINDING).type == EMPTY);
        assert(!caller_waits && !thread_waits && !thread_linked && !thread_table)
    :: else
    fi
}

#include "revoke_kernel.pml"

/* ---- those who do something ---- */

/* A new object in zeroed memory. The Untyped's first chunk is given out to the three of them. */
inline make_object(s, new)
{
    slot_derive(ROOT, s, 1); /* slot_link_child: what it is comes from elsewhere */
    S(s).type = new;
    count_reference(s)
}

inline make_region(s, chunk)
{
    slot_derive(ROOT, s, 1);
    S(s).type = REGION;
    S(s).value = chunk;
    given = chunk + 1;
    zero_end = (zero_end < given -> given : zero_end)
}

inline make_all()
{
    assert(given == 0);
    if
    :: zero_end == 0 -> dirty[0] = false; zero_end = 1 /* untyped_zero */
    :: else
    fi;
    assert(!dirty[0]);
    given = 1;
    make_object(1, ENDPOINT);
    make_object(2, TABLE);
    make_object(3, THREAD);
    thread_linked = true;
    dirty[0] = true;
    make_region(4, 1);
    dirty[1] = true; /* by its users */
    tree()
}

/* Without end if there is no limit. */
inline count_up(counter, limit)
{
    if
    :: limit < 255 -> counter++
    :: else
    fi
}

proctype owner()
{
    mtype result = RESTART;
    do
    :: d_step { count_rounds < ROUNDS -> make_all(); count_up(count_rounds, ROUNDS) };
       if
       :: d_step { taking_back = true }
       :: d_step { RESETS_FIRST -> taking_back = true; result = DONE }
       fi;
       do
       :: d_step { result == RESTART -> cap_delete(ROOT, false, result) }
       :: result == DONE ->
          result = RESTART;
          do
          :: d_step { result == RESTART -> untyped_reset(result) }
          :: result != RESTART -> break
          od;
          if
          :: result == BUSY -> result = RESTART
          :: d_step { result == DONE -> taking_back = false; result = RESTART } -> break
          fi
       od
    od
}

/* It ends early when the Table that holds the slot has gone. */
proctype second_revoker()
{
    mtype result = RESTART;
    byte s;
    bool deletes;
    do
    :: atomic {
        if
        :: s = 1
        :: s = 2
        :: s = 3
        :: s = 4
        :: s = FREE
        :: s = INSIDE
        :: s = OTHER
        fi;
        if
        :: deletes = true; s != OTHER
        :: deletes = false
        fi;
        revoking = true };
       do
       :: d_step { result == RESTART && reachable(s) -> cap_delete(s, deletes, result) }
       :: d_step {
           result == DONE || !reachable(s) ->
           revoking = false;
           result = RESTART;
           deletes = false;
           s = 0 } -> break
       od
    od
}

/* table_copy, table_mint */
proctype deriver()
{
    byte to, source;
    do
    :: atomic {
        count_derivations < DERIVATIONS;
        if
        :: S(FREE).type == EMPTY -> to = FREE
        :: S(INSIDE).type == EMPTY && reachable(INSIDE) -> to = INSIDE
        fi;
        if
        :: S(1).type != EMPTY -> source = 1
        :: S(2).type != EMPTY -> source = 2
        :: S(3).type != EMPTY -> source = 3
        :: S(4).type != EMPTY -> source = 4
        :: S(FREE).type != EMPTY -> source = FREE
        :: S(INSIDE).type != EMPTY && reachable(INSIDE) -> source = INSIDE
        :: source = OTHER
        fi;
        if
        :: d_step { slot_derive(source, to, 1); tree() }
        :: d_step { slot_derive(source, to, 0); tree() }
        fi;
        d_step {
            count_up(count_derivations, DERIVATIONS);
            to = 0;
            source = 0 }
       }
    od
}

/* Makes a Region of whatever is not given out. */
proctype rival()
{
    do
    :: d_step {
        count_rivals < RIVALS && given > 0 && given < CHUNKS && S(FREE).type == EMPTY ->
        k = given;
        make_region(FREE, k);
        dirty[k] = true;
        count_up(count_rivals, RIVALS);
        tree() }
    od
}

inline space_attach(source)
{
    slot_derive(source, ATTACH, 1);
    count_up(count_derivations, DERIVATIONS);
    tree()
}

/* space_map, of one page */
inline map(page) { mapped[page] = S(ATTACH).value + 1 }

#define attachable(s)                                                                              \
    (count_derivations < DERIVATIONS && S(ATTACH).type == EMPTY && S(s).type == REGION &&          \
     reachable(s))
#define mappable(page) (S(ATTACH).type == REGION && page >= S(ATTACH).a && page < PAGES)

proctype mapper()
{
    do
    :: d_step { attachable(4) -> space_attach(4) }
    :: d_step { attachable(FREE) -> space_attach(FREE) }
    :: d_step { attachable(INSIDE) -> space_attach(INSIDE) }
    :: d_step { mappable(0) && mapped[0] == 0 -> map(0) }
    :: d_step { mappable(1) && mapped[1] == 0 -> map(1) }
    od
}

/* thread_configure: the binding that there was is a leaf. */
inline bind(source)
{
    slot_delete_step(BINDING);
    slot_derive(source, BINDING, 1);
    thread_table = S(source).type == TABLE;
    count_up(count_derivations, DERIVATIONS);
    tree()
}

#define bindable(s)                                                                                \
    (count_derivations < DERIVATIONS && references[THREAD] > 0 && !thread_waits &&                 \
     (S(s).type == TABLE || s == OTHER) && reachable(s) && S(BINDING).from != s)

proctype binder()
{
    do
    :: d_step { bindable(2) -> bind(2) }
    :: d_step { bindable(FREE) -> bind(FREE) }
    :: d_step { bindable(INSIDE) -> bind(INSIDE) }
    :: d_step { bindable(OTHER) -> bind(OTHER) }
    od
}

proctype waiters()
{
    do
    :: d_step {
        !caller_waits && (S(1).type == ENDPOINT || S(FREE).type == ENDPOINT) ->
        caller_waits = true }
    :: d_step { thread_linked && !thread_waits -> thread_waits = true }
    od
}

inline root(s, what)
{
    insert(s, S(HEAD).prev);
    S(s).type = what;
    S(s).from = HEAD
}

init
{
    atomic {
        d_step {
            S(HEAD).next = HEAD;
            S(HEAD).prev = HEAD;
            root(ROOT, UNTYPED);
            root(OTHER, ELSE) };
        run owner();
        run second_revoker();
        run deriver();
        run rival();
        run mapper();
        run binder();
        run waiters()
    }
}

#ifdef LIVENESS
ltl operations_end {
    [](taking_back -> <>!taking_back) && [](revoking -> <>!revoking)
}
#endif
