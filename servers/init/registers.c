/**
 * registers.c - where a device's registers lie in what init holds.
 */
#include "servers/init/registers.h"

#include "lib/base/checked.h"
#include "lib/base/log2.h"
#include "servers/init/layout.h"

status_t registers_find(const struct bootinfo *boot, uint64_t base, uint64_t size_bytes,
                        struct registers *registers)
{
    uint64_t end;
    if (size_bytes == 0 || size_bytes > REGISTERS_BYTES_MAX ||
        !range_end_checked(base, size_bytes, &end) || end > UINT64_MAX - PAGE_BYTES)
        return RANGE;
    const uint64_t first = align_down(base, PAGE_BYTES);
    const uint64_t bytes = align_up(end, PAGE_BYTES) - first;
    if (!is_power_of_two(bytes) || !is_aligned(first, bytes))
        return RANGE;
    for (uint32_t i = 0; i < boot->count_memory; i++) {
        const struct bootinfo_memory *memory = &boot->memory[i];
        if (memory->kind != BOOTINFO_MEMORY_DEVICE || first < memory->base ||
            !range_within(first - memory->base, bytes, BIT(memory->size_log2)))
            continue;
        *registers = (struct registers){.piece = i,
                                        .offset = first - memory->base,
                                        .size_log2 = bits_highest(bytes),
                                        .skew = base - first};
        return OK;
    }
    return RANGE;
}
