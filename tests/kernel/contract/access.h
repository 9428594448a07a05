/**
 * access.h - touching memory that may not be there: a thread whose fault is caught and counted.
 */
#pragma once

#include "test.h"

#include "abi/fault.h"
#include "abi/guest.h"

enum access { ACCESS_READ, ACCESS_WRITE, ACCESS_EXECUTE };

struct access_fault {
    bool faulted;
    uint32_t label; /* enum fault_label */
    uint64_t address, code, pc, sp;
};

/** access_try - do it on a helper's thread; what came of it. Needs a free helper. */
struct access_fault access_try(enum access access, const volatile void *address);

/** access_ok - no fault. access_page_fault - a page fault there, with enum guest_access @code. */
bool access_ok(enum access access, const volatile void *address);
bool access_page_fault(enum access access, const volatile void *address, uint64_t code);

/** access_call - run @function on a helper's thread; what came of it. */
struct access_fault access_call(void (*function)(void));
