/**
 * interval.h - channel 0 of the interval timer (Intel 82C54), which the manifest grants, as a
 * source of single interrupts.
 *
 * Its output rises a whole number of ticks of some 838 ns after the write that starts it. That
 * write can be at any instruction, so the output can rise at any instruction.
 */
#pragma once

#include "abi/message.h"
#include "lib/base/types.h"

struct interval {
    cap_t irq, ports;
    uint64_t base;
};

/** interval_find - the devices of the manifest; ends the benchmark if they are not there. */
void interval_find(struct interval *timer);

/** interval_stop - no interrupt comes before the next start. */
void interval_stop(const struct interval *timer);

/** interval_load - stop, and all of a start but its last write. @ticks: 1 to 65535 */
void interval_load(const struct interval *timer, uint32_t ticks);

/** interval_start - the last write: the output rises @ticks, as loaded, from here. */
void interval_start(const struct interval *timer, uint32_t ticks);

/** interval_ns - what so many ticks last, as the emulator rounds. */
uint32_t interval_ns(uint32_t ticks);
