/*
 * keys.c - keys for pointer authentication (Arm ARM D8.9): user level signs its return addresses.
 *
 * All processes share them, on all processors; they are made anew at each boot. The kernel signs
 * nothing: its keys would have to be exchanged for user level's at each way in and out.
 */
#include "boot/aarch64/parts.h"
#include "lib/base/aarch64/instructions.h"
#include "lib/base/bits.h"
#include "lib/base/chacha20.h"

#define BLOCKS 2u

/* SCTLR_EL1: the instructions of each key do something. */
#define SCTLR_KEYS (BIT(31) | BIT(30) | BIT(27) | BIT(13))

/* APIA, APIB, APDA, APDB, APGA: low and high halves, in this order. */
static union {
    uint8_t bytes[BLOCKS][CHACHA20_BLOCK_BYTES];
    uint64_t halves[BLOCKS * CHACHA20_BLOCK_BYTES / sizeof(uint64_t)];
} keys;
static bool made;

bool keys_make(const struct range *seed)
{
    static const uint8_t purpose[CHACHA20_NONCE_BYTES] = {'s', 'i', 'g', 'n'};
    if (seed->size_bytes < CHACHA20_KEY_BYTES)
        return false;
    for (uint32_t i = 0; i < BLOCKS; i++)
        chacha20_block(keys.bytes[i], boot_memory(seed->base), i, purpose);
    made = true;
    return true;
}

uint64_t keys_load(void)
{
    const uint64_t *half = keys.halves;
    if (!made)
        return 0;
    SYSTEM_WRITE(s3_0_c2_c1_0, half[0]);
    SYSTEM_WRITE(s3_0_c2_c1_1, half[1]);
    SYSTEM_WRITE(s3_0_c2_c1_2, half[2]);
    SYSTEM_WRITE(s3_0_c2_c1_3, half[3]);
    SYSTEM_WRITE(s3_0_c2_c2_0, half[4]);
    SYSTEM_WRITE(s3_0_c2_c2_1, half[5]);
    SYSTEM_WRITE(s3_0_c2_c2_2, half[6]);
    SYSTEM_WRITE(s3_0_c2_c2_3, half[7]);
    SYSTEM_WRITE(s3_0_c2_c3_0, half[8]);
    SYSTEM_WRITE(s3_0_c2_c3_1, half[9]);
    return SCTLR_KEYS;
}
