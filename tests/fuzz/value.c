/**
 * value.c - what an operation means in the state that it finds.
 */
#include "tests/fuzz/value.h"

#include <corm/object.h>

#include "kernel/cpu.h"
#include "kernel/table.h"
#include "tests/fuzz/world.h"

#define TYPES       (OBJECT_TYPES - 1u)
#define PAIR_OFFSET 28

static const uint64_t absurd[] = {
    0,
    1,
    2,
    63,
    64,
    65,
    255,
    256,
    4095,
    4097,
    0xffff,
    0x10000,
    0xffffffff,
    1ull << 32,
    (1ull << 32) + 1,
    1ull << 47,
    1ull << 62,
    1ull << 63,
    ~0ull,
    ~0ull - 1,
    ~0ull - 0xfff,
    USER_LIMIT,
    USER_LIMIT - 1,
    USER_LIMIT - 0x1000,
    USER_LIMIT + 0x1000,
    WORLD_WINDOW - 0x1000,
    WORLD_WINDOW + (4ull << 20) - 0x1000,
    WORLD_WINDOW + (4ull << 20),
    3600 * NANOS_PER_S,
    3600 * NANOS_PER_S + 1,
    0x1000,
    1ull << 21,
};

static struct table *value_table(void)
{
    return (struct table *)cpu_first.current->bindings[BINDING_TABLE].object;
}

/* The n-th slot of that type (0: empty) in the Table of whoever runs, counted in a circle. */
static uint64_t find_slot(unsigned type, unsigned n, bool any)
{
    struct table *table = value_table();
    uint32_t count = table == NULL ? 0 : object_slots(&table->object);
    unsigned found = 0;
    for (unsigned round = 0; round < 2; round++) {
        unsigned left = found == 0 ? n : n % found;
        for (uint32_t i = 1; i < count; i++) {
            bool fits = any ? table->slots[i].type != 0 : table->slots[i].type == type;
            if (fits && left-- == 0)
                return i;
            found += fits && round == 0;
        }
        if (found == 0)
            break;
    }
    return n & ((1u << WORLD_TABLE_LOG2) - 1);
}

uint64_t value_slot(uint8_t n, bool empty)
{
    if (n < 128)
        return n & ((1u << WORLD_TABLE_LOG2) - 1);
    return find_slot(0, n - 128u, !empty);
}

uint64_t value_of(struct value value)
{
    uint64_t n = value.n;
    switch ((enum value_class)value.class) {
    case VALUE_NUMBER:
        return n;
    case VALUE_SLOT:
        return n & ((1u << WORLD_TABLE_LOG2) - 1);
    case VALUE_EMPTY:
        return find_slot(0, value.n, false);
    case VALUE_PAGE:
        return WORLD_WINDOW + n * 0x1000;
    case VALUE_LARGE:
        return WORLD_WINDOW + (n << 21);
    case VALUE_BYTES:
        return n * 0x1000;
    case VALUE_MICROS:
        return n * 1000;
    case VALUE_MILLIS:
        return n * NANOS_PER_MS;
    case VALUE_POWER:
        return 1ull << (n & 63);
    case VALUE_MASK:
        return (1ull << (n & 63)) - 1;
    case VALUE_PAIR:
        return (WORLD_WINDOW / 0x1000 + n / 8) << PAIR_OFFSET | n % 8;
    case VALUE_CONTROL:
        return n % 8 | (n / 8) << 8;
    case VALUE_ABSURD:
        return absurd[n % ARRAY_LENGTH(absurd)];
    case VALUE_TYPED:
        break;
    }
    return find_slot((value.class - VALUE_TYPED) % TYPES + 1, value.n, false);
}
