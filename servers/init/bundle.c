/**
 * bundle.c - what the boot bundle holds. The kernel has checked its header and table.
 */
#include "servers/init/init.h"

#include "lib/base/checked.h"
#include "lib/base/crc32.h"
#include "lib/base/string.h"

status_t bundle_find(const struct bootinfo *boot, enum bundle_type type, const char *name,
                     struct blob *blob)
{
    const struct bundle_header *header = (const void *)(uintptr_t)boot->bundle_address;
    for (uint32_t i = 0; i < header->entry_count; i++) {
        const struct bundle_entry *entry = &header->entries[i];
        if (entry->type != (uint32_t)type || strncmp(entry->name, name, BUNDLE_NAME_BYTES) != 0)
            continue;
        if (!is_aligned(entry->offset, PAGE_BYTES) ||
            !range_within(entry->offset, entry->size_bytes, boot->bundle_bytes))
            return CORRUPT;
        *blob = (struct blob){.data = (const uint8_t *)header + entry->offset,
                              .size_bytes = entry->size_bytes,
                              .offset = entry->offset,
                              .crc32 = entry->crc32};
        /* The Linux world checks its own root: that takes longer than all of init. */
        if (type != BUNDLE_ROOT && crc32_update(0, blob->data, entry->size_bytes) != entry->crc32)
            return CORRUPT;
        return OK;
    }
    return NOT_FOUND;
}

static bool name_valid(const char name[MANIFEST_NAME_BYTES])
{
    for (unsigned i = 0; i < MANIFEST_NAME_BYTES; i++)
        if (name[i] == '\0')
            return i > 0;
    return false;
}

static bool component_valid(const struct manifest_component *spec)
{
    return name_valid(spec->name) && name_valid(spec->program) && spec->priority < 256 &&
           spec->floor < 256 && spec->stack_bytes > 0 &&
           is_aligned(spec->stack_bytes, PAGE_BYTES) && spec->stack_bytes <= STACK_BYTES_MAX &&
           (spec->memory_bytes == MANIFEST_REST || is_power_of_two(spec->memory_bytes)) &&
           spec->table_slots_log2 >= MANIFEST_TABLE_LOG2_MIN &&
           spec->table_slots_log2 <= MANIFEST_TABLE_LOG2_MAX;
}

static bool session_valid(const struct manifest *manifest, const struct manifest_session *spec)
{
    const bool client_known =
        spec->client < manifest->count_components || spec->client == MANIFEST_INIT;
    return name_valid(spec->service) && client_known &&
           spec->provider < manifest->count_components && spec->client != spec->provider &&
           spec->badge != 0 &&
           (spec->region_bytes == 0 ||
            (is_power_of_two(spec->region_bytes) && spec->region_bytes >= PAGE_BYTES));
}

/** Registers that are found, or the interrupt that follows them. */
static bool from_tree_valid(const struct manifest *manifest, const struct manifest_device *spec)
{
    if (strncmp(spec->name, MANIFEST_TREE_PREFIX, sizeof(MANIFEST_TREE_PREFIX) - 1) != 0)
        return false;
    if (spec->kind == DEVICE_MEMORY)
        return spec->probe_offset % sizeof(uint32_t) == 0 &&
               spec->probe_offset < REGISTERS_BYTES_MAX;
    const struct manifest_device *registers = spec - 1;
    return spec->kind == DEVICE_IRQ && spec > manifest->devices && registers->from_tree &&
           registers->kind == DEVICE_MEMORY && registers->component == spec->component;
}

static bool device_valid(const struct manifest *manifest, const struct manifest_device *spec)
{
    if (!name_valid(spec->name) || spec->component >= manifest->count_components)
        return false;
    if (spec->from_tree)
        return from_tree_valid(manifest, spec);
    if (spec->kind == DEVICE_DMA)
        return is_power_of_two(spec->size) && spec->size >= PAGE_BYTES &&
               spec->size <= MANIFEST_DMA_BYTES_MAX;
    return spec->kind == DEVICE_IRQ || spec->kind == DEVICE_PORTS;
}

static bool counts_valid(const struct manifest *manifest)
{
    return manifest->count_components > 0 &&
           manifest->count_components <= MANIFEST_COMPONENTS_MAX &&
           manifest->count_sessions <= MANIFEST_SESSIONS_MAX &&
           manifest->count_devices <= MANIFEST_DEVICES_MAX;
}

status_t manifest_check(const struct blob *blob)
{
    const struct manifest *manifest = blob->data;
    if (blob->size_bytes != sizeof(*manifest) || manifest->magic != MANIFEST_MAGIC ||
        manifest->version != MANIFEST_VERSION || !counts_valid(manifest))
        return CORRUPT;
    for (uint32_t i = 0; i < manifest->count_components; i++)
        if (!component_valid(&manifest->components[i]))
            return CORRUPT;
    for (uint32_t i = 0; i < manifest->count_sessions; i++)
        if (!session_valid(manifest, &manifest->sessions[i]))
            return CORRUPT;
    for (uint32_t i = 0; i < manifest->count_devices; i++)
        if (!device_valid(manifest, &manifest->devices[i]))
            return CORRUPT;
    return OK;
}
