/*
 * ports.c - I/O ports for those who hold a capability to them.
 */
#include "kernel/arch.h"
#include "lib/base/x86_64/instructions.h"

bool arch_port_in(uint16_t port, unsigned width, uint32_t *value)
{
    if (width == 1)
        *value = port_read8(port);
    else if (width == 2)
        *value = port_read16(port);
    else
        *value = port_read32(port);
    return true;
}

bool arch_port_out(uint16_t port, unsigned width, uint32_t value)
{
    if (width == 1)
        port_write8(port, (uint8_t)value);
    else if (width == 2)
        port_write16(port, (uint16_t)value);
    else
        port_write32(port, value);
    return true;
}
