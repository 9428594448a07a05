/*
 * ports.c - there are no I/O ports.
 */
#include "kernel/arch.h"

bool arch_port_in(UNUSED uint16_t port, UNUSED unsigned width, UNUSED uint32_t *value)
{
    return false;
}

bool arch_port_out(UNUSED uint16_t port, UNUSED unsigned width, UNUSED uint32_t value)
{
    return false;
}
