/**
 * phases.h - what is run on several processors at once, and by whom.
 *
 * Each processor has one client, a thread on time of that processor, and one server, which is at
 * home there and has an address space of its own. In a phase the clients of the first processors do
 * the same work at once; all else sleeps.
 */
#pragma once

#include "apps/bench/bench.h"

#define PROCESSORS_MAX 4u

/** phases_make - clients and servers on the first @processors processors. */
void phases_make(struct bench *bench, uint32_t processors);

/** phases_run - run and report those for which there are processors, one after the other. */
void phases_run(void);
