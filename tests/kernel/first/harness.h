/**
 * harness.h - cases in the place of init: no components, no driver, no log but the UART.
 *
 * Each case makes its objects in slots from first_slot() on, of first_untyped. Afterwards those
 * slots are emptied, the Untyped is reset, and all of its memory must be back. A failed check ends
 * the machine.
 */
#pragma once

#include "abi/bootinfo.h"
#include "tests/kernel/contract/test.h"

#define FIRST_UNTYPED_LOG2 20

extern const struct bootinfo *first_boot;
extern cap_t first_untyped; /* FIRST_UNTYPED_LOG2 bytes at least */

/** first_run - all cases of @suite, then the machine's end. */
NORETURN void first_run(const struct bootinfo *boot, const struct test_suite *suite);

/** first_slot - an empty slot. first_make - an object of first_untyped. */
cap_t first_slot(void);
cap_t first_make(enum object_type type, uint64_t size_log2, uint64_t flags);

/** first_now - the kernel's clock. */
nanos_t first_now(void);
