/**
 * tree.h - what a flattened device tree has of the devices that are wanted. Pure functions.
 */
#pragma once

#include <corm/status.h>
#include "abi/devices.h"
#include "lib/base/types.h"

/**
 * tree_search - complete @list with what the tree in @size_bytes of memory at @tree has.
 *
 * A device counts if the tree does not call it unusable, its first registers have an address that
 * the processor sees unchanged, and there is room in the list. Errors: CORRUPT (that is no tree).
 * In a tree that is spoilt, less is found.
 */
MUST_USE status_t tree_search(const void *tree, uint64_t size_bytes, struct device_list *list);
