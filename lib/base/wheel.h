/**
 * wheel.h - a hierarchical timing wheel with digits of one bit: the deadlines of one owner.
 *
 * The wheel's time is that of the deadline which it came to last. An entry waits at the level of
 * the highest bit in which its deadline differs from that, and there the deadline has a 1 and the
 * time a 0: so 64 levels of one slot each span all time, and everything at a lower level is due
 * before what is at a higher one. When the clock reaches the soonest deadline of the lowest level,
 * that becomes the time and the level opens: its entries are due, or move to lower levels.
 *
 * Guarantees: insert and remove are O(1); a step is O(1), and an entry takes part in at most
 * WHEEL_LEVELS steps of its own; no entry is due before its deadline; entries inserted with one
 * deadline while no level was open are due in the order of insertion.
 *
 * The wheel calls nobody, and the owner may insert and remove anything between any two steps.
 *
 * Lock: the owner's (the kernel: one wheel a processor, under the kernel lock).
 */
#pragma once

#include "lib/base/list.h"

#define WHEEL_LEVELS 64u

/** One deadline; lies in the object that waits. All zero means: in no wheel. */
struct wheel_entry {
    struct list link;
    nanos_t deadline;
};

/**
 * Bit n of `occupied` is set if level n has an entry (and perhaps still when it has none any more:
 * removing does not look); then no deadline in it is before soonest[n]. Every deadline is after
 * `time`, but that of an entry in the open level may be equal to it. Bit n of `time` is clear for
 * every occupied level n but the open one, of which there is at most one; its soonest is `time`.
 */
struct wheel {
    nanos_t time;
    uint64_t occupied;
    struct list levels[WHEEL_LEVELS];
    nanos_t soonest[WHEEL_LEVELS];
};

/** wheel_init - make @wheel empty; no deadline will be before @now. */
void wheel_init(struct wheel *wheel, nanos_t now);

/** wheel_entry_active - @entry is in a wheel. */
static inline bool wheel_entry_active(const struct wheel_entry *entry)
{
    return entry->link.next != NULL;
}

/** wheel_insert - let @entry, which is in no wheel, be due at @deadline, in the past too. O(1). */
void wheel_insert(struct wheel *wheel, struct wheel_entry *entry, nanos_t deadline);

/** wheel_remove - take @entry out; nothing happens if it is in no wheel. O(1). */
void wheel_remove(struct wheel_entry *entry);

/**
 * wheel_next_expiry - when wheel_step() has something to do, or NANOS_NEVER.
 *
 * Exact, except that a removed entry may leave a time behind that is too early (never too late):
 * the timer then fires once for nothing. It may be in the past. At most WHEEL_LEVELS steps.
 */
nanos_t wheel_next_expiry(struct wheel *wheel);

/**
 * wheel_step - look at one entry: *@due is that entry, taken out, or NULL if it is due after @now
 * and only moved to a lower level.
 *
 * Returns false if nothing is left to do for this @now.
 */
MUST_USE bool wheel_step(struct wheel *wheel, nanos_t now, struct wheel_entry **due);

/** wheel_valid - the invariants hold. Costly; in wheel_valid.c, for tests and debug builds. */
bool wheel_valid(const struct wheel *wheel);
