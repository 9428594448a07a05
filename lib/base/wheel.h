/**
 * wheel.h - a hierarchical timing wheel: deadlines of one processor.
 *
 * Time is cut into ticks of 1.024 us. Nine levels of 64 slots span all of 64-bit nanosecond time,
 * so there is no overflow list and no deadline too far away. An entry sits at the level of the
 * highest base-64 digit in which its due tick differs from the wheel's tick, in the slot of that
 * digit; when the wheel's tick reaches the slot's start, its entries cascade to lower levels.
 *
 * Guarantees: insert and remove are O(1); an entry never expires before its deadline, and once
 * wheel_advance() has been called for a time one tick or more after the deadline and has returned
 * false, it has expired. (The last microsecond before 2^64 ns counts as its own beginning.)
 *
 * The wheel calls nobody: wheel_advance() moves due entries to a queue inside the wheel, from which
 * wheel_take_expired() hands them out, so the owner may insert and remove anything in between, and
 * may be preempted between any two calls.
 *
 * Lock: the owner's (the kernel: one wheel a processor, under the kernel lock).
 */
#pragma once

#include "lib/base/types.h"

#define WHEEL_TICK_SHIFT  10u /* 1024 ns a tick */
#define WHEEL_DIGIT_BITS  6u
#define WHEEL_DIGIT_SLOTS (1u << WHEEL_DIGIT_BITS)
#define WHEEL_LEVELS      9u                 /* 9 digits of 6 bits: the 54 bits of a tick */
#define WHEEL_ROWS        (WHEEL_LEVELS + 1) /* the levels, and the queue of expired entries */
#define WHEEL_EXPIRED     (WHEEL_LEVELS * WHEEL_DIGIT_SLOTS)
#define WHEEL_SLOTS       (WHEEL_EXPIRED + 1)

/** One deadline; lies in the object that waits. All zero means: in no wheel. */
struct wheel_entry {
    struct wheel_entry *next; /* circular within the slot; NULL while in no wheel */
    struct wheel_entry *prev;
    uint64_t due;  /* the first tick at which it may expire */
    uint32_t slot; /* index into wheel.slots */
};

/** A slot: its oldest entry, and a lower bound of the due ticks in it. */
struct wheel_slot {
    struct wheel_entry *first;
    uint64_t soonest;
};

/**
 * Bit s of occupied[row] is set exactly if slots[row * 64 + s] has an entry, and bit `row` of
 * rows exactly if occupied[row] is not 0. Every entry in the levels is due after `tick`, and in a
 * slot that starts after `tick`; but the slot `cascading` starts at `tick` and is being emptied.
 * (Slot 0 is always empty: no slot of digit 0 can start after `tick` and share its upper digits.)
 */
struct wheel {
    uint64_t tick; /* all that is due by then has been queued */
    uint64_t rows;
    uint64_t occupied[WHEEL_ROWS];
    uint32_t cascading;
    struct wheel_slot slots[WHEEL_SLOTS];
};

/** wheel_init - make @wheel empty, with its clock at @now. */
void wheel_init(struct wheel *wheel, nanos_t now);

/** wheel_entry_active - @entry is in a wheel: waiting, or expired and not yet taken. */
static inline bool wheel_entry_active(const struct wheel_entry *entry)
{
    return entry->next != NULL;
}

/**
 * wheel_insert - let @entry, which is in no wheel, expire at @deadline.
 *
 * A deadline in the past expires at the next wheel_advance(). O(1).
 */
void wheel_insert(struct wheel *wheel, struct wheel_entry *entry, nanos_t deadline);

/** wheel_remove - take @entry out, expired or not; nothing happens if it is in no wheel. O(1). */
void wheel_remove(struct wheel *wheel, struct wheel_entry *entry);

/**
 * wheel_next_expiry - when wheel_advance() has something to do, or NANOS_NEVER.
 * @now: returned when something is due already
 *
 * Exact, except that a removed entry may leave a time behind that is too early (never too late):
 * the timer then fires once for nothing. O(1).
 */
nanos_t wheel_next_expiry(const struct wheel *wheel, nanos_t now);

/**
 * wheel_advance - move the clock to @now and queue what is due, doing at most @steps_max steps.
 *
 * A step moves one entry or opens one slot. Each entry costs at most WHEEL_LEVELS + 1 steps over
 * its life. A @now before an earlier one changes nothing.
 *
 * Returns true if more remains to be done for this @now: call again.
 */
MUST_USE bool wheel_advance(struct wheel *wheel, nanos_t now, unsigned steps_max);

/** wheel_take_expired - remove and return the entry that expired first, or NULL. O(1). */
struct wheel_entry *wheel_take_expired(struct wheel *wheel);

/** wheel_valid - the invariants hold. Costly; in wheel_valid.c, for tests and debug builds. */
bool wheel_valid(const struct wheel *wheel);
