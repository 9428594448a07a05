/**
 * interrupt.h - which interrupt a device of a device tree has. Pure functions.
 */
#pragma once

#include "abi/devices.h"

/** interrupt_of - fill in line and trigger of @found if @node of @tree has an interrupt whose
 * controller is known; else leave them. */
void interrupt_of(const void *tree, int node, struct device_found *found);
