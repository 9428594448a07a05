/**
 * worker.h - what the operations of a worker know of it.
 */
#pragma once

#include "tests/kernel/stress/stress.h"

/* Its own part of its Table. */
enum worker_slot {
    SLOT_SIGNALS = ACTOR_OWN,             /* of its own Notification, one a bit */
    SLOT_OFFER = SLOT_SIGNALS + BITS_OWN, /* sent with calls */
    SLOT_SHARE,                           /* of its own Notification: what it gives comes from it */
    SLOT_REGION,                          /* of its pages */
    SLOT_PART,                            /* minted of it, for the window */
    SLOT_LENDS,                           /* a page that it lends, */
    SLOT_LENDS_PART,                      /* minted of it, and of that: */
    SLOT_PUPPET_UNTYPED,
    SLOT_PUPPET,
    SLOT_PAGER,
    SLOT_GUEST_THREAD,
    SLOT_GUEST_SPACE,
    SLOT_GUEST_NODES,
    SLOT_GUEST_CODE,
    SLOT_GUEST_FRAME,
    SLOT_SILENT, /* a Notification that nobody signals */
    SLOT_HEAP,   /* an Untyped to make objects of, over and over */
    SLOT_SCRATCH = 128,
};
#define SCRATCH_SLOTS 64u

#define HELPER_STACK_BYTES 8192u

struct worker {
    uint32_t index;
    struct generator generator;
    uint64_t own_bits;  /* set and not yet taken */
    uint64_t forbidden; /* bits that nobody can set any more */
    bool given[WORKERS];
    bool lent[WORKERS];
    uint8_t vectors;
};

extern struct worker me;

/** roll - a number below @count. */
uint32_t roll(uint32_t count);
/** soon - a time of the kernel clock, at most @within_us from now. */
nanos_t soon(uint32_t within_us);

/** roll_other - the index of another worker. */
uint32_t roll_other(void);

/** took_bits - the worker's Notification was read: @received is what its owner may find there. */
void took_bits(uint64_t received);

/** helper_make - a thread of the worker's own in slot @slot, in its Space, of @untyped, on others'
 * time of any processor. helper_start - let it run. */
void helper_make(cap_t slot, cap_t untyped, bool vector);
void helper_start(cap_t slot, void (*run)(void *), uint8_t *stack);

/** touch - read or write @address; whether it faulted. */
bool touch(uint64_t address, bool write, uint64_t value);

/* Each file's part of the beginning, then its operations. */
void calls_begin(void);
void call_server(void);
void stop_server(void);

void signal_self(void);
void poll_self(void);
void wait_for_bits(void);
void signal_other(void);
void yield(void);

void memory_begin(void);
void memory_map(void);
void memory_map_list(void);
void memory_unmap(void);
void memory_protect(void);
void memory_look(void);
void memory_touch(void);
void memory_look_at_contents(void);
void memory_detach(void);

void capabilities_begin(void);
void capability_change(void);
void capability_check(void);
void capability_look_at_all(void);
void heap_object(void);
void time_of_own(void);

void contest_begin(void);
void give_signal(void);
void take_signals_back(void);
void use_given(void);
void lend_page(void);
void take_pages_back(void);
void write_lent(void);
void move_other(void);

void puppet_begin(void);
void puppet_stop(void);
void puppet_busy(void);
void puppet_replace(void);

void guest_begin(void);
void guest_kick_own(void);
void guest_kick_other(void);
void guest_stop(void);
