/**
 * test_crc32.c - the CRC, against its definition.
 */
#include "lib/base/crc32.h"
#include "tests/unit/unit.h"

/** The definition, bit by bit. */
static uint32_t crc32_by_bits(uint32_t crc, const uint8_t *bytes, size_t size)
{
    crc = ~crc;
    for (size_t at = 0; at < size; at++) {
        crc ^= bytes[at];
        for (int bit = 0; bit < 8; bit++)
            crc = crc >> 1 ^ (crc & 1 ? 0xedb88320 : 0);
    }
    return ~crc;
}

TEST("the check value of CRC-32 is that of the catalogue")
{
    CHECK_EQUAL(crc32_update(0, "123456789", 9), 0xcbf43926);
    CHECK_EQUAL(crc32_update(0, "", 0), 0);
    CHECK_EQUAL(crc32_update(0, "The quick brown fox jumps over the lazy dog", 43), 0x414fa339);
}

TEST("a CRC agrees with the bitwise definition at any length, alignment and split")
{
    uint8_t data[300];
    for (int round = 0; round < 3000; round++) {
        size_t start = unit_random_below(16);
        size_t size = unit_random_below(sizeof data - start + 1);
        size_t split = unit_random_below(size + 1);
        for (size_t at = 0; at < sizeof data; at++)
            data[at] = (uint8_t)unit_random();
        uint32_t whole = crc32_by_bits(0, data + start, size);
        CHECK_EQUAL(crc32_update(0, data + start, size), whole);
        uint32_t first = crc32_update(0, data + start, split);
        CHECK_EQUAL(crc32_update(first, data + start + split, size - split), whole);
    }
}

TEST("every single byte has its own remainder")
{
    for (unsigned value = 0; value < 256; value++)
        for (size_t size = 1; size <= 8; size++) {
            uint8_t data[8] = {(uint8_t)value};
            CHECK_EQUAL(crc32_update(0, data, size), crc32_by_bits(0, data, size));
        }
}
