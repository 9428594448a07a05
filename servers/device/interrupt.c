/**
 * interrupt.c - which interrupt a device of a device tree has.
 *
 * What the cells of a specifier mean is its controller's to say (Devicetree Specification 0.3,
 * §2.4; Linux, Documentation/devicetree/bindings/interrupt-controller).
 */
#include "servers/device/interrupt.h"

#include "lib/base/types.h"
#include "servers/device/cells.h"
#include "third_party/libfdt/libfdt.h"

#define TRIGGER_LEVEL 1u
#define TRIGGER_LOW   2u

/* arm,gic.yaml: kind, number, flags. The kernel's lines are those that all processors share; those
 * that each has of its own are its timer and the like, and nobody else's. */
#define GIC_SHARED     0u
#define GIC_SHARED_MAX 988u
#define GIC_FALLING    2u
#define GIC_LEVEL_HIGH 4u
#define GIC_LEVEL_LOW  8u

static void read_gic(const void *cells, struct device_found *found)
{
    const uint32_t kind = cell_read(cells, 0), number = cell_read(cells, 1);
    const uint32_t flags = cell_read(cells, 2);
    if (kind == GIC_SHARED && number < GIC_SHARED_MAX)
        found->line = number;
    found->trigger = (flags & (GIC_LEVEL_HIGH | GIC_LEVEL_LOW) ? TRIGGER_LEVEL : 0) |
                     (flags & (GIC_FALLING | GIC_LEVEL_LOW) ? TRIGGER_LOW : 0);
}

/* sifive,plic-1.0.0.yaml: the number; 0 is none. The controller keeps what it was told until it is
 * answered, which is a level to its user. */
static void read_plic(const void *cells, struct device_found *found)
{
    const uint32_t number = cell_read(cells, 0);
    if (number != 0)
        found->line = number;
    found->trigger = TRIGGER_LEVEL;
}

static const struct controller {
    const char *name;
    uint32_t cells;
    void (*read)(const void *cells, struct device_found *found);
} controllers[] = {
    {"arm,cortex-a15-gic", 3, read_gic}, {"arm,gic-400", 3, read_gic},
    {"arm,gic-v3", 3, read_gic},         {"riscv,plic0", 1, read_plic},
    {"sifive,plic-1.0.0", 1, read_plic},
};

static const struct controller *controller_at(const void *tree, int node)
{
    for (size_t i = 0; i < ARRAY_LENGTH(controllers); i++)
        if (fdt_node_check_compatible(tree, node, controllers[i].name) == 0)
            return &controllers[i];
    return NULL;
}

/** A property of one cell of @node, 0 if there is none. */
static uint32_t cell_of(const void *tree, int node, const char *name)
{
    int length;
    const void *cell = fdt_getprop(tree, node, name, &length);
    return cell != NULL && length == (int)sizeof(fdt32_t) ? cell_read(cell, 0) : 0;
}

/** §2.4.1.2: the controller that @node or what is above it names. */
static int controller_of(const void *tree, int node)
{
    for (; node >= 0; node = fdt_parent_offset(tree, node)) {
        const uint32_t phandle = cell_of(tree, node, "interrupt-parent");
        if (phandle != 0)
            return fdt_node_offset_by_phandle(tree, phandle);
    }
    return node;
}

void interrupt_of(const void *tree, int node, struct device_found *found)
{
    int length;
    const void *cells = fdt_getprop(tree, node, "interrupts", &length);
    const int parent = cells != NULL ? controller_of(tree, node) : -1;
    const struct controller *controller = parent >= 0 ? controller_at(tree, parent) : NULL;
    if (controller == NULL || cell_of(tree, parent, "#interrupt-cells") != controller->cells ||
        length < (int)(controller->cells * sizeof(fdt32_t)))
        return;
    controller->read(cells, found);
}
