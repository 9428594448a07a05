/**
 * value.h - what the values of operations mean in the machine's state.
 */
#pragma once

#include "tests/fuzz/op.h"

/** value_of - whoever runs gives the slots their meaning. */
uint64_t value_of(struct value value);

/** value_slot - a slot in a tag, see struct op; @empty: above 127 the empty ones count. */
uint64_t value_slot(uint8_t n, bool empty);
