/**
 * mutate.h - inputs from inputs, operation by operation.
 */
#pragma once

#include "tests/fuzz/op.h"

/** mutate - change @ops a little. The same seed does the same. */
void mutate(struct ops *ops, uint64_t seed);

/** cross - a part of @left, then a part of @right. */
void cross(const struct ops *left, const struct ops *right, struct ops *out, uint64_t seed);

/** mutate_makes - does a mutation ever make this operation of this type of object on purpose? */
bool mutate_makes(unsigned type, unsigned op);
