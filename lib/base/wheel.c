/**
 * wheel.c - the timing wheel of wheel.h.
 *
 * Why placing by the highest differing digit works: as long as the tick has not reached the start
 * of a slot, the entries in it differ from the tick in the same highest digit as when they were
 * placed. So the tick may jump to just before the start of the next occupied slot without touching
 * anything, and entries at a lower level are always due before those at a higher one.
 */
#include "lib/base/wheel.h"

#include "lib/base/bits.h"
#include "lib/base/check.h"

#define TICK_LAST ((UINT64_C(1) << (64 - WHEEL_TICK_SHIFT)) - 1)

/** The first tick that does not begin before @deadline, or the last tick there is. */
static uint64_t tick_of_deadline(nanos_t deadline)
{
    uint64_t tick = deadline >> WHEEL_TICK_SHIFT;
    bool rounded = !is_aligned(deadline, BIT(WHEEL_TICK_SHIFT));
    return rounded && tick < TICK_LAST ? tick + 1 : tick;
}

/** The slot in which @due, which is after the wheel's tick, belongs. */
static uint32_t slot_of_due(const struct wheel *wheel, uint64_t due)
{
    uint32_t level = bits_highest(due ^ wheel->tick) / WHEEL_DIGIT_BITS;
    uint32_t digit = due >> (level * WHEEL_DIGIT_BITS) & (WHEEL_DIGIT_SLOTS - 1);
    return level * WHEEL_DIGIT_SLOTS + digit;
}

/** The tick at which the slot @digit of @level starts; it lies after the wheel's tick. */
static uint64_t slot_start(const struct wheel *wheel, uint32_t level, uint32_t digit)
{
    uint32_t shift = level * WHEEL_DIGIT_BITS;
    uint64_t above = wheel->tick >> shift & ~(uint64_t)(WHEEL_DIGIT_SLOTS - 1);
    return (above | digit) << shift;
}

static void slot_mark(struct wheel *wheel, uint32_t slot)
{
    uint32_t row = slot / WHEEL_DIGIT_SLOTS;
    wheel->occupied[row] |= BIT(slot % WHEEL_DIGIT_SLOTS);
    wheel->rows |= BIT(row);
}

static void slot_clear(struct wheel *wheel, uint32_t slot)
{
    uint32_t row = slot / WHEEL_DIGIT_SLOTS;
    uint64_t rest = wheel->occupied[row] & ~BIT(slot % WHEEL_DIGIT_SLOTS);
    wheel->slots[slot].first = NULL;
    wheel->occupied[row] = rest;
    if (rest == 0)
        wheel->rows &= ~BIT(row);
}

/** Append @entry to @slot, so that equal deadlines expire in the order of insertion. */
static void slot_append(struct wheel *wheel, uint32_t slot, struct wheel_entry *entry)
{
    struct wheel_slot *list = &wheel->slots[slot];
    struct wheel_entry *first = list->first;
    entry->slot = slot;
    if (first == NULL) {
        entry->next = entry;
        entry->prev = entry;
        list->first = entry;
        list->soonest = entry->due;
        slot_mark(wheel, slot);
        return;
    }
    struct wheel_entry *last = first->prev;
    entry->next = first;
    entry->prev = last;
    last->next = entry;
    first->prev = entry;
    if (entry->due < list->soonest)
        list->soonest = entry->due;
}

/** Put @entry where its due tick wants it, given that everything up to @target is over. */
static void entry_place(struct wheel *wheel, struct wheel_entry *entry, uint64_t target)
{
    bool expired = entry->due <= target;
    slot_append(wheel, expired ? WHEEL_EXPIRED : slot_of_due(wheel, entry->due), entry);
}

/** Advance by one step towards the tick @target; false if there is nothing left to do. */
static bool advance_step(struct wheel *wheel, uint64_t target)
{
    struct wheel_entry *entry = wheel->slots[wheel->cascading].first;
    if (entry != NULL) {
        wheel_remove(wheel, entry);
        entry_place(wheel, entry, target);
        return true;
    }
    wheel->cascading = 0; /* before the tick moves on and the slot gets new entries */
    uint64_t levels = wheel->rows & (BIT(WHEEL_LEVELS) - 1);
    if (levels != 0) {
        uint32_t level = bits_lowest(levels);
        uint32_t digit = bits_lowest(wheel->occupied[level]);
        uint64_t start = slot_start(wheel, level, digit);
        if (start <= target) {
            wheel->tick = start;
            wheel->cascading = level * WHEEL_DIGIT_SLOTS + digit;
            return true;
        }
    }
    wheel->tick = target;
    return false;
}

void wheel_init(struct wheel *wheel, nanos_t now)
{
    wheel->tick = now >> WHEEL_TICK_SHIFT;
    wheel->rows = 0;
    wheel->cascading = 0;
    for (uint32_t row = 0; row < WHEEL_ROWS; row++)
        wheel->occupied[row] = 0;
    for (uint32_t slot = 0; slot < WHEEL_SLOTS; slot++)
        wheel->slots[slot].first = NULL;
}

void wheel_insert(struct wheel *wheel, struct wheel_entry *entry, nanos_t deadline)
{
    ASSERT(!wheel_entry_active(entry));
    entry->due = tick_of_deadline(deadline);
    entry_place(wheel, entry, wheel->tick);
}

void wheel_remove(struct wheel *wheel, struct wheel_entry *entry)
{
    struct wheel_entry *next = entry->next;
    struct wheel_entry *prev = entry->prev;
    uint32_t slot = entry->slot;
    if (next == NULL)
        return;
    ASSERT(slot < WHEEL_SLOTS);
    if (next == entry) {
        slot_clear(wheel, slot);
    } else {
        next->prev = prev;
        prev->next = next;
        if (wheel->slots[slot].first == entry)
            wheel->slots[slot].first = next;
    }
    entry->next = NULL;
    entry->prev = NULL;
}

nanos_t wheel_next_expiry(const struct wheel *wheel, nanos_t now)
{
    uint64_t rows = wheel->rows;
    if (rows == 0)
        return NANOS_NEVER;
    if (rows >> WHEEL_LEVELS & 1 || wheel->slots[wheel->cascading].first != NULL)
        return now;
    uint32_t level = bits_lowest(rows);
    uint32_t digit = bits_lowest(wheel->occupied[level]);
    nanos_t soonest = wheel->slots[level * WHEEL_DIGIT_SLOTS + digit].soonest << WHEEL_TICK_SHIFT;
    return soonest > now ? soonest : now;
}

bool wheel_advance(struct wheel *wheel, nanos_t now, unsigned steps_max)
{
    uint64_t target = now >> WHEEL_TICK_SHIFT;
    if (target < wheel->tick)
        target = wheel->tick;
    for (unsigned steps = 0; steps < steps_max; steps++)
        if (!advance_step(wheel, target))
            return false;
    return true;
}

struct wheel_entry *wheel_take_expired(struct wheel *wheel)
{
    struct wheel_entry *entry = wheel->slots[WHEEL_EXPIRED].first;
    if (entry != NULL)
        wheel_remove(wheel, entry);
    return entry;
}
