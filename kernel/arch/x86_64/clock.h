/*
 * clock.h - time from the TSC, the timer of the local APIC.
 */
#ifndef X86_64_CLOCK_H
#define X86_64_CLOCK_H

struct boot_description;

/** clock_init - calibrate (at most 10 ms); the kernel clock starts at 0 here. After apic_init. */
void clock_init(struct boot_description *boot);

/** clock_timer_interrupt - VECTOR_TIMER came: time_expired() if the deadline is reached. */
void clock_timer_interrupt(void);

#endif
