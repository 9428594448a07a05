/*
 * revoke_kernel.pml - the kernel's part of revoke.pml, which says what of the code it is.
 */

/* ---- cap.c ---- */

inline insert(s, position)
{
    S(s).prev = position; /* read once: what it is changes with the links */
    S(s).next = S(S(s).prev).next;
    S(S(s).next).prev = s;
    S(S(s).prev).next = s
}

inline count_reference(s)
{
    if
    :: counts(s) -> references[S(s).type]++
    :: else
    fi
}

/* As a child, or as a sibling. A sibling goes before the other one: behind it, it would take over
 * its children. */
inline slot_derive(source, s, child)
{
    S(s).type = S(source).type;
    S(s).value = S(source).value;
    S(s).depth = S(source).depth + child;
    if
    :: child -> S(s).from = source; insert(s, source)
    :: !child -> S(s).from = S(source).from; insert(s, S(source).prev)
    fi;
    count_reference(s)
}

inline slot_erase(s)
{
    S(s).type = EMPTY;
    S(s).depth = 0;
    S(s).next = NONE;
    S(s).prev = NONE;
    S(s).value = 0;
    S(s).a = 0;
    S(s).from = NONE
}

inline reap_push(o)
{
    assert(!dying[o] && reap_next[o] == NONE);
    dying[o] = true;
    reap_next[o] = reap_top;
    reap_top = o
}

/* One page a step. */
inline space_clear_step(s)
{
    if
    :: mapped[S(s).a] == S(s).value + 1 -> mapped[S(s).a] = 0
    :: else
    fi;
    S(s).a++;
    finished = S(s).a == PAGES
}

inline slot_clear_step(s)
{
    finished = true;
    if
    :: s == ATTACH -> space_clear_step(s)
    :: s == BINDING -> thread_table = false /* thread_unbind */
    :: else
    fi;
    if
    :: finished ->
        object = (counts(s) -> S(s).type : NONE);
        S(S(s).prev).next = S(s).next;
        S(S(s).next).prev = S(s).prev;
        slot_erase(s);
        if
        :: object != NONE ->
            assert(references[object] > 0);
            references[object]--;
            if
            :: references[object] == 0 -> reap_push(object)
            :: else
            fi
        :: else
        fi
    :: else
    fi
}

/* Sets `finished` if @s is empty. */
inline slot_delete_step(s)
{
    if
    :: S(s).type == EMPTY -> finished = true
    :: else ->
        leaf = s;
        do
        :: has_children(leaf) -> leaf = S(leaf).next
        :: else -> break
        od;
        slot_clear_step(leaf);
        finished = finished && leaf == s
    fi
}

/* ---- reap.c ---- */

/* slots_delete_step of the one slot that there is; done when it was found empty. */
inline table_reap_step()
{
    if
    :: S(INSIDE).type != EMPTY -> slot_delete_step(INSIDE); finished = false
    :: else -> finished = true
    fi
}

inline endpoint_reap_step()
{
    finished = !caller_waits;
    caller_waits = false /* thread_fail_wait */
}

inline thread_reap_step()
{
    if
    :: thread_linked ->
        thread_waits = false; /* stop */
        thread_linked = false;
        finished = false
    :: else -> slot_delete_step(BINDING)
    fi
}

/* One step, if there is anything to do. */
inline reap_drain_step()
{
    if
    :: reap_top != NONE ->
        k = reap_top;
        if
        :: k == ENDPOINT -> endpoint_reap_step()
        :: k == TABLE -> table_reap_step()
        :: k == THREAD -> thread_reap_step()
        fi;
        if
        :: finished && reap_top == k ->
            assert(references[k] == 0);
            reap_top = reap_next[k];
            reap_next[k] = NONE;
            dying[k] = false
        :: else
        fi
    :: else
    fi
}

/* ---- one kernel entry of each operation; @result is what it returns ---- */

/* A revoke, or a delete if @itself. */
inline cap_delete(s, itself, result)
{
    reap_drain_step();
    result = RESTART;
    if
    :: reap_top != NONE
    :: reap_top == NONE && (itself -> S(s).type == EMPTY : !has_children(s)) -> result = DONE
    :: reap_top == NONE && !(itself -> S(s).type == EMPTY : !has_children(s)) ->
        if
        :: itself -> slot_delete_step(s)
        :: else -> slot_delete_step(S(s).next); finished = false
        fi;
        if
        :: finished -> /* no window before this one */
            reap_drain_step();
            result = (reap_top == NONE -> DONE : RESTART)
        :: else
        fi
    fi;
    tree();
    deleted(s, itself, result)
}

/* When it says that it is done. */
inline deleted(s, itself, result)
{
    assert(result != DONE || !itself || S(s).type == EMPTY);
    i = 0;
    do
    :: i < SLOTS -> assert(result != DONE || S(i).from != s); i++
    :: else -> break
    od;
    i = 0
}

/* From the top down, so that what lies between `given` and `zero_end` is zero. */
inline untyped_reset(result)
{
    reap_drain_step();
    result = RESTART;
    if
    :: reap_top != NONE
    :: reap_top == NONE && has_children(ROOT) -> result = BUSY
    :: reap_top == NONE && !has_children(ROOT) ->
        zero_end = (zero_end < given -> given : zero_end);
        if
        :: given > 0 ->
            nothing_points_at(given - 1);
            dirty[given - 1] = false;
            given--
        :: else
        fi;
        result = (given == 0 -> DONE : RESTART)
    fi;
    tree()
}
