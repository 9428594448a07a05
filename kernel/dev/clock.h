/*
 * clock.h - the clock that the ports share. Each has port/clock.h for it:
 *   uint64_t counter_read(void)      what counts on all the time, at a rate that the boot stage
 *                                    knows; user level reads it as well
 *   void timer_start(uint64_t ticks) the timer comes after so many ticks of its own or before, and
 *                                    not for a time that it was started for earlier
 * and in struct arch_cpu timer_deadline and timer_programmed.
 */
#pragma once

#include "kernel/arch.h"

/** clock_init - the rates that the boot stage knows. */
void clock_init(const struct boot_handover *handover);

/** clock_timer_init - of a processor, whose timer is stopped. */
void clock_timer_init(struct arch_cpu *arch);

/** clock_timer_interrupt - the timer came and is stopped: time_expired() if the deadline is
 * reached. */
void clock_timer_interrupt(void);
