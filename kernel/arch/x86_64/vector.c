/*
 * vector.c - which vector registers there are.
 */
#include "kernel/arch/x86_64/parts.h"
#include "port/vector.h"

uint64_t state_mask = STATE_X87_SSE;
uint32_t vector_bytes = sizeof(struct vector_area);
bool vector_has_xsave;

COLD void vector_init(const struct boot_handover *handover)
{
    if (handover->vector_components == 0)
        return;
    vector_has_xsave = true;
    state_mask = handover->vector_components;
    vector_bytes = (uint32_t)handover->vector_bytes;
}
