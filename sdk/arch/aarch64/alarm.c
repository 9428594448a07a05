/**
 * alarm.c - the alarm of the PL031 real-time clock (Arm DDI 0224, §3.3), which counts whole
 * seconds, but from the write that sets it. Its line stays raised.
 */
#include "sdk/kit/alarm.h"

#include "sdk/rt/component.h"

enum clock_register {
    CLOCK_SECONDS = 0x00,   /* RTCDR */
    CLOCK_MATCH = 0x04,     /* RTCMR: the line rises when it is what CLOCK_SECONDS is */
    CLOCK_ENABLED = 0x10,   /* RTCIMSC */
    CLOCK_CLEAR = 0x1c,     /* RTCICR */
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

/* The second before this one comes after all others. */
status_t alarm_stop(const struct alarm *alarm)
{
    *reg(alarm, CLOCK_MATCH) = *reg(alarm, CLOCK_SECONDS) - 1;
    alarm_quiet(alarm);
    return OK;
}

status_t alarm_load(struct alarm *alarm, nanos_t least_ns, nanos_t *span_ns)
{
    alarm->next = (least_ns + NANOS_PER_S - 1) / NANOS_PER_S;
    *span_ns = alarm->next * NANOS_PER_S;
    return alarm_stop(alarm);
}

/* Where the second ends between the two accesses it is too short; then nobody sees what was to be
 * seen. */
status_t alarm_start(const struct alarm *alarm)
{
    *reg(alarm, CLOCK_MATCH) = *reg(alarm, CLOCK_SECONDS) + (uint32_t)alarm->next;
    return OK;
}

void alarm_quiet(const struct alarm *alarm) { *reg(alarm, CLOCK_CLEAR) = 1; }
