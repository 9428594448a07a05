/**
 * crc32.c - crc32.h by slicing-by-8 (Kounavis and Berry, "A Systematic Approach to Building High
 * Performance Software-Based CRC Generators", 2005): less than three instructions a byte.
 *
 * remainders[k][n] is what the byte n leaves when k more bytes follow it. A remainder is linear in
 * the bits of its byte, so each row is given by its eight one-bit entries, and the preprocessor
 * combines them into constants.
 */
#include "lib/base/crc32.h"
#include "lib/base/words.h"

#define IF_BIT(n, bit, value) ((n) >> (bit)&1u ? (value) : 0u)
#define BYTE(b0, b1, b2, b3, b4, b5, b6, b7, n)                                                    \
    (IF_BIT(n, 0, b0) ^ IF_BIT(n, 1, b1) ^ IF_BIT(n, 2, b2) ^ IF_BIT(n, 3, b3) ^                   \
     IF_BIT(n, 4, b4) ^ IF_BIT(n, 5, b5) ^ IF_BIT(n, 6, b6) ^ IF_BIT(n, 7, b7))
#define BYTES_4(n, ...)                                                                            \
    BYTE(__VA_ARGS__, n), BYTE(__VA_ARGS__, (n) + 1), BYTE(__VA_ARGS__, (n) + 2),                  \
        BYTE(__VA_ARGS__, (n) + 3)
#define BYTES_16(n, ...)                                                                           \
    BYTES_4(n, __VA_ARGS__), BYTES_4((n) + 4, __VA_ARGS__), BYTES_4((n) + 8, __VA_ARGS__),         \
        BYTES_4((n) + 12, __VA_ARGS__)
#define BYTES_64(n, ...)                                                                           \
    BYTES_16(n, __VA_ARGS__), BYTES_16((n) + 16, __VA_ARGS__), BYTES_16((n) + 32, __VA_ARGS__),    \
        BYTES_16((n) + 48, __VA_ARGS__)
#define ROW(...)                                                                                   \
    {                                                                                              \
        BYTES_64(0u, __VA_ARGS__), BYTES_64(64u, __VA_ARGS__), BYTES_64(128u, __VA_ARGS__),        \
            BYTES_64(192u, __VA_ARGS__)                                                            \
    }

/* clang-format off */
static const uint32_t remainders[8][256] = {
    ROW(0x77073096, 0xee0e612c, 0x076dc419, 0x0edb8832,
        0x1db71064, 0x3b6e20c8, 0x76dc4190, 0xedb88320),
    ROW(0x191b3141, 0x32366282, 0x646cc504, 0xc8d98a08,
        0x4ac21251, 0x958424a2, 0xf0794f05, 0x3b83984b),
    ROW(0x01c26a37, 0x0384d46e, 0x0709a8dc, 0x0e1351b8,
        0x1c26a370, 0x384d46e0, 0x709a8dc0, 0xe1351b80),
    ROW(0xb8bc6765, 0xaa09c88b, 0x8f629757, 0xc5b428ef,
        0x5019579f, 0xa032af3e, 0x9b14583d, 0xed59b63b),
    ROW(0x3d6029b0, 0x7ac05360, 0xf580a6c0, 0x30704bc1,
        0x60e09782, 0xc1c12f04, 0x58f35849, 0xb1e6b092),
    ROW(0xcb5cd3a5, 0x4dc8a10b, 0x9b914216, 0xec53826d,
        0x03d6029b, 0x07ac0536, 0x0f580a6c, 0x1eb014d8),
    ROW(0xa6770bb4, 0x979f1129, 0xf44f2413, 0x33ef4e67,
        0x67de9cce, 0xcfbd399c, 0x440b7579, 0x8816eaf2),
    ROW(0xccaa009e, 0x4225077d, 0x844a0efa, 0xd3e51bb5,
        0x7cbb312b, 0xf9766256, 0x299dc2ed, 0x533b85da),
};
/* clang-format on */

static uint32_t remainder_at(unsigned row, uint64_t bits) { return remainders[row][bits & 255]; }

/** The remainder of eight bytes, the first of which is the lowest of @bits. */
static uint32_t crc_of_word(uint64_t bits)
{
    return remainder_at(7, bits) ^ remainder_at(6, bits >> 8) ^ remainder_at(5, bits >> 16) ^
           remainder_at(4, bits >> 24) ^ remainder_at(3, bits >> 32) ^ remainder_at(2, bits >> 40) ^
           remainder_at(1, bits >> 48) ^ remainder_at(0, bits >> 56);
}

uint32_t crc32_update(uint32_t crc, const void *data, size_t size)
{
    const uint8_t *bytes = data;
    crc = ~crc;
    for (; size >= sizeof(struct word); size -= sizeof(struct word)) {
        crc = crc_of_word(((const struct word *)bytes)->value ^ crc);
        bytes += sizeof(struct word);
    }
    for (; size > 0; size--)
        crc = crc >> 8 ^ remainder_at(0, crc ^ *bytes++);
    return ~crc;
}
