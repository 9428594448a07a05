/*
 * processor.c - what the processor has for programs and for the source of randomness, aarch64.
 *
 * The registers that say which extensions there are can be read by the kernel alone, and nobody is
 * told of more than what every processor of this kind has. A program that asks finds no more
 * either; HWCAP_CPUID, which would promise an answer to who reads those registers, is not set.
 */
#include "machine/registers.h"
#include "servers/linux/arch/aarch64/vector.h"
#include "servers/linux/machine.h"
#include "servers/linux/proc_view.h"
#include "sdk/rt/component.h"

#define HWCAP_FP    (1u << 0)
#define HWCAP_ASIMD (1u << 1)

#define RNDR_TRIES 32

/* It is the same on every processor. */
void machine_start(uint64_t address_end) { ASSERT(address_end == GUEST_ADDRESS_END); }

struct machine_auxiliary machine_auxiliary(void)
{
    return (struct machine_auxiliary){.hwcap = HWCAP_FP | HWCAP_ASIMD,
                                      .frame_bytes = signal_frame_bytes_max()};
}

bool machine_random(uint64_t *word)
{
    for (unsigned i = 0; i < RNDR_TRIES; i++) {
        uint64_t good;
        /* RNDR, which sets Z when it has nothing (Arm ARM D17.2.123) */
        __asm__ volatile("mrs %0, s3_3_c2_c4_0\n\tcset %1, ne" : "=r"(*word), "=r"(good) : : "cc");
        if (good)
            return true;
    }
    return false;
}

/* How caches are built is told to the kernel alone. */
bool proc_view_cache(unsigned index, struct proc_cache *cache)
{
    (void)index;
    *cache = (struct proc_cache){0};
    return false;
}

/* Linux counts the generic timer's ticks for this. */
void proc_view_processor(struct text *text, uint32_t number)
{
    uint64_t multiplier = component_self()->clock_multiplier; /* 2^32 ns a count */
    uint64_t khz = multiplier ? (UINT64_C(1000000) << 32) / multiplier : 0;

    text_format(text, "processor\t: %u\nBogoMIPS\t: %lu.%02lu\n", number, khz * 2 / 1000,
                khz * 2 % 1000 / 10);
    text_format(text, "Features\t: fp asimd\nCPU architecture: 8\n\n");
}

/* Every option of this architecture is about an extension that nobody is told of. */
long machine_prctl(const uint64_t args[6])
{
    (void)args;
    return -EINVAL;
}
