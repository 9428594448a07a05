/**
 * wheel_valid.c - the invariants of wheel.h, stated apart from the code that keeps them.
 *
 * For host and debug builds; no part of a release kernel.
 */
#include "lib/base/wheel.h"

/** @due belongs at @level and @digit: equal above that digit, greater in it. */
static bool placed_rightly(uint64_t tick, uint64_t due, uint32_t level, uint32_t digit)
{
    uint32_t shift = level * WHEEL_DIGIT_BITS;
    if (due >> shift >> WHEEL_DIGIT_BITS != tick >> shift >> WHEEL_DIGIT_BITS)
        return false;
    return due >> shift > tick >> shift && (due >> shift) % WHEEL_DIGIT_SLOTS == digit;
}

/** @due belongs in the slot of @level that starts at @tick. */
static bool cascades_rightly(uint64_t tick, uint64_t due, uint32_t level)
{
    uint32_t shift = level * WHEEL_DIGIT_BITS;
    return due >> shift == tick >> shift && (tick >> shift) << shift == tick;
}

static bool entry_valid(const struct wheel *wheel, const struct wheel_entry *entry)
{
    uint32_t level = entry->slot / WHEEL_DIGIT_SLOTS;
    if (entry->next == NULL || entry->next->prev != entry)
        return false;
    if (entry->slot == WHEEL_EXPIRED)
        return true;
    if (entry->due < wheel->slots[entry->slot].soonest)
        return false;
    if (entry->slot == wheel->cascading)
        return cascades_rightly(wheel->tick, entry->due, level);
    return placed_rightly(wheel->tick, entry->due, level, entry->slot % WHEEL_DIGIT_SLOTS);
}

static bool slot_valid(const struct wheel *wheel, uint32_t slot)
{
    const struct wheel_entry *first = wheel->slots[slot].first;
    const struct wheel_entry *entry = first;
    if (first == NULL)
        return true;
    do {
        if (entry->slot != slot || !entry_valid(wheel, entry))
            return false;
        entry = entry->next;
    } while (entry != first);
    return true;
}

bool wheel_valid(const struct wheel *wheel)
{
    for (uint32_t row = 0; row < WHEEL_ROWS; row++)
        if ((wheel->occupied[row] != 0) != (wheel->rows >> row & 1))
            return false;
    for (uint32_t slot = 0; slot < WHEEL_SLOTS; slot++) {
        bool marked = wheel->occupied[slot / WHEEL_DIGIT_SLOTS] >> (slot % WHEEL_DIGIT_SLOTS) & 1;
        if (marked != (wheel->slots[slot].first != NULL) || !slot_valid(wheel, slot))
            return false;
    }
    if (wheel->slots[0].first != NULL || wheel->cascading >= WHEEL_EXPIRED)
        return false;
    return wheel->rows >> WHEEL_ROWS == 0 && wheel->tick >> (64 - WHEEL_TICK_SHIFT) == 0;
}
