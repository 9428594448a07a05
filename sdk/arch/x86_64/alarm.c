/**
 * alarm.c - channel 0 of a PC's interval timer (Intel 82C54), of which each tick is 838 ns. Its
 * line is an edge.
 */
#include "sdk/kit/alarm.h"

#include <corm/kernel_calls.h>
#include "sdk/rt/component.h"

#define ALARM_HZ     1193182ull
#define PORT_DATA    0u
#define PORT_COMMAND 3u
#define ONE_SHOT     0x30u /* channel 0, low then high byte, mode 0: rises on terminal count */

status_t alarm_find(struct alarm *alarm)
{
    const struct component_info *info = component_self();
    const struct component_device *irq = component_device(info, DEVICE_IRQ);
    const struct component_device *ports = component_device(info, DEVICE_PORTS);
    if (irq == NULL || ports == NULL)
        return DENIED;
    *alarm = (struct alarm){.irq = irq->slot, .ports = ports->slot, .base = ports->base};
    return alarm_stop(alarm);
}

status_t alarm_stop(const struct alarm *alarm)
{
    return ioport_out(alarm->ports, alarm->base + PORT_COMMAND, 1, ONE_SHOT);
}

/* What so many ticks last, as the emulator rounds. */
static nanos_t span_of(uint64_t ticks) { return ticks * NANOS_PER_S / ALARM_HZ; }

status_t alarm_load(struct alarm *alarm, nanos_t least_ns, nanos_t *span_ns)
{
    uint64_t ticks = least_ns * ALARM_HZ / NANOS_PER_S;
    while (ticks == 0 || span_of(ticks) < least_ns)
        ticks++;
    status_t status = alarm_stop(alarm);
    if (status != OK)
        return status;
    alarm->next = ticks >> 8;
    *span_ns = span_of(ticks);
    return ioport_out(alarm->ports, alarm->base + PORT_DATA, 1, ticks & 0xff);
}

status_t alarm_start(const struct alarm *alarm)
{
    return ioport_out(alarm->ports, alarm->base + PORT_DATA, 1, alarm->next);
}

void alarm_quiet(const struct alarm *alarm) { (void)alarm; }
