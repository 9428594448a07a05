/*
 * join.h - how the other processors come into the boot stage, and leave it for the kernel.
 *
 * The first processor starts them one at a time. One that comes claims its place: it exchanges
 * join_expected, if that is its identity, for JOIN_NOBODY; else it is too late, and stops. Then it
 * makes itself ready on the stack that they share, writes its index to join_arrived, and waits,
 * without a stack, for join_handover; with that it enters the kernel like the first one.
 */
#pragma once

#define JOIN_STACK_BYTES 4096

#ifndef __ASSEMBLER__
#include "boot/boot.h"

#define JOIN_NOBODY UINT64_MAX

/* What a port's entry of a processor that comes works with. */
extern uint64_t join_expected, join_entry, join_handover;
extern uint32_t join_index, join_arrived;
extern uint8_t join_stack_top[];

/** join_add - there is a processor with this identity. One that is known already, as the first one
 * is, is not added; nor are more than the kernel can have. */
void join_add(struct machine *machine, uint64_t id);

/** join_all - start the processors that there are and wait for each: afterwards the machine's list
 * has those that came. Says who did not. */
void join_all(struct machine *machine);

/** join_release - those that came enter the kernel at @entry, as the caller is about to. */
void join_release(uint64_t entry, const struct boot_handover *handover);

/* ---- What a port has ---- */

/** join_start - make a processor begin; false if it cannot be made to. */
MUST_USE bool join_start(const struct machine *machine, uint64_t id);

/** clock_now - nanoseconds of the machine's clock. */
nanos_t clock_now(const struct machine *machine);
#endif
