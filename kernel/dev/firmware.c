/*
 * firmware.c - the two I/O ports that are the firmware's.
 */
#include "kernel/dev/firmware.h"

enum { PORT_POWER = 0, PORT_CONSOLE = 1 };

void arch_reset(void) { firmware_power(POWER_RESET); }

bool arch_port_in(UNUSED uint16_t port, UNUSED unsigned width, UNUSED uint32_t *value)
{
    return false;
}

bool arch_port_out(uint16_t port, unsigned width, uint32_t value)
{
    if (port == PORT_POWER && value <= POWER_RESET)
        firmware_power((enum power)value);
    if (port == PORT_CONSOLE && width == 1)
        arch_debug_write((char)value);
    return port == PORT_CONSOLE && width == 1;
}
