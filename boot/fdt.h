/*
 * fdt.h - the little that the boot stage reads of a flattened device tree (Devicetree Specification
 * 0.4, chapter 5): memory, what of it is reserved, processors, and what the loader says. User level
 * finds devices in the same tree.
 */
#pragma once

#include "boot/boot.h"

/* A cell is a number of 32 bits, the highest byte first. */
#define FDT_CELL_BYTES 4u

struct fdt_property {
    const char *node, *name;
    const uint8_t *value;
    uint32_t bytes;
    uint32_t address_cells; /* of an address of this node */
};

/* What a port wants of the tree besides: called for each property, node by node; that a node is
 * another one is told by the address of its name. Properties come before those of nodes inside. */
typedef void fdt_visit(const struct fdt_property *property);

/** fdt_read - fill in @machine what the tree at @address says. Refuses to start when there is none
 * or it contradicts itself. All that is read lies in the tree, below boot_reach. @visit: NULL for
 * none. */
void fdt_read(struct machine *machine, paddr_t address, fdt_visit *visit);

/** fdt_text_equal - are two texts the same? fdt_name_is - is @name that of a node called @base,
 * perhaps with a unit address behind it? */
MUST_USE bool fdt_text_equal(const char *a, const char *b);
MUST_USE bool fdt_name_is(const char *name, const char *base);

/** fdt_cells - the number in @count cells, one or two. */
uint64_t fdt_cells(const uint8_t *at, uint32_t count);

/** fdt_number - of a property that is one. fdt_first_address - of one that begins with an address
 * of its node. Both refuse a property that is neither. */
uint64_t fdt_number(const struct fdt_property *property);
uint64_t fdt_first_address(const struct fdt_property *property);
