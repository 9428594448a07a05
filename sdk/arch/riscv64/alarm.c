/**
 * alarm.c - the alarm of an emulated machine's real-time clock, a "goldfish" (Android emulator,
 * docs/GOLDFISH-VIRTUAL-HARDWARE.TXT, part VI, "Goldfish timer"; QEMU's hw/rtc/goldfish_rtc.c), to
 * the nanosecond. Its line stays raised.
 */
#include "sdk/kit/alarm.h"

#include "sdk/rt/component.h"

enum clock_register {
    CLOCK_TIME_LOW = 0x00, /* reading it keeps the upper half for what follows */
    CLOCK_TIME_HIGH = 0x04,
    CLOCK_ALARM_LOW = 0x08, /* writing it sets the alarm */
    CLOCK_ALARM_HIGH = 0x0c,
    CLOCK_ENABLED = 0x10,
    CLOCK_CLEAR_ALARM = 0x14,
    CLOCK_CLEAR_INTERRUPT = 0x1c,
    CLOCK_REGISTERS = 0x20, /* bytes of those */
};

static volatile uint32_t *reg(const struct alarm *alarm, enum clock_register which)
{
    return (volatile uint32_t *)(uintptr_t)(alarm->base + which);
}

status_t alarm_find(struct alarm *alarm)
{
    const struct component_info *info = component_self();
    const struct component_device *irq = component_device(info, DEVICE_IRQ);
    const struct component_device *registers = component_device(info, DEVICE_MEMORY);
    if (irq == NULL || registers == NULL || registers->size < CLOCK_REGISTERS)
        return DENIED;
    *alarm = (struct alarm){.irq = irq->slot, .base = registers->base};
    const status_t status = alarm_stop(alarm);
    *reg(alarm, CLOCK_ENABLED) = 1;
    return status;
}

status_t alarm_stop(const struct alarm *alarm)
{
    *reg(alarm, CLOCK_CLEAR_ALARM) = 1;
    alarm_quiet(alarm);
    return OK;
}

status_t alarm_load(struct alarm *alarm, nanos_t least_ns, nanos_t *span_ns)
{
    alarm->next = least_ns;
    *span_ns = least_ns;
    return alarm_stop(alarm);
}

/* The span counts from the first access; it must not be over at the last one. */
status_t alarm_start(const struct alarm *alarm)
{
    const uint64_t low = *reg(alarm, CLOCK_TIME_LOW);
    const uint64_t at = ((uint64_t)*reg(alarm, CLOCK_TIME_HIGH) << 32 | low) + alarm->next;
    *reg(alarm, CLOCK_ALARM_HIGH) = (uint32_t)(at >> 32);
    *reg(alarm, CLOCK_ALARM_LOW) = (uint32_t)at;
    return OK;
}

void alarm_quiet(const struct alarm *alarm) { *reg(alarm, CLOCK_CLEAR_INTERRUPT) = 1; }
