/**
 * alarm.h - a device that interrupts once, at the instruction for which it was told to: what the
 * manifest grants to those who measure or test interrupts. Which one that is, each port says
 * (sdk/arch/PORT/alarm.c).
 *
 * It counts a span from the last write of a start, and that write can be at any instruction.
 */
#pragma once

#include <corm/status.h>
#include "abi/message.h"
#include "lib/base/types.h"

struct alarm {
    cap_t irq;
    cap_t ports;   /* 0 where the device has registers in memory */
    uint64_t base; /* the first port, or the address of the registers */
    uint64_t next; /* what is left to write: between load and start */
};

/** alarm_find - the device of the manifest, stopped; DENIED if there is none. */
MUST_USE status_t alarm_find(struct alarm *alarm);

/** alarm_stop - the line is not raised, nor will it be before the next start. */
MUST_USE status_t alarm_stop(const struct alarm *alarm);

/**
 * alarm_load - stop, and all of a start but its last write.
 * @least_ns: how long it must last at least; at most 50 ms
 * @span_ns:  how long it will: the next that the device can count, up to a second
 */
MUST_USE status_t alarm_load(struct alarm *alarm, nanos_t least_ns, nanos_t *span_ns);

/** alarm_start - the line rises the loaded span from here. As many instructions each time. */
MUST_USE status_t alarm_start(const struct alarm *alarm);

/** alarm_quiet - the line falls, where it stays raised: before the line is acknowledged. */
void alarm_quiet(const struct alarm *alarm);
