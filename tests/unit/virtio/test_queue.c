/**
 * test_queue.c - a virtqueue as the driver sees it: with a device that does its work, and with one
 * that writes what it likes.
 */
#include <string.h>

#include "drivers/console/virtio/queue.h"
#include "tests/unit/unit.h"

#define BUFFERS      0x123456000u
#define BUFFER_BYTES 512u

static _Alignas(16) struct queue_memory memory;
static struct queue queue;

static void begin(bool receives)
{
    memset(&memory, 0xff, sizeof(memory));
    queue_init(&queue, &memory, BUFFERS, BUFFER_BYTES, receives);
}

/** The device has done with buffer @id. */
static void device_done(uint32_t id, uint32_t size_bytes)
{
    memory.used.ring[memory.used.index % QUEUE_ENTRIES] =
        (struct queue_used_entry){.id = id, .size_bytes = size_bytes};
    memory.used.index++;
}

TEST("each buffer has its place, and the device learns of it when it is given")
{
    begin(true);
    for (unsigned i = 0; i < QUEUE_ENTRIES; i++) {
        CHECK_EQUAL(queue_free(&queue), i);
        queue_give(&queue, i, BUFFER_BYTES);
        CHECK_EQUAL(memory.available.index, i + 1);
        CHECK_EQUAL(memory.available.ring[i], i);
        CHECK_EQUAL(memory.descriptors[i].address, BUFFERS + (uint64_t)i * BUFFER_BYTES);
        CHECK_EQUAL(memory.descriptors[i].size_bytes, BUFFER_BYTES);
        CHECK_EQUAL(memory.descriptors[i].flags, 2);
    }
    CHECK_EQUAL(queue_free(&queue), QUEUE_ENTRIES);
}

TEST("what the driver sends the device reads, as much as there is of it")
{
    begin(false);
    queue_give(&queue, 3, 17);
    CHECK_EQUAL(memory.descriptors[3].size_bytes, 17);
    CHECK_EQUAL(memory.descriptors[3].flags, 0);
}

TEST("buffers come back in the order in which the device has done with them, for ever")
{
    unsigned index;
    uint32_t size;
    begin(true);
    CHECK_EQUAL(queue_take(&queue, &index, &size), EMPTY);
    for (unsigned i = 0; i < QUEUE_ENTRIES; i++)
        queue_give(&queue, i, BUFFER_BYTES);
    for (unsigned round = 0; round < 70000; round++) { /* indices wrap at 2^16 */
        const unsigned id = round * 5 % QUEUE_ENTRIES;
        device_done(id, round % (BUFFER_BYTES + 1));
        REQUIRE(queue_take(&queue, &index, &size) == OK);
        CHECK(index == id && size == round % (BUFFER_BYTES + 1));
        CHECK_EQUAL(queue_take(&queue, &index, &size), EMPTY);
        queue_give(&queue, id, BUFFER_BYTES);
        CHECK_EQUAL(memory.available.index, (uint16_t)(QUEUE_ENTRIES + round + 1));
    }
}

TEST("a device that returns what it has not, or too much, breaks the protocol")
{
    static const struct {
        uint32_t id, size_bytes, ahead;
    } wrong[] = {
        {1, 0, 0},             /* buffer 1 was not given */
        {QUEUE_ENTRIES, 0, 0}, /* there is no such buffer */
        {~0u, 0, 0},
        {0, BUFFER_BYTES + 1, 0}, /* more than there is room for */
        {0, ~0u, 0},
        {0, 0, QUEUE_ENTRIES}, /* more buffers than there are */
        {0, 0, 0xfff0},
    };
    for (unsigned i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        unsigned index = 99;
        uint32_t size = 99;
        begin(true);
        queue_give(&queue, 0, BUFFER_BYTES);
        device_done(wrong[i].id, wrong[i].size_bytes);
        memory.used.index += (uint16_t)wrong[i].ahead;
        CHECK_EQUAL(queue_take(&queue, &index, &size), PROTOCOL);
        CHECK_EQUAL(index, 99);
        CHECK_EQUAL(size, 99);
    }
}

TEST("a device cannot return one buffer twice")
{
    unsigned index;
    uint32_t size;
    begin(true);
    queue_give(&queue, 2, BUFFER_BYTES);
    device_done(2, 1);
    device_done(2, 1);
    CHECK_EQUAL(queue_take(&queue, &index, &size), OK);
    CHECK_EQUAL(queue_take(&queue, &index, &size), PROTOCOL);
}

TEST("whatever a device writes, the driver gets only buffers that the device had")
{
    bool with_device[QUEUE_ENTRIES] = {false};
    begin(true);
    for (unsigned round = 0; round < 200000; round++) {
        unsigned index;
        uint32_t size;
        uint8_t *bytes = (uint8_t *)&memory;
        bytes[unit_random_below(sizeof(memory))] = (uint8_t)unit_random_below(12);
        if (unit_random_below(2) == 0)
            memory.used.index = (uint16_t)(queue.next_used + unit_random_below(3));
        const unsigned free = queue_free(&queue);
        if (free < QUEUE_ENTRIES) {
            queue_give(&queue, free, BUFFER_BYTES);
            CHECK(!with_device[free]);
            with_device[free] = true;
        }
        if (queue_take(&queue, &index, &size) != OK)
            continue;
        REQUIRE(index < QUEUE_ENTRIES);
        CHECK(with_device[index] && size <= BUFFER_BYTES);
        with_device[index] = false;
    }
}
