/**
 * wheel.c - the timing wheel of wheel.h.
 *
 * Why placing by the highest differing bit works: the soonest deadline of the lowest level has the
 * same bits above that level as the time, and so has the same highest difference to what waits at
 * higher levels. So the time may jump there without touching any of those.
 */
#include "lib/base/wheel.h"

#include "lib/base/bits.h"

void wheel_init(struct wheel *wheel, nanos_t now)
{
    wheel->time = now;
    wheel->occupied = 0;
    for (unsigned level = 0; level < WHEEL_LEVELS; level++)
        list_init(&wheel->levels[level]);
}

/** Put @entry, due after the wheel's time, behind the others of its level. */
static void place(struct wheel *wheel, struct wheel_entry *entry)
{
    unsigned level = bits_highest(entry->deadline ^ wheel->time);
    if (list_empty(&wheel->levels[level]) || entry->deadline < wheel->soonest[level])
        wheel->soonest[level] = entry->deadline;
    wheel->occupied |= BIT(level);
    list_push_back(&wheel->levels[level], &entry->link);
}

void wheel_insert(struct wheel *wheel, struct wheel_entry *entry, nanos_t deadline)
{
    ASSERT(!wheel_entry_active(entry));
    entry->deadline = deadline > wheel->time ? deadline : wheel->time + 1;
    place(wheel, entry);
}

void wheel_remove(struct wheel_entry *entry)
{
    if (!wheel_entry_active(entry))
        return;
    list_remove(&entry->link);
    entry->link.next = NULL;
}

/** The level that has the next entry, or -1: the open one before all others. */
static int first_level(struct wheel *wheel)
{
    while (wheel->occupied != 0) {
        uint64_t open = wheel->occupied & wheel->time;
        unsigned level = bits_lowest(open != 0 ? open : wheel->occupied);
        if (!list_empty(&wheel->levels[level]))
            return (int)level;
        wheel->occupied &= ~BIT(level);
    }
    return -1;
}

nanos_t wheel_next_expiry(struct wheel *wheel)
{
    int level = first_level(wheel);
    return level < 0 ? NANOS_NEVER : wheel->soonest[level];
}

bool wheel_step(struct wheel *wheel, nanos_t now, struct wheel_entry **due)
{
    int level = first_level(wheel);
    if (level < 0 || wheel->soonest[level] > now)
        return false;
    struct wheel_entry *entry =
        container_of(list_first(&wheel->levels[level]), struct wheel_entry, link);
    wheel->time = wheel->soonest[level]; /* the level is open from here on */
    wheel_remove(entry);
    *due = entry->deadline <= now ? entry : NULL;
    if (*due == NULL)
        place(wheel, entry);
    return true;
}
