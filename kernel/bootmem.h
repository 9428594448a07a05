/*
 * bootmem.h - the machine's memory while the kernel builds init: taken from here, and at last given
 * away whole.
 */
#pragma once

#include "kernel/arch.h"

/** bootmem_init - the free memory is all of boot->ram that is not in boot->taken. */
void bootmem_init(const struct boot_description *boot);

/** bootmem_take - zeroed memory, aligned to @alignment (a power of two); panics when there is none.
 */
paddr_t bootmem_take(uint64_t bytes, uint64_t alignment);

/** bootmem_taken_bytes - all that was taken so far. */
uint64_t bootmem_taken_bytes(void);

/** bootmem_next_piece - hand out the free memory as power-of-two pieces, largest part of each range
 * first. */
bool bootmem_next_piece(paddr_t *base, unsigned *size_log2);

/** range_next_piece - cut the largest aligned power-of-two piece off the front of @range; false
 * when empty. */
bool range_next_piece(struct boot_range *range, paddr_t *base, unsigned *size_log2);
