/**
 * wheel_valid.c - the invariants of wheel.h, stated apart from the code that keeps them.
 *
 * For host and debug builds; no part of a release kernel.
 */
#include "lib/base/bits.h"
#include "lib/base/wheel.h"

/** @deadline belongs at @level: equal to @time above that bit, 1 in it where @time has 0. */
static bool placed_rightly(nanos_t time, nanos_t deadline, unsigned level)
{
    return deadline >> level == (time >> level | 1) && !(time >> level & 1);
}

/** @deadline was placed at @level, which is open, before the time moved on. */
static bool waits_rightly(nanos_t time, nanos_t deadline, unsigned level)
{
    return deadline >> level == time >> level && deadline >= time;
}

static bool level_valid(const struct wheel *wheel, unsigned level)
{
    const struct list *head = &wheel->levels[level];
    bool open = wheel->time >> level & 1;
    if (open && !list_empty(head) && wheel->soonest[level] != wheel->time)
        return false;
    for (const struct list *link = head->next; link != head; link = link->next) {
        nanos_t deadline = container_of(link, struct wheel_entry, link)->deadline;
        if (link->next->prev != link || deadline < wheel->soonest[level])
            return false;
        if (open ? !waits_rightly(wheel->time, deadline, level)
                 : !placed_rightly(wheel->time, deadline, level))
            return false;
    }
    return true;
}

bool wheel_valid(const struct wheel *wheel)
{
    unsigned count_open = 0;
    for (unsigned level = 0; level < WHEEL_LEVELS; level++) {
        bool has_entries = !list_empty(&wheel->levels[level]);
        count_open += has_entries && (wheel->time >> level & 1);
        if (has_entries && !(wheel->occupied >> level & 1))
            return false;
        if (!level_valid(wheel, level))
            return false;
    }
    return count_open <= 1;
}
