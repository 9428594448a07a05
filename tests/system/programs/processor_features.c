/*
 * processor_features.c - /proc/cpuinfo names what a program can use: no state that the system does
 * not switch, and no key that it does not have.
 * x86_64 only: what is asked is CPUID.
 */
#include "show.h"

#include <cpuid.h>
#include <stdbool.h>

#define SSE_AND_AVX 6u

static char flags[16384];

static void read_flags(void)
{
    FILE *file = fopen("/proc/cpuinfo", "r");
    NEED(file);
    do {
        NEED(fgets(flags, sizeof(flags), file));
    } while (strncmp(flags, "flags", 5) != 0);
    fclose(file);
    flags[strcspn(flags, "\n")] = ' ';
}

static bool listed(const char *name)
{
    char word[64];
    snprintf(word, sizeof(word), " %s ", name);
    return strstr(flags, word) != NULL;
}

static bool avx_is_switched(void)
{
    unsigned low, high;
    __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
    return (low & SSE_AND_AVX) == SSE_AND_AVX;
}

int main(void)
{
    unsigned a, b, c, d, more_b = 0, more_c = 0;

    read_flags();
    NEED(__get_cpuid(1, &a, &b, &c, &d));
    NEED(__get_cpuid_count(7, 0, &a, &more_b, &more_c, &d));
    const bool xsave = c & bit_OSXSAVE, avx = xsave && avx_is_switched();
    SHOW(listed("sse2") && listed("lm") && listed("syscall"));
    SHOW(listed("xsave") == xsave);
    SHOW(listed("avx") == (avx && (c & bit_AVX)));
    SHOW(listed("fma") == (avx && (c & bit_FMA)));
    SHOW(listed("f16c") == (avx && (c & bit_F16C)));
    SHOW(listed("avx2") == (avx && (more_b & bit_AVX2)));
    SHOW(listed("vaes") == (avx && (more_c & bit_VAES)));
    SHOW(listed("pku") == ((more_c & bit_OSPKE) != 0));
    SHOW(listed("ospke") == ((more_c & bit_OSPKE) != 0));
    SHOW(listed("popcnt") == ((c & bit_POPCNT) != 0));
    SHOW(listed("aes") == ((c & bit_AES) != 0));
    return 0;
}
