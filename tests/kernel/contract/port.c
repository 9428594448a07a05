/**
 * port.c - I/O ports: only those that the capability names.
 */
#include "test.h"

#include "sdk/rt/component.h"

#define PIT_FIRST   0x40u
#define PIT_COUNT   4u
#define PIT_COMMAND 0x43u
#define LATCH       0x00u /* of channel 0 */

static cap_t ports(void)
{
    const struct component_device *device = component_device(component_self(), DEVICE_PORTS);
    CHECK_EQUAL(device->base, PIT_FIRST);
    CHECK_EQUAL(device->size, PIT_COUNT);
    return (cap_t)device->slot;
}

static void reads_and_writes(void)
{
    uint64_t low = ~0ull, high = ~0ull;
    const cap_t slot = ports();
    CHECK_OK(ioport_out(slot, PIT_COMMAND, 1, 0x34));
    CHECK_OK(ioport_out(slot, PIT_FIRST, 1, 0xff));
    CHECK_OK(ioport_out(slot, PIT_FIRST, 1, 0xff));
    CHECK_OK(ioport_out(slot, PIT_COMMAND, 1, LATCH));
    CHECK_OK(ioport_in(slot, PIT_FIRST, 1, &low));
    CHECK_OK(ioport_in(slot, PIT_FIRST, 1, &high));
    CHECK(low <= 0xff && high <= 0xff);
    CHECK_OK(ioport_out(slot, PIT_COMMAND, 1, 0x30));
}

static void outside(void)
{
    static const struct {
        uint64_t port, width;
    } bad[] = {{PIT_FIRST - 1, 1},
               {PIT_FIRST + PIT_COUNT, 1},
               {PIT_FIRST + 3, 2},
               {PIT_FIRST + 1, 4},
               {PIT_FIRST, 3},
               {PIT_FIRST, 0},
               {PIT_FIRST, 8},
               {0, 1},
               {0x10000 + PIT_FIRST, 1},
               {~0ull, 1},
               {PIT_FIRST, ~0ull},
               {0xf4, 4},
               {1ull << 32 | PIT_FIRST, 1}};
    const cap_t slot = ports();
    uint64_t value = 0;
    for (uint32_t i = 0; i < ARRAY_LENGTH(bad); i++) {
        CHECK_STATUS(ioport_in(slot, bad[i].port, bad[i].width, &value), RANGE);
        CHECK_STATUS(ioport_out(slot, bad[i].port, bad[i].width, 0), RANGE);
    }
    CHECK_STATUS(ioport_out_bytes(slot, PIT_FIRST + PIT_COUNT, 1, 0, 0, 0, 0), RANGE);
    CHECK_STATUS(ioport_out_bytes(slot, PIT_FIRST, 33, 0, 0, 0, 0), RANGE);
    CHECK_STATUS(ioport_out_bytes(slot, PIT_FIRST, ~0ull, 0, 0, 0, 0), RANGE);
    CHECK_OK(ioport_out_bytes(slot, PIT_FIRST, 0, 0, 0, 0, 0));
}

static void parts(void)
{
    const cap_t slot = ports();
    const cap_t part = env_slot();
    uint64_t value = 0;
    CHECK_OK(ioport_mint(slot, PIT_FIRST + 1, 2, SLOT_TABLE, part));
    CHECK_STATUS(ioport_in(part, PIT_FIRST, 1, &value), RANGE);
    CHECK_STATUS(ioport_in(part, PIT_FIRST + 3, 1, &value), RANGE);
    CHECK_OK(ioport_in(part, PIT_FIRST + 1, 1, &value));
    CHECK_STATUS(ioport_mint(part, PIT_FIRST, 1, SLOT_TABLE, env_slot()), RANGE);
    CHECK_STATUS(ioport_mint(part, PIT_FIRST + 1, 3, SLOT_TABLE, env_slot()), RANGE);
    CHECK_STATUS(ioport_mint(part, PIT_FIRST + 1, 0, SLOT_TABLE, env_slot()), RANGE);
    CHECK_STATUS(ioport_mint(part, PIT_FIRST + 1, ~0ull, SLOT_TABLE, env_slot()), RANGE);
    CHECK_STATUS(ioport_mint(part, PIT_FIRST + 1, 1, SLOT_TABLE, part), SLOT_BUSY);
    CHECK_STATUS(ioport_mint(part, PIT_FIRST + 1, 1, SLOT_TABLE, 0), RANGE);
    CHECK_OK(table_delete(SLOT_TABLE, part));
    CHECK_STATUS(ioport_in(part, PIT_FIRST + 1, 1, &value), BAD_HANDLE);
}

static uint64_t latch(cap_t slot)
{
    uint64_t low = 0, high = 0;
    CHECK_OK(ioport_out(slot, PIT_COMMAND, 1, LATCH));
    CHECK_OK(ioport_in(slot, PIT_FIRST, 1, &low));
    CHECK_OK(ioport_in(slot, PIT_FIRST, 1, &high));
    return high << 8 | low;
}

/* Channel 0 counts down from what was written last: after 31 bytes from a low and a high one. */
static void row_of_bytes(void)
{
    const cap_t slot = ports();
    CHECK_OK(ioport_out(slot, PIT_COMMAND, 1, 0x34));
    CHECK_OK(ioport_out_bytes(slot, PIT_FIRST, 2, 0x4000, 0, 0, 0));
    const uint64_t count = latch(slot);
    CHECK(count > 0x3000 && count <= 0x4000);
    CHECK_OK(ioport_out_bytes(slot, PIT_FIRST, 32, 0, 0, 0, 0x80ull << 56));
    const uint64_t later = latch(slot);
    CHECK(later > 0x7000 && later <= 0x8000);
    CHECK_OK(ioport_out(slot, PIT_COMMAND, 1, 0x30));
}

static void part_without_access(void)
{
    const cap_t bare = env_copy(ports(), 0);
    const cap_t part = env_slot();
    uint64_t value = 0;
    CHECK_OK(ioport_mint(bare, PIT_FIRST, PIT_COUNT, SLOT_TABLE, part));
    CHECK_STATUS(ioport_in(part, PIT_FIRST, 1, &value), RIGHTS);
    CHECK_STATUS(ioport_out(part, PIT_FIRST, 1, 0), RIGHTS);
    CHECK_STATUS(ioport_out_bytes(part, PIT_FIRST, 0, 0, 0, 0, 0), RIGHTS);
}

TEST_SUITE(port, {"the ports of a range are read and written", reads_and_writes},
           {"a port outside, a straddling access or a strange width answers RANGE", outside},
           {"a part of a range of ports is that part only", parts},
           {"a part of a range of ports has no more rights than the whole", part_without_access},
           {"a row of up to 32 bytes goes to one port, first byte first", row_of_bytes});
