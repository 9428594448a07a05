/**
 * tree.c - what a flattened device tree has of the devices that are wanted (Devicetree
 * Specification 0.3; the section numbers below are its).
 */
#include "servers/device/tree.h"

#include "lib/base/check.h"
#include "servers/device/cells.h"
#include "servers/device/interrupt.h"
#include "third_party/libfdt/libfdt.h"

#define CELLS_MAX 2 /* of an address or a size: 64 bits */

/** A number of @count cells, from the @first on, the highest first (§2.2.4). */
static uint64_t cells_read(const void *cells, int first, int count)
{
    uint64_t value = 0;
    for (int i = 0; i < count; i++)
        value = value << 32 | cell_read(cells, (unsigned)(first + i));
    return value;
}

/** §2.3.4: what is not "okay" cannot be used. */
static bool usable(const void *tree, int node)
{
    int length;
    const char *status = fdt_getprop(tree, node, "status", &length);
    return status == NULL || (length == sizeof("okay") && memcmp(status, "okay", 5) == 0) ||
           (length == sizeof("ok") && memcmp(status, "ok", 3) == 0);
}

/** §2.3.8: an empty `ranges` at each bus above means that addresses are the processor's. */
static bool addresses_unchanged(const void *tree, int bus)
{
    while (bus > 0) {
        int length;
        if (fdt_getprop(tree, bus, "ranges", &length) == NULL || length != 0)
            return false;
        bus = fdt_parent_offset(tree, bus);
    }
    return bus == 0;
}

/** §2.3.6: the first entry of `reg`. */
static bool registers_of(const void *tree, int node, struct device_found *found)
{
    int length;
    const int bus = fdt_parent_offset(tree, node);
    const void *reg = fdt_getprop(tree, node, "reg", &length);
    if (bus < 0 || reg == NULL || !addresses_unchanged(tree, bus))
        return false;
    const int address_cells = fdt_address_cells(tree, bus);
    const int size_cells = fdt_size_cells(tree, bus);
    if (address_cells < 1 || address_cells > CELLS_MAX || size_cells < 1 ||
        size_cells > CELLS_MAX || length < (address_cells + size_cells) * (int)sizeof(fdt32_t))
        return false;
    found->base = cells_read(reg, 0, address_cells);
    found->size_bytes = cells_read(reg, address_cells, size_cells);
    return true;
}

static void consider(const void *tree, int node, uint32_t wanted, struct device_list *list)
{
    struct device_found found = {.wanted = wanted, .line = DEVICE_NO_LINE};
    if (list->count_found == DEVICES_FOUND_MAX || !usable(tree, node) ||
        fdt_node_check_compatible(tree, node, list->wanted[wanted]) != 0 ||
        !registers_of(tree, node, &found))
        return;
    interrupt_of(tree, node, &found);
    list->found[list->count_found++] = found;
}

/** The header of a tree that fits, with its structure where libfdt may read it: it does not look
 * whether that is aligned (§5.1). */
static bool header_sound(const void *tree, uint64_t size_bytes)
{
    return size_bytes >= sizeof(struct fdt_header) && fdt_check_header(tree) == 0 &&
           fdt_totalsize(tree) <= size_bytes && fdt_off_dt_struct(tree) % sizeof(fdt32_t) == 0;
}

status_t tree_search(const void *tree, uint64_t size_bytes, struct device_list *list)
{
    if (!header_sound(tree, size_bytes))
        return CORRUPT;
    ASSERT(list->count_wanted <= DEVICES_WANTED_MAX);
    list->count_found = 0;
    for (int node = fdt_next_node(tree, -1, NULL); node >= 0;
         node = fdt_next_node(tree, node, NULL))
        for (uint32_t wanted = 0; wanted < list->count_wanted; wanted++)
            consider(tree, node, wanted, list);
    return OK;
}
