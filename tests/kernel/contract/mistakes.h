/**
 * mistakes.h - the watch itself is tested first: cases that must be failed.
 */
#pragma once

#include "run.h"

extern const uint32_t mistakes_count;

/** mistake_run - run one; it passes if the watch failed it for the right reason. Its sentence. */
const char *mistake_run(uint32_t index, struct result *result);
