/**
 * access.c - the registers of a 16550.
 */
#include "drivers/uart/16550/access.h"

#include <corm/kernel_calls.h>
#include "drivers/uart/16550/regs.h"
#include "lib/base/check.h"
#include "lib/base/string.h"
#include "sdk/rt/component.h"

bool access_open(struct access *access, const struct component_info *info)
{
    const struct component_device *ports = component_device(info, DEVICE_PORTS);
    const struct component_device *memory = component_device(info, DEVICE_MEMORY);
    *access = (struct access){0};
    if (memory != NULL)
        access->memory = (volatile uint8_t *)(uintptr_t)memory->base;
    if (ports != NULL) {
        access->ports = ports->slot;
        access->base = (uint32_t)ports->base;
    }
    const struct component_device *granted = memory != NULL ? memory : ports;
    return granted != NULL && granted->size >= REG_COUNT;
}

uint32_t access_read(const struct access *access, uint32_t reg)
{
    uint64_t value;
    if (access->memory != NULL)
        return access->memory[reg];
    const status_t status = ioport_in(access->ports, access->base + reg, 1, &value);
    ASSERT(status == OK);
    return (uint32_t)value;
}

void access_write(const struct access *access, uint32_t reg, uint32_t value)
{
    if (access->memory != NULL) {
        access->memory[reg] = (uint8_t)value;
        return;
    }
    const status_t status = ioport_out(access->ports, access->base + reg, 1, value);
    ASSERT(status == OK);
}

void access_write_fifo(const struct access *access, const uint8_t *data, uint32_t size)
{
    uint64_t words[FIFO_BYTES / sizeof(uint64_t)] = {0};
    ASSERT(size <= FIFO_BYTES);
    for (uint32_t i = 0; access->memory != NULL && i < size; i++)
        access->memory[REG_DATA] = data[i];
    if (access->memory != NULL)
        return;
    memcpy(words, data, size);
    const status_t status =
        ioport_out_bytes(access->ports, access->base + REG_DATA, size, words[0], words[1], 0, 0);
    ASSERT(status == OK);
}
