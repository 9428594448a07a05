/*
 * bystander.h - a process that only minds its own business, and notices when something is wrong.
 */
#pragma once

#include <stdint.h>

/* Never returns. Reports whatever a correct system would not have done to it. */
__attribute__((noreturn)) void bystander_run(uint64_t seed, uint16_t family);
