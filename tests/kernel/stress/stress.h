/**
 * stress.h - what the actors of the stress and the controller share.
 *
 * Actors are workers and servers, each in a Space and with a Table of its own: a copy of this
 * program each, so that a static variable is an actor's own. Workers choose what they do by a
 * generator that the seed sets; each result is compared with the one that is right, or where others
 * race, with those that are. The controller builds them of one Untyped, ends the round in the
 * middle of their work or after it, and wants all memory back.
 */
#pragma once

#include <corm/kernel_calls.h>
#include "abi/component.h"
#include "lib/base/bits.h"
#include "lib/base/types.h"
#include "sdk/kit/peer.h"

#define WORKERS    4u
#define SERVERS    4u
#define PROCESSORS 4u
#define PAGE       KIT_PAGE_BYTES

/* What is in an actor's Table. */
enum actor_slot {
    ACTOR_TABLE = 1,
    ACTOR_SPACE,
    ACTOR_THREAD,
    ACTOR_UNTYPED,
    ACTOR_NOTIFICATION, /* receive; and what its signals are minted from */
    ACTOR_REPORT,       /* signals the controller */
    ACTOR_ENDPOINT,  /* what servers receive on; workers: their pagers, who hear of their faults */
    ACTOR_NEXT,      /* servers: the next server, to call */
    ACTOR_TIMES = 8, /* Scheds of all workers, by processor */
    ACTOR_OTHER_TIMES = ACTOR_TIMES + PROCESSORS,   /* of all others */
    ACTOR_SERVERS = ACTOR_OTHER_TIMES + PROCESSORS, /* to call */
    ACTOR_SERVER_THREADS = ACTOR_SERVERS + SERVERS,
    ACTOR_WORKER_THREADS = ACTOR_SERVER_THREADS + SERVERS,
    ACTOR_WORKER_TABLES = ACTOR_WORKER_THREADS + WORKERS,
    ACTOR_WORKER_SPACES = ACTOR_WORKER_TABLES + WORKERS,
    ACTOR_WORKER_SIGNALS = ACTOR_WORKER_SPACES + WORKERS, /* with this worker's badge */
    ACTOR_GUEST_KICKS =
        ACTOR_WORKER_SIGNALS + WORKERS,        /* their guests' threads, put there by them */
    ACTOR_GIVEN = ACTOR_GUEST_KICKS + WORKERS, /* signals that come and go, by who gives them */
    ACTOR_OWN = 64,                            /* from here on the actor's */
};
#define ACTOR_TABLE_LOG2 8

/* Where an actor sees what, all in one stretch of 2 MiB. */
#define ACTOR_SHARED (PEER_SHARED_ADDRESS + 0x10000)
#define ACTOR_HOME   (PEER_SHARED_ADDRESS + 0x20000) /* its own pages, always there */
#define ACTOR_WINDOW (PEER_SHARED_ADDRESS + 0x40000) /* the same, as it maps them */
#define ACTOR_LENT   (PEER_SHARED_ADDRESS + 0x90000) /* a page of each worker that lends one */
#define ACTOR_GUEST  (PEER_SHARED_ADDRESS + 0xa0000) /* a page of code, the frame */
#define SHARED_LOG2  13

/* Slots of an actor's Space: a peer's own first. */
enum actor_space_slot {
    SPACE_SHARED = 8,
    SPACE_HOME,
    SPACE_WINDOW,
    SPACE_CODE,
    SPACE_FRAME,
    SPACE_LENT = 16, /* by who lends */
};
#define ACTOR_SPACE_LOG2 5

/* Bits of a worker's Notification: those that it sets itself, from others that signal at any time,
 * of what was given and may be taken back, of capabilities that went with calls. */
#define BIT_OWN    0u
#define BITS_OWN   4u
#define BIT_PEER   8u
#define BIT_GIVEN  16u
#define BIT_SENT   24u
#define BITS_SENT  (BIT(BIT_SENT))
#define BITS_GIVEN (BIT(BIT_GIVEN) * (BIT(WORKERS) - 1))
#define BITS_PEER  (BIT(BIT_PEER) * (BIT(WORKERS) - 1))

#define FAULT_BADGE (WORKERS + SERVERS + 1)

enum report { REPORT_DONE = 1, REPORT_FAILED = 2 };

/* How calls of one server ended. */
struct calls {
    uint64_t answered, gone, cancelled;
};

/* One writer each but where a comment says else. */
struct shared {
    uint64_t seed;
    uint32_t round;
    uint32_t go;                /* set by the controller: all are started, and may be stopped */
    uint32_t stop;              /* set by the controller: workers end what they do, and report */
    uint32_t failed;            /* by who fails first */
    uint32_t debug;             /* the kernel checks its invariants */
    uint32_t may_kick[WORKERS]; /* set by that worker */
    uint32_t worker_taken[WORKERS]; /* by who stops that thread */
    uint32_t server_taken[SERVERS];
    uint32_t done[WORKERS];
    uint64_t operations[WORKERS];
    uint64_t looks[WORKERS]; /* at all that a worker has */
    uint64_t exits[WORKERS]; /* of the guests */
    uint64_t served[SERVERS];
    struct calls by_worker[WORKERS][SERVERS];
    struct calls by_server[SERVERS]; /* of the next one */
    char failure[200];
};

extern struct shared *shared;

/** actor_main - of each actor's thread; the argument says which it is. */
void actor_main(void *argument);
#define ACTOR_ARGUMENT(server, index) ((void *)(uintptr_t)((server) ? 16u + (index) : (index)))

NORETURN void worker_run(uint32_t index);
NORETURN void server_run(uint32_t index);

/* As thread_inspect() says. */
enum state { STATE_READY = 1, STATE_SUSPENDED = 2, STATE_RECEIVING = 7 };

/* ---- Checks: a failed one ends the stress. ---- */

#define DO(expression, wanted)                                                                     \
    actor_did((uint64_t)(expression), (uint64_t)(wanted), __FILE__, __LINE__, #expression)
#define DO_OK(expression) DO(expression, OK)
#define WANT(held)        ((held) ? (void)0 : actor_failed(__FILE__, __LINE__, #held, 0, 0))
#define WANT_EQUAL(value, wanted)                                                                  \
    actor_want_equal((uint64_t)(value), (uint64_t)(wanted), __FILE__, __LINE__, #value)
/* One of those statuses. Returns it. */
#define DO_ONE_OF(expression, mask)                                                                \
    actor_did_one_of((status_t)(expression), mask, __FILE__, __LINE__, #expression)
#define ONE(status) BIT(status)

void actor_did(uint64_t value, uint64_t wanted, const char *file, int line, const char *what);
void actor_want_equal(uint64_t value, uint64_t wanted, const char *file, int line,
                      const char *what);
status_t actor_did_one_of(status_t status, uint64_t mask, const char *file, int line,
                          const char *what);
NORETURN void actor_failed(const char *file, int line, const char *what, uint64_t value,
                           uint64_t wanted);

/** actor_count - an operation was made and its result judged. */
void actor_count(void);

/* ---- A generator each ---- */

struct generator {
    uint64_t state;
};
uint64_t generator_next(struct generator *generator);
void generator_begin(struct generator *generator, uint64_t seed, uint64_t stream);

/* ---- Vector registers that hold a pattern ---- */

void vectors_fill(uint8_t seed);
bool vectors_hold(uint8_t seed);

/* ---- Locks between actors: who does not get one does something else ---- */

static inline bool try_take(uint32_t *word)
{
    return __atomic_exchange_n(word, 1, __ATOMIC_ACQUIRE) == 0;
}
static inline void give_back(uint32_t *word) { __atomic_store_n(word, 0, __ATOMIC_RELEASE); }
