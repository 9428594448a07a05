/**
 * test_stream.c - a byte stream whose two ends die at random: nothing is lost, and what is repeated
 * is what the device had taken but the driver had not consumed.
 */
#include <string.h>

#include "sdk/ring/stream_client.h"
#include "sdk/ring/stream_driver.h"
#include "sdk/rt/component.h"
#include "tests/unit/sdk/fake.h"
#include "tests/unit/unit.h"

#define REGION_BYTES 8192
#define RING_BYTES   2048
#define BURST        16

static struct {
    uint64_t region[REGION_BYTES / 8];
    uint8_t kept[RING_BYTES];
    struct session session;
    struct stream_client client;
    struct stream_driver driver;
    uint32_t client_generation;
} rig;

static void client_start(void)
{
    rig.client_generation++;
    REQUIRE(stream_client_create(&rig.client, &rig.session, rig.kept, RING_BYTES,
                                 rig.client_generation) == OK);
}

static void driver_start(void)
{
    fake.generation++;
    REQUIRE(stream_driver_create(&rig.driver, &rig.session, fake.generation) == OK);
}

static void rig_start(void)
{
    rig.session = (struct session){.memory = rig.region, .memory_bytes = REGION_BYTES};
    client_start();
    driver_start();
}

/** The byte of the stream at @position. */
static uint8_t pattern(uint32_t position) { return (uint8_t)(position * 7 + (position >> 8)); }

static void client_write(uint32_t *written, uint32_t size)
{
    uint8_t data[RING_BYTES];
    for (uint32_t i = 0; i < size; i++)
        data[i] = pattern(*written + i);
    *written += stream_client_write(&rig.client, data, size);
}

TEST("what is written before the driver exists arrives when it comes")
{
    uint8_t data[BURST];
    rig_start();
    fake.generation = 0;
    CHECK_EQUAL(stream_client_write(&rig.client, "hello", 5), 5);
    driver_start();
    stream_client_update(&rig.client);
    CHECK_EQUAL(stream_driver_peek(&rig.driver, data, BURST), 5);
    CHECK(memcmp(data, "hello", 5) == 0);
    stream_driver_consume(&rig.driver, 5);
    CHECK_EQUAL(stream_client_pending(&rig.client), 0);
}

TEST("a client that ends right after writing is still heard")
{
    uint8_t data[BURST];
    rig_start();
    CHECK_EQUAL(stream_client_write(&rig.client, "last", 4), 4);
    memset(&rig.client, 0, sizeof(rig.client));
    CHECK_EQUAL(stream_driver_peek(&rig.driver, data, BURST), 4);
}

TEST("a full stream accepts nothing and loses nothing")
{
    uint32_t written = 0;
    rig_start();
    client_write(&written, RING_BYTES);
    CHECK_EQUAL(written, RING_BYTES);
    client_write(&written, 1);
    CHECK_EQUAL(written, RING_BYTES);
}

TEST("input reaches the client and room is never exceeded")
{
    uint8_t data[RING_BYTES];
    rig_start();
    stream_client_update(&rig.client);
    REQUIRE(stream_driver_room(&rig.driver) == RING_BYTES);
    for (unsigned i = 0; i < RING_BYTES; i++)
        data[i] = pattern(i);
    stream_driver_give(&rig.driver, data, RING_BYTES);
    CHECK_EQUAL(stream_driver_room(&rig.driver), 0);
    memset(data, 0, sizeof(data));
    CHECK_EQUAL(stream_client_read(&rig.client, data, 10), 10);
    CHECK_EQUAL(data[9], pattern(9));
    CHECK_EQUAL(stream_driver_room(&rig.driver), 10);
}

TEST("no output is lost when the driver dies, and at most a burst is repeated")
{
    uint32_t written = 0;
    uint32_t device = 0; /* bytes of the stream that the device has taken at least once */
    rig_start();
    for (unsigned step = 0; step < 200000; step++) {
        uint8_t data[BURST];
        uint32_t size = 0;
        switch (unit_random_below(8)) {
        case 0:
            driver_start();
            break;
        case 1:
            stream_client_update(&rig.client);
            break;
        case 2:
            client_write(&written, (uint32_t)unit_random_below(300));
            break;
        default:
            size = stream_driver_peek(&rig.driver, data, BURST);
        }
        if (size == 0)
            continue;
        uint32_t position = device - BURST; /* where this burst is in the stream */
        while (position != device + 1 && data[0] != pattern(position))
            position++;
        REQUIRE(position <= device || device < BURST);
        if (position + size - device <= size)
            device = position + size;
        if (unit_random_below(16) == 0)
            driver_start(); /* the device has it, the ring does not know */
        else
            stream_driver_consume(&rig.driver, size);
    }
    CHECK(device > 100000);
    CHECK(written - device <= RING_BYTES);
}

TEST("a wild peer's indices hurt nobody else")
{
    uint8_t data[BURST];
    rig_start();
    stream_client_write(&rig.client, "x", 1);
    stream_driver_update(&rig.driver);
    struct stream_page *page = rig.session.memory;
    page->out.tail = 0x80000000; /* a wild driver */
    CHECK_EQUAL(stream_client_room(&rig.client), RING_BYTES - 1);
    page->out.head = 0x40000000; /* a wild client */
    CHECK_EQUAL(stream_driver_peek(&rig.driver, data, BURST), 0);
    page->in.tail = 0x40000000;
    CHECK_EQUAL(stream_driver_room(&rig.driver), 0);
    page->in.head = 0x40000000;
    CHECK_EQUAL(stream_client_read(&rig.client, data, BURST), 0);
    client_start();
    stream_client_write(&rig.client, "y", 1);
    CHECK_EQUAL(stream_driver_peek(&rig.driver, data, BURST), 1);
    CHECK_EQUAL(data[0], 'y');
}

TEST("an epoch that its client has taken back means nothing, and breaks nothing")
{
    uint8_t data[BURST];
    rig_start();
    stream_client_write(&rig.client, "x", 1);
    CHECK_EQUAL(stream_driver_peek(&rig.driver, data, BURST), 1);
    stream_driver_consume(&rig.driver, 1);
    struct stream_page *page = rig.session.memory;
    page->epoch = 0; /* a client that comes back, half-way */
    page->out.head = 0;
    CHECK_EQUAL(stream_driver_waiting(&rig.driver), 0);
    CHECK(!rig.driver.attached && !rig.driver.broken);
    client_start();
    stream_client_write(&rig.client, "y", 1);
    CHECK_EQUAL(stream_driver_peek(&rig.driver, data, BURST), 1);
    CHECK_EQUAL(data[0], 'y');
}

TEST("a stream needs memory of its ring's size")
{
    rig_start();
    CHECK_EQUAL(stream_client_create(&rig.client, &rig.session, rig.kept, 1024, 1), RANGE);
    rig.session.memory_bytes = 0;
    CHECK_EQUAL(stream_client_create(&rig.client, &rig.session, rig.kept, RING_BYTES, 1), RANGE);
    CHECK_EQUAL(stream_driver_create(&rig.driver, &rig.session, 1), RANGE);
}
