/*
 * poll.pml - a poll of a Notification on the fast path, which takes no lock.
 *
 * Processor 0 polls by a slot of its Table. Processor 1 fills the slot, signals, takes the bits,
 * and deletes the capability, and with it the Notification, whose memory is used again.
 *
 * What of the code this is (functions have the same names):
 *   kernel/fast.c    fast_poll
 *   kernel/cap.c     clear_keys, slot_clear_step; cap.h: slot_set_keys
 *   kernel/cpu.c     cpu_summon_callers
 *   kernel/notify.c  notify_signal, notify_take
 *
 * What processor 1 stores comes to memory in any order, but not later than the release of the lock,
 * or the summons, that comes after it. `object`, `key` and `bits` are what is in memory; `to_...`
 * what the storing processor means.
 *
 * What it leaves out: what a summons is (summon.pml), the poller's deadline and Scheds, which are
 * its own, other processors that signal (they have the lock).
 *
 * Safety, asserted:
 *   S1  what a poll looks at is a Notification.
 *   S2  who polls after it was told of a signal finds it, unless somebody took it.
 *   S3  there is no deadlock.
 */

bool object, key, bits;
bool to_object, to_key, to_bits;
bool there;  /* the Notification's memory is a Notification's */
bool inside; /* processor 0 is in the kernel, where it does not attend */
bool told;   /* processor 0 knows of a signal that nobody took */
bool owed;   /* and did so before its poll */

inline drain()
{
    object = to_object;
    key = to_key;
    bits = to_bits
}

/* Each store by itself. */
proctype memory()
{
end:
    do
    :: object != to_object -> object = to_object
    :: key != to_key -> key = to_key
    :: bits != to_bits -> bits = to_bits
    od
}

inline lock_release()
{
    d_step { drain() }
}

inline cpu_summon_callers()
{
    d_step { drain() };
    !inside
}

inline clear_keys()
{
    to_key = false;
    cpu_summon_callers()
}

/* A Notification in memory that was zeroed, and its capability. */
inline fill()
{
    d_step { there = true; bits = false; to_bits = false };
    to_object = true;
    to_key = true; /* slot_set_keys */
    lock_release()
}

inline slot_clear_step()
{
    clear_keys();
    to_object = false;
    d_step { drain(); there = false; told = false; owed = false } /* and what reaps it */
}

inline notify_signal()
{
    to_bits = true;
    lock_release();
    told = true /* by a store of its own, which releases too */
}

inline notify_take()
{
    d_step { told = false; owed = false };
    to_bits = false;
    lock_release()
}

/* Who has the lock. */
proctype holder()
{
    do
    :: !to_object -> fill()
    :: to_object -> slot_clear_step()
    :: to_object && !to_bits -> notify_signal()
    :: to_object && to_bits -> notify_take()
    od
}

proctype poller()
{
    bool from;
    do
    :: d_step { inside = true; owed = told };
       from = object;
       if
       :: from ->
           if
           :: key ->
               if
               :: d_step { bits -> assert(from && there) }
               :: d_step { !bits -> assert(from && there && !owed) } /* TIMEOUT */
               fi
           :: !key
           fi
       :: !from
       fi;
       d_step { inside = false; owed = false }
    od
}

init
{
    atomic {
        run memory();
        run holder();
        run poller()
    }
}
