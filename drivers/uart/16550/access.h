/**
 * access.h - the registers of a 16550: eight I/O ports, or eight bytes of memory.
 */
#pragma once

#include "abi/component.h"
#include "abi/message.h"
#include "lib/base/types.h"

struct access {
    volatile uint8_t *memory; /* NULL: ports */
    cap_t ports;
    uint32_t base; /* first port */
};

/** access_open - as @info grants them; false if it does not. */
MUST_USE bool access_open(struct access *access, const struct component_info *info);

uint32_t access_read(const struct access *access, uint32_t reg);
void access_write(const struct access *access, uint32_t reg, uint32_t value);

/** access_write_fifo - @size bytes, at most FIFO_BYTES, one after the other to REG_DATA. */
void access_write_fifo(const struct access *access, const uint8_t *data, uint32_t size);
