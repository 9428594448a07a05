/*
 * ioport.c - I/O port ranges as capabilities: slot->value = first port, slot->a = how many.
 */
#include "kernel/arch.h"
#include "kernel/cap.h"
#include "kernel/message.h"
#include "lib/base/bits.h"

#define OUT_BYTES_MAX 32u

status_t ioport_mint(struct slot *slot, struct invocation *call)
{
    const struct ioport_mint_args *args = call->arguments;
    if (args->count == 0 || args->first < slot->value || !slot_can_derive(slot) ||
        !range_within(args->first - slot->value, args->count, slot->a))
        return RANGE;
    slot_derive(slot, call->to, true);
    call->to->value = args->first;
    call->to->a = args->count;
    return OK;
}

static bool port_allowed(const struct slot *slot, uint64_t port, uint64_t width)
{
    return (width == 1 || width == 2 || width == 4) && port >= slot->value &&
           range_within(port - slot->value, width, slot->a);
}

status_t ioport_in(struct slot *slot, struct invocation *call)
{
    const struct ioport_in_args *args = call->arguments;
    uint32_t value = 0;
    if (!port_allowed(slot, args->port, args->width))
        return RANGE;
    if (!arch_port_in((uint16_t)args->port, (unsigned)args->width, &value))
        return UNSUPPORTED;
    call->words[0] = value;
    return OK;
}

status_t ioport_out(struct slot *slot, struct invocation *call)
{
    const struct ioport_out_args *args = call->arguments;
    if (!port_allowed(slot, args->port, args->width))
        return RANGE;
    bool done = arch_port_out((uint16_t)args->port, (unsigned)args->width, (uint32_t)args->value);
    return done ? OK : UNSUPPORTED;
}

status_t ioport_out_bytes(struct slot *slot, struct invocation *call)
{
    const struct ioport_out_bytes_args *args = call->arguments;
    if (args->count > OUT_BYTES_MAX || !port_allowed(slot, args->port, 1))
        return RANGE;
    const uint64_t *bytes = &call->words[2]; /* b0 and on */
    for (unsigned i = 0; i < args->count; i++) {
        uint8_t byte = (uint8_t)(bytes[i / 8] >> (i % 8 * 8));
        if (!arch_port_out((uint16_t)args->port, 1, byte))
            return UNSUPPORTED;
    }
    return OK;
}
