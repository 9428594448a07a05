/**
 * bits.c - what gcc calls to count zeros where the processor cannot (extension Zbb).
 *
 * Halving: each step asks whether the wanted bit is in the lower half of what is left.
 */
#include "lib/base/types.h"

int __ctzdi2(uint64_t value);
int __clzdi2(uint64_t value);

int __ctzdi2(uint64_t value)
{
    int count = 0;
    for (int half = 32; half > 0; half /= 2) {
        if ((value & ((1ull << half) - 1)) == 0) {
            value >>= half;
            count += half;
        }
    }
    return count;
}

int __clzdi2(uint64_t value)
{
    int count = 0;
    for (int half = 32; half > 0; half /= 2) {
        if (value >> (64 - half) == 0) {
            value <<= half;
            count += half;
        }
    }
    return count;
}
