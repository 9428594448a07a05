/**
 * poke.h - a write that may fault, at an instruction that is known.
 */
#pragma once

#include <stdint.h>

extern const char poke_instruction[], poke_next[];

/** poke - write @value at @address. */
void poke(uint64_t address, uint64_t value);
