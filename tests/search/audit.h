/**
 * audit.h - which operations a search has performed, and what came of them.
 *
 * tests/tools/test_search.py compares it with abi/object.def.
 */
#pragma once

#include "tests/search/search.h"

/** audit_before - @action is about to happen. */
void audit_before(const struct action *action);

/** audit_after - it has. */
void audit_after(void);

/** audit_print - a line for each operation and outcome: "# audit TYPE OPERATION OUTCOME COUNT", in
 * numbers; an outcome is a status, "waits" or "interrupted". What a thread that waited finds at
 * last counts for the plain call or receive of the object. */
void audit_print(void);
