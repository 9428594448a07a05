/*
 * stream.pml - a byte stream between a client and a driver either of which may die and come back:
 * the ring in the shared memory, and its epochs.
 *
 * What of the code this is (functions have the same names):
 *   abi/ring.h                 ring_produce, ring_consume, ring_ready
 *   sdk/ring/stream_client.c   offer, observe, stream_client_update, stream_client_write
 *   sdk/ring/stream_driver.c   agree, stream_driver_update, stream_driver_waiting,
 *                              stream_driver_peek, stream_driver_consume
 *
 * Output only: input is the same ring with the roles exchanged, and nobody offers anything in it
 * again. The ring has SIZE bytes, and indices wrap at WRAP, where the code has 2^32. A byte is its
 * client's generation and its position.
 *
 * Stores are seen in the order in which they stand here. The code says which may not change places:
 * a store that releases stands behind what was stored before, a load that acquires before what is
 * loaded after. What changes places if it does not is a mutant.
 *
 * What it leaves out: signals; more than DEATHS deaths of each.
 *
 * Safety, asserted:
 *   S1  what a driver takes is of the client of its epoch, all of it, in order, from the position
 *       at which the epoch begins.
 *   S2  what a client takes to be consumed was taken by a driver: nothing is lost.
 *   S3  no driver finds a ring broken by a client that keeps to the protocol.
 */

#define SIZE   2
#define WRAP   8
#define BYTES  4 /* that a client writes at most */
#define DEATHS 1
#define NONE   0

/* The shared memory. */
byte head, tail, epoch, ack;
byte cells[SIZE];

/* What init says: generations, from 1. */
byte client_generation = 1, driver_generation = 1;

/* What a reader of this model knows. */
byte taken[4];  /* of a client's bytes: by drivers, as many from the first */
byte begins[4]; /* position at which a client's last epoch begins */

#define EPOCH(client, driver) ((client) * 4 + (driver))
#define byte_of(client, position) ((client) * 16 + (position))
#define distance(from, to) (((to) + WRAP - (from)) % WRAP)

/* ---- the client ---- */

inline produce_kept(position)
{
    at = position;
    do
    :: at < accepted -> cells[(at - base) % SIZE] = byte_of(me, at); at++
    :: else -> break
    od;
    own = (accepted - base) % WRAP;
    head = own
}

inline offer(offered)
{
    epoch = NONE;
    attached = false;
    my_epoch = offered;
    base = consumed;
    begins[me] = base;
    own = 0;
    head = 0;
    epoch = offered;
    produce_kept(base)
}

inline observe()
{
    attached = attached || (my_epoch != NONE && ack == my_epoch);
    if
    :: attached ->
       d_step {
           at = accepted - distance(tail, own);
           if
           :: distance(tail, own) <= SIZE && at >= consumed && at <= accepted ->
              assert(at <= taken[me]); /* S2 */
              consumed = at
           :: else
           fi;
           at = 0 }
    :: else
    fi
}

inline stream_client_update()
{
    driver = driver_generation;
    observe();
    if
    :: EPOCH(me, driver) != my_epoch -> offer(EPOCH(me, driver)); observe()
    :: else
    fi
}

inline stream_client_write()
{
    if
    :: accepted - consumed < SIZE && accepted < BYTES && my_epoch != NONE ->
       accepted++;
       produce_kept(accepted - 1)
    :: else
    fi
}

proctype client(byte me)
{
    byte accepted, consumed, base, own, my_epoch, driver, at;
    bool attached;
end:
    do
    :: stream_client_update()
    :: stream_client_write()
    :: me <= DEATHS && me == client_generation -> client_generation++; run client(me + 1); break
    od
}

/* ---- the driver ---- */

inline agree()
{
    own = 0;
    my_epoch = seen;
    attached = true;
    tail = 0;
    next = NONE;
    ack = my_epoch
}

inline stream_driver_update()
{
    seen = epoch;
    if
    :: !attached || seen != my_epoch ->
       attached = false;
       if
       :: seen % 4 == me && seen / 4 != 0 -> agree()
       :: else
       fi
    :: else
    fi
}

/* Between a peek and a consume the byte goes to the device. */
inline stream_driver_peek()
{
    ready = distance(own, head);
    if
    :: epoch != my_epoch -> ready = 0
    :: else -> assert(ready <= SIZE) /* S3 */
    fi;
    if
    :: ready > 0 ->
       value = cells[own % SIZE];
       if
       :: epoch != my_epoch -> ready = 0
       :: else
       fi
    :: else
    fi
}

inline device_takes()
{
    d_step {
        who = my_epoch / 4;
        if
        :: next == NONE -> next = begins[who] + 1 /* so that NONE is no position */
        :: else
        fi;
        assert(value == byte_of(who, next - 1)); /* S1 */
        if
        :: taken[who] < next -> taken[who] = next
        :: else
        fi;
        next++;
        value = 0;
        who = 0 }
}

inline stream_driver_consume()
{
    own = (own + 1) % WRAP;
    tail = own
}

proctype driver(byte me)
{
    byte own, my_epoch, seen, next, ready, value, who;
    bool attached;
end:
    do
    :: stream_driver_update();
       if
       :: attached ->
          stream_driver_peek();
          if
          :: ready > 0 -> device_takes(); stream_driver_consume()
          :: else
          fi
       :: else
       fi
    :: me <= DEATHS && me == driver_generation -> driver_generation++; run driver(me + 1); break
    od
}

init
{
    atomic {
        run client(1);
        run driver(1)
    }
}
