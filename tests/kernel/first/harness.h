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

/** first_run - all cases of @suites, a list with NULL at its end, then the machine's end. */
NORETURN void first_run(const struct bootinfo *boot, const struct test_suite *const *suites);

/** first_slot - an empty slot. first_make - an object of first_untyped. */
cap_t first_slot(void);
cap_t first_make(enum object_type type, uint64_t size_log2, uint64_t flags);

/** first_now - the kernel's clock. */
nanos_t first_now(void);

/* The cases. */
extern const struct test_suite first_suite, first_line_suite, first_port_suite,
    first_processors_suite;

/** type_of - what a slot holds. copy_of - a copy with @rights in a slot from first_slot(). issue -
 * an interrupt line. */
uint64_t type_of(cap_t slot);
cap_t copy_of(cap_t slot, uint64_t rights);
status_t issue(uint64_t line, uint64_t trigger, uint64_t polarity, cap_t to);

#define US NANOS_PER_US
#define MS NANOS_PER_MS

#define TRIGGER_EDGE  0u
#define TRIGGER_LEVEL 1u
