/*
 * fdt.h - the little that the boot stage reads of a flattened device tree (Devicetree Specification
 * 0.4, chapter 5): memory, what of it is reserved, processors, and what the loader says. User level
 * finds devices in the same tree.
 */
#pragma once

#include "boot/boot.h"

/** fdt_read - fill in @machine what the tree at @address says. Refuses to start when there is none
 * or it contradicts itself. All that is read lies in the tree, below boot_reach. */
void fdt_read(struct machine *machine, paddr_t address);
