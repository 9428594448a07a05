/**
 * box.h - a whole machine in a box: booted small, copied, put back, told apart from others.
 *
 * The machine is the host port's RAM, as far as the box uses it, and all variables of the core and
 * the port (machine.lds).
 */
#pragma once

#include "tests/oracle/oracle.h"

#define BOX_SLOT_MEMORY INIT_SLOT_FIRST_UNTYPED /* init's: an Untyped of BOX_MEMORY_LOG2 */
#define BOX_SLOT_DEVICE 17u
#define BOX_SLOT_LARGE  18u /* an Untyped with room for pages of 2 MiB; only Regions come of it */
#define BOX_MEMORY_LOG2 17u
#define BOX_DEVICE_LOG2 14u
#define BOX_LARGE_LOG2  22u

/** box_boot - power on, and boot until init runs. */
void box_boot(void);

/** box_close - nothing more will be taken out of BOX_SLOT_MEMORY: no more of it is copied. The
 * machine is at its start. */
void box_close(void);

/** box_at_close - where what is at @at was kept when the box was closed. */
const void *box_at_close(const void *at);

/** box_bytes - the size of a copy. */
size_t box_bytes(void);

void box_save(uint8_t *copy);
void box_restore(const uint8_t *copy);

/** box_perform - @event happens to the machine. */
void box_perform(const struct oracle_event *event);

/**
 * box_hash - equal for states that no operation can tell apart.
 *
 * All of the kernel's variables and of the memory of live objects and page tables count, but for
 * what canon.c says: times count as distances from now, and what the kernel calls stale does not.
 */
uint64_t box_hash(void);
