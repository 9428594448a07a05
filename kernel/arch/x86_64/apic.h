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

/* The timer counts down once from @count and then raises VECTOR_TIMER; 0 stops it. */
void lapic_timer_start(uint32_t count);
uint32_t lapic_timer_count(void);

/** lapic_timer_deadline_mode - from now on the timer waits for MSR_TSC_DEADLINE. */
void lapic_timer_deadline_mode(void);

#endif
