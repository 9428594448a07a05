/**
 * devices.c - who gets which device: what the manifest names, and what the device server has found.
 *
 * The manifest names lines and ports itself, or says what the device tree calls a device. Then the
 * device server starts first and alone, writes the list (abi/devices.h) and ends; init reads it
 * when nobody can write it any more, checks each entry against what it holds, and starts the
 * others. All of it is made once and outlives components, which get children of it at each start.
 */
#include "servers/init/init.h"

#include <corm/kernel_calls.h>
#include <corm/status_name.h>
#include "lib/base/string.h"

#define RIGHTS_RW     (REGION_RIGHT_READ | REGION_RIGHT_WRITE)
#define TRIGGER_LEVEL 1u
#define TRIGGER_LOW   2u
#define PREFIX_BYTES  (sizeof(MANIFEST_TREE_PREFIX) - 1)

/** The piece of memory that a component and its device share: its own for good. */
static void carve_dma(struct init *init, const struct init_device *device, const char *whom)
{
    const unsigned log2 = bits_highest(device->spec->size);
    const struct memory_pool *pool = memory_take(&init->memory, log2);
    if (pool == NULL)
        report_fatal("this machine has too little memory for the device of %s", whom);
    must(untyped_retype(pool->slot, OBJECT_REGION, log2, 0, INIT_SLOT_TABLE, device->slot),
         "making memory for the device of", whom);
}

void devices_plan(struct init *init)
{
    uint32_t counts[MANIFEST_COMPONENTS_MAX] = {0};
    for (uint32_t i = 0; i < init->manifest->count_devices; i++) {
        const struct manifest_device *spec = &init->manifest->devices[i];
        const char *whom = init->components[spec->component].spec->name;
        struct init_device *device = &init->devices[i];
        *device = (struct init_device){.spec = spec,
                                       .index = counts[spec->component]++,
                                       .slot = init->slots.devices + i,
                                       .signal_slot = init->slots.irq_signals + i,
                                       .base = spec->base,
                                       .size = spec->size};
        if (device->index >= COMPONENT_DEVICES_MAX)
            report_fatal("%s has too many devices", whom);
        if (spec->kind == DEVICE_DMA)
            carve_dma(init, device, whom);
    }
}

/** Issue the line of @device and let it signal the Notification of its component. */
static status_t create_irq(const struct init *init, const struct init_device *device)
{
    const struct component *component = &init->components[device->spec->component];
    status_t status =
        irq_control_issue(INIT_SLOT_IRQ_CONTROL, device->base, (device->size & TRIGGER_LEVEL) != 0,
                          (device->size & TRIGGER_LOW) != 0, INIT_SLOT_TABLE, device->slot);
    if (status == OK)
        status = mint(part_slot(component, PART_NOTIFICATION), INIT_SLOT_TABLE, device->signal_slot,
                      NOTIFICATION_RIGHT_SIGNAL, BIT(SIGNAL_DEVICE + device->index));
    return status == OK ? irq_bind(device->slot, device->signal_slot) : status;
}

void devices_create(struct init *init)
{
    for (uint32_t i = 0; i < init->manifest->count_devices; i++) {
        struct init_device *device = &init->devices[i];
        uint64_t size_log2, rights, is_device;
        if (device->spec->from_tree)
            continue;
        if (device->spec->kind == DEVICE_IRQ)
            must(create_irq(init, device), "issuing", device->spec->name);
        if (device->spec->kind == DEVICE_DMA)
            must(region_info(device->slot, &device->base, &size_log2, &rights, &is_device),
                 "looking at", device->spec->name);
        device->there = true;
    }
}

void devices_want(const struct init *init)
{
    struct device_list *list = init->list;
    memset(list, 0, sizeof(*list));
    for (uint32_t i = 0; i < init->manifest->count_devices; i++) {
        const struct manifest_device *spec = &init->manifest->devices[i];
        if (!spec->from_tree || spec->kind != DEVICE_MEMORY)
            continue;
        if (list->count_wanted == DEVICES_WANTED_MAX)
            report_fatal("this system asks for more than %u devices of the device tree",
                         DEVICES_WANTED_MAX);
        memcpy(list->wanted[list->count_wanted++], spec->name + PREFIX_BYTES,
               MANIFEST_NAME_BYTES - PREFIX_BYTES);
    }
}

/** Nobody has these pages yet. */
static bool pages_free(const struct init *init, uint64_t base, unsigned size_log2)
{
    for (uint32_t i = 0; i < init->manifest->count_devices; i++) {
        const struct init_device *device = &init->devices[i];
        if (device->there && device->spec->kind == DEVICE_MEMORY &&
            align_down(device->base, PAGE_BYTES) < base + BIT(size_log2) &&
            base < align_down(device->base, PAGE_BYTES) + BIT(device->size_log2))
            return false;
    }
    return true;
}

/** A Region of the registers, in @device's slot. */
static status_t take_pages(struct init *init, const struct init_device *device,
                           const struct registers *registers)
{
    const uint32_t whole = init->slots.device_memory + registers->piece;
    const struct bootinfo_memory *memory = &init->boot->memory[registers->piece];
    if (!pages_free(init, memory->base + registers->offset, registers->size_log2))
        return BUSY;
    if (!init->device_memory_made[registers->piece]) {
        const status_t status =
            untyped_retype(INIT_SLOT_FIRST_UNTYPED + registers->piece, OBJECT_REGION,
                           memory->size_log2, 0, INIT_SLOT_TABLE, whole);
        if (status != OK)
            return status;
        init->device_memory_made[registers->piece] = true;
    }
    return region_mint(whole, registers->offset, registers->size_log2, RIGHTS_RW, INIT_SLOT_TABLE,
                       device->slot);
}

/** Whether the registers in @device's slot are those of the device that is meant. */
static status_t probe(const struct init_device *device, const struct registers *registers,
                      bool *meant)
{
    const struct manifest_device *spec = device->spec;
    uint8_t *window;
    *meant = spec->probe_mask == 0;
    if (*meant)
        return OK;
    if (registers->skew + spec->probe_offset + sizeof(uint32_t) > BIT(registers->size_log2))
        return RANGE;
    const status_t status = space_open_window(device->slot, registers->size_log2, &window);
    if (status != OK)
        return status;
    const uint8_t *word = window + registers->skew + spec->probe_offset;
    const uint32_t value = *(const volatile uint32_t *)(uintptr_t)word;
    *meant = (value & spec->probe_mask) == spec->probe_value;
    space_close_window();
    return OK;
}

/** Give @found to @device if it is what is meant. */
static status_t try_registers(struct init *init, struct init_device *device,
                              const struct device_found *found)
{
    struct registers registers;
    bool meant = false;
    status_t status = registers_find(init->boot, found->base, found->size_bytes, &registers);
    if (status == OK)
        status = take_pages(init, device, &registers);
    if (status != OK)
        return status;
    status = probe(device, &registers, &meant);
    if (status != OK || !meant) {
        const status_t deleted = table_delete(INIT_SLOT_TABLE, device->slot);
        ASSERT(deleted == OK);
        return status;
    }
    device->base = found->base;
    device->size = found->size_bytes;
    device->size_log2 = registers.size_log2;
    device->there = true;
    return OK;
}

/** The interrupt of a device whose registers were found. */
static status_t try_line(const struct init *init, struct init_device *device,
                         const struct device_found *found)
{
    device->base = found->line;
    device->size = found->trigger & (TRIGGER_LEVEL | TRIGGER_LOW);
    const status_t status = found->line == DEVICE_NO_LINE ? RANGE : create_irq(init, device);
    device->there = status == OK;
    return status;
}

/** @device, the @wanted-th that is, and the interrupt that follows it in the manifest. */
static void take_device(struct init *init, struct init_device *device, uint32_t wanted)
{
    const struct device_list *list = init->list;
    struct init_device *next = device + 1;
    const bool has_line =
        device->spec + 1 < init->manifest->devices + init->manifest->count_devices &&
        next->spec->from_tree && next->spec->kind == DEVICE_IRQ;
    status_t status = OK;
    for (uint32_t i = 0; i < list->count_found && !device->there; i++) {
        const struct device_found *found = &list->found[i];
        if (found->wanted != wanted)
            continue;
        status = try_registers(init, device, found);
        if (device->there && has_line)
            status = try_line(init, next, found);
        if (status != OK)
            report_line("%s at 0x%lx, line %d: %s", device->spec->name, found->base,
                        (int)found->line, status_name(status));
        else if (device->there)
            report_line("%s: %s at 0x%lx, line %d",
                        init->components[device->spec->component].spec->name, device->spec->name,
                        found->base, (int)found->line);
    }
}

void devices_take(struct init *init)
{
    uint32_t wanted = 0;
    if (init->list->count_found > DEVICES_FOUND_MAX) {
        report_line("the list of devices is broken");
        return;
    }
    for (uint32_t i = 0; i < init->manifest->count_devices; i++) {
        const struct manifest_device *spec = init->devices[i].spec;
        if (spec->from_tree && spec->kind == DEVICE_MEMORY)
            take_device(init, &init->devices[i], wanted++);
    }
}

const struct init_device *devices_missing(const struct init *init,
                                          const struct component *component)
{
    for (uint32_t i = 0; i < init->manifest->count_devices; i++)
        if (init->devices[i].spec->component == component->index && !init->devices[i].there)
            return &init->devices[i];
    return NULL;
}

static status_t grant(const struct component *component, const struct init_device *device,
                      struct component_info *info)
{
    const struct manifest_device *spec = device->spec;
    const uint32_t table = part_slot(component, PART_TABLE);
    const uint32_t slot =
        SLOT_FIRST_GRANT + GRANTS_OF_SESSION * info->count_sessions + info->count_devices;
    struct component_device *entry = &info->devices[info->count_devices++];
    *entry = (struct component_device){
        .kind = spec->kind, .slot = slot, .base = device->base, .size = device->size};
    memcpy(entry->name, spec->name, sizeof(entry->name));
    if (spec->kind == DEVICE_IRQ)
        return mint(device->slot, table, slot, IRQ_RIGHT_MANAGE, 0);
    if (spec->kind == DEVICE_PORTS)
        return ioport_mint(INIT_SLOT_IOPORT, spec->base, spec->size, table, slot);
    entry->slot = 0; /* it is mapped: space.c says where */
    return OK;
}

status_t devices_grant(const struct init *init, const struct component *component,
                       struct component_info *info)
{
    status_t status = OK;
    for (uint32_t i = 0; i < init->manifest->count_devices && status == OK; i++)
        if (init->devices[i].spec->component == component->index)
            status = grant(component, &init->devices[i], info);
    return status;
}
