/**
 * interval.c - channel 0 of the interval timer.
 */
#include "interval.h"

#include <corm/kernel_calls.h>
#include "bench.h"
#include "sdk/rt/component.h"

#define INTERVAL_HZ  1193182ull
#define PORT_DATA    0u
#define PORT_COMMAND 3u
#define ONE_SHOT     0x30u /* channel 0, low then high byte, mode 0: rises on terminal count */

void interval_find(struct interval *timer)
{
    const struct component_info *info = component_self();
    const struct component_device *irq = component_device(info, DEVICE_IRQ);
    const struct component_device *ports = component_device(info, DEVICE_PORTS);
    if (irq == NULL || ports == NULL)
        must(DENIED, "the interval timer");
    timer->irq = irq->slot;
    timer->ports = ports->slot;
    timer->base = ports->base;
}

void interval_stop(const struct interval *timer)
{
    must(ioport_out(timer->ports, timer->base + PORT_COMMAND, 1, ONE_SHOT), "the timer's mode");
}

void interval_load(const struct interval *timer, uint32_t ticks)
{
    interval_stop(timer);
    must(ioport_out(timer->ports, timer->base + PORT_DATA, 1, ticks & 0xff), "the timer's count");
}

void interval_start(const struct interval *timer, uint32_t ticks)
{
    must(ioport_out(timer->ports, timer->base + PORT_DATA, 1, ticks >> 8), "the timer's count");
}

uint32_t interval_ns(uint32_t ticks) { return (uint32_t)(ticks * NANOS_PER_S / INTERVAL_HZ); }
