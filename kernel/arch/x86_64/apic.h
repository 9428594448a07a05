/*
 * apic.h - interrupt controllers: the processor's local APIC and the I/O APIC.
 */
#ifndef X86_64_APIC_H
#define X86_64_APIC_H

#include "lib/base/types.h"

#define IOAPIC_ADDRESS 0xfec00000ull

/** lapic_address - where the registers of the local APIC are. */
paddr_t lapic_address(void);

/** apic_init - both controllers ready, every line masked, the old PICs silent. */
void apic_init(void);

/** lapic_eoi - the interrupt in service is done. */
void lapic_eoi(void);

/* Registers of the local APIC that the clock uses. */
enum lapic_register {
    LAPIC_TIMER = 0x320,
    LAPIC_TIMER_START = 0x380, /* counts down once and then raises VECTOR_TIMER; 0 stops it */
    LAPIC_TIMER_COUNT = 0x390,
};

void lapic_write(unsigned reg, uint32_t value);
uint32_t lapic_read(unsigned reg);

#endif
