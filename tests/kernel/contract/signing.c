/**
 * signing.c - pointer authentication of user level (Arm ARM D8.9), which the boot stage switches
 * on.
 */
#include "test.h"

#define POINTER  0x0000123456789ab0ull
#define ATTEMPTS 64u
#define MOST     48u /* a signature has so few bits that some are those of no signature */

/* PACIA1716 and AUTIA1716: hints, which a processor without them takes for NOP. */
static uint64_t sign(uint64_t pointer, uint64_t modifier)
{
    register uint64_t x16 __asm__("x16") = modifier, x17 __asm__("x17") = pointer;
    __asm__ volatile("hint #8" : "+r"(x17) : "r"(x16));
    return x17;
}

static uint64_t authenticate(uint64_t pointer, uint64_t modifier)
{
    register uint64_t x16 __asm__("x16") = modifier, x17 __asm__("x17") = pointer;
    __asm__ volatile("hint #12" : "+r"(x17) : "r"(x16));
    return x17;
}

static void signed_and_back(void)
{
    uint32_t changed = 0;
    for (uint64_t modifier = 0; modifier < ATTEMPTS; modifier++) {
        const uint64_t with = sign(POINTER, modifier);
        changed += with != POINTER;
        CHECK_EQUAL(authenticate(with, modifier), POINTER);
    }
    CHECK(changed >= MOST);
}

static void by_modifier(void)
{
    const uint64_t first = sign(POINTER, 0);
    uint32_t others = 0;
    for (uint64_t modifier = 1; modifier <= ATTEMPTS; modifier++)
        others += sign(POINTER, modifier) != first;
    CHECK(others >= MOST);
}

TEST_SUITE(signing,
           {"a pointer that is signed is another one, and itself when it is authenticated",
            signed_and_back},
           {"a signature is good for one modifier", by_modifier});
