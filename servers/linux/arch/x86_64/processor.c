/*
 * processor.c - what the processor has for programs and for the source of randomness, x86_64.
 */
#include "machine/registers.h"
#include "servers/linux/arch/x86_64/vector.h"
#include "servers/linux/machine.h"

#define CPUID_FEATURES  1
#define SIGNAL_OVERHEAD 1024 /* a handler's frame beside the vector state, with alignment */
#define RDRAND_TRIES    32   /* Intel SDM vol. 1 §7.3.17.1 asks for ten */

static uint32_t processor_features(void)
{
    uint32_t a = CPUID_FEATURES, b, c = 0, d;
    __asm__ volatile("cpuid" : "+a"(a), "=b"(b), "+c"(c), "=d"(d));
    return d;
}

/* It is the same on every processor. */
void machine_start(uint64_t address_end) { ASSERT(address_end == GUEST_ADDRESS_END); }

struct machine_auxiliary machine_auxiliary(void)
{
    return (struct machine_auxiliary){.hwcap = processor_features(),
                                      .frame_bytes = guest_vector_bytes() + SIGNAL_OVERHEAD};
}

bool machine_random(uint64_t *word)
{
    for (unsigned i = 0; i < RDRAND_TRIES; i++) {
        uint8_t good;
        __asm__ volatile("rdrand %0\n\tsetc %1" : "=r"(*word), "=qm"(good) : : "cc");
        if (good)
            return true;
    }
    return false;
}
