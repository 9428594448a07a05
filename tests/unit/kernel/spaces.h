/**
 * spaces.h - for tests of Spaces: a window, and what user level reaches.
 *
 * `host_access` plays the processor.
 */
#pragma once

#include "kernel/pagetable.h"
#include "tests/unit/kernel/machine.h"

#define R  REGION_RIGHT_READ
#define W  REGION_RIGHT_WRITE
#define X  REGION_RIGHT_EXECUTE
#define RW (R | W)

#define WINDOW       0x10000000ull
#define WINDOW_BYTES 0x1000000ull

static inline struct space *space_at(uint32_t index)
{
    return (struct space *)slot_at(index)->object;
}

static inline paddr_t root_of(uint32_t space) { return space_at(space)->root; }

static inline uint64_t attach(uint32_t space, uint64_t slot, uint32_t region)
{
    return INVOKE(space, SPACE_OP_ATTACH, slot, region, WINDOW, WINDOW_BYTES);
}

static inline uint64_t map(uint32_t space, uint64_t slot, uint64_t offset, uint64_t vaddr,
                           uint64_t size, uint64_t rights)
{
    return INVOKE(space, SPACE_OP_MAP, slot, offset, vaddr, size, rights);
}

static inline bool reaches(uint32_t space, uint64_t vaddr, uint8_t rights)
{
    paddr_t address = 0;
    return host_access(root_of(space), vaddr, rights, &address);
}
