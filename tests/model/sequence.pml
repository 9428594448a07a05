/*
 * sequence.pml - init's status page, which everybody reads and only init writes: a number in front
 * that is odd while it changes.
 *
 * What of the code this is:
 *   servers/init/status.c               status_begin, status_end
 *   servers/linux/proc_view_system.c    read_entry; likewise apps/recovery: read_consistent
 *
 * Two words stand for all that the page has. Stores of the page's words come to memory in any
 * order, but after an odd number (the fence behind it) and before an even one (which releases).
 * Loads of the words are made in any order, but after the first look (which acquires) and before
 * the second (the fence in front of it). Numbers wrap at 8.
 *
 * What it leaves out: a reader that has looked often enough takes what it finds.
 *
 * Safety, asserted:
 *   S1  what a reader goes by was in the page at one time.
 */

#define WRAP 8

byte sequence;
bit words[2], meant[2]; /* in memory, and as init means them */

inline status_begin()
{
    sequence = (sequence + 1) % WRAP;
    skip /* the fence */
}

inline store(i) { words[i] = meant[i] }

inline change()
{
    d_step { meant[0] = 1 - meant[0]; meant[1] = meant[0] };
    if
    :: store(0); store(1)
    :: store(1); store(0)
    fi
}

inline status_end() { sequence = (sequence + 1) % WRAP }

/* It writes the page less often than numbers wrap while somebody reads. */
proctype writer()
{
    byte i;
    for (i : 1 .. 3) {
        status_begin();
        change();
        status_end()
    }
}

inline copy()
{
    if
    :: copied[0] = words[0]; copied[1] = words[1]
    :: copied[1] = words[1]; copied[0] = words[0]
    fi
}

inline read_entry()
{
    before = sequence;
    copy();
    if
    :: before % 2 == 0 && sequence == before -> assert(copied[0] == copied[1]) /* S1 */
    :: else
    fi
}

proctype reader()
{
    byte before;
    bit copied[2];
end:
    do
    :: read_entry()
    od
}

init
{
    atomic {
        run writer();
        run reader()
    }
}
