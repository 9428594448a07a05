/**
 * space.c - mapping, into components and into init itself.
 */
#include "servers/init/init.h"

#include <corm/kernel_calls.h>

#define RIGHTS_RW        (REGION_RIGHT_READ | REGION_RIGHT_WRITE)
#define LARGE_PAGE_BYTES (1ull << 21)

/** Where space_populate() has come to: the next free slot of the component's Space. */
struct populating {
    const struct component *component;
    uint32_t space;
    uint32_t table;
    uint32_t next_slot;    /* of the Space */
    uint32_t next_grant;   /* of the Table */
    uint64_t next_address; /* for sessions and devices */
};

status_t space_map_all(uint32_t space, uint32_t slot, uint64_t offset, uint64_t address,
                       uint64_t size_bytes, uint64_t rights)
{
    while (size_bytes > 0) {
        uint64_t done_bytes;
        const status_t status =
            space_map(space, slot, offset, address, size_bytes, rights, &done_bytes);
        if (status != OK)
            return status;
        offset += done_bytes;
        address += done_bytes;
        size_bytes -= done_bytes;
    }
    return OK;
}

status_t space_open_window(uint32_t region, unsigned size_log2, uint8_t **window)
{
    status_t status =
        space_attach(INIT_SLOT_SPACE, OWN_SPACE_WINDOW, region, WINDOW_ADDRESS, BIT(size_log2));
    if (status != OK)
        return status;
    status = space_map_all(INIT_SLOT_SPACE, OWN_SPACE_WINDOW, 0, WINDOW_ADDRESS, BIT(size_log2),
                           RIGHTS_RW);
    if (status != OK) {
        space_close_window();
        return status;
    }
    *window = (uint8_t *)(uintptr_t)WINDOW_ADDRESS;
    return OK;
}

void space_close_window(void)
{
    const status_t status = space_detach(INIT_SLOT_SPACE, OWN_SPACE_WINDOW);
    ASSERT(status == OK);
}

/** Attach @region and map [@offset, + @size_bytes) of it at @address. */
static status_t put(struct populating *p, uint32_t region, uint64_t offset, uint64_t address,
                    uint64_t size_bytes, uint64_t rights)
{
    const uint32_t slot = p->next_slot++;
    if (slot >= COMPONENT_SPACE_FIRST_FREE)
        return FULL;
    const status_t status =
        space_attach(p->space, slot, region, address, align_up(size_bytes, PAGE_BYTES));
    if (status != OK)
        return status;
    return space_map_all(p->space, slot, offset, address, align_up(size_bytes, PAGE_BYTES), rights);
}

/** What is mapped of the bundle, and where. */
struct bundle_part {
    uint64_t offset;
    uint64_t size_bytes;
    uint64_t address;
    uint64_t rights;
};

/** Map @part of the bundle; with @bundle, also grant the Regions that hold it. */
static status_t put_bundle(struct populating *p, const struct bootinfo *boot,
                           const struct bundle_part *part, struct component_bundle *bundle)
{
    uint64_t start = 0; /* of the piece, in the bundle */
    for (uint32_t i = 0; i < boot->count_memory; i++) {
        if (boot->memory[i].kind != BOOTINFO_MEMORY_BUNDLE)
            continue;
        const uint64_t end = start + BIT(boot->memory[i].size_log2);
        const uint64_t from = part->offset > start ? part->offset : start;
        const uint64_t part_end = part->offset + part->size_bytes;
        const uint64_t to = part_end < end ? part_end : end;
        const uint32_t region = INIT_SLOT_FIRST_UNTYPED + i;
        status_t status = OK;
        if (from < to)
            status = put(p, region, from - start, part->address + (from - part->offset), to - from,
                         part->rights);
        if (from < to && bundle != NULL && status == OK) {
            if (bundle->region_count++ == 0)
                *bundle = (struct component_bundle){p->next_grant, 1, part->offset - start};
            status = mint(region, p->table, p->next_grant++,
                          REGION_RIGHT_READ | REGION_RIGHT_EXECUTE, 0); /* programs run in place */
        }
        if (status != OK)
            return status;
        start = end;
    }
    return OK;
}

static status_t put_pool(struct populating *p, enum part part, uint64_t offset, uint64_t address,
                         uint64_t size_bytes)
{
    const uint64_t rights = part == PART_DATA ? RIGHTS_RW : REGION_RIGHT_READ;
    return put(p, part_slot(p->component, part), offset, address, size_bytes, rights);
}

/** A segment that is written to lies in the pool, another one where it is in the bundle. */
static status_t put_segment(struct populating *p, const struct bootinfo *boot, uint64_t index)
{
    const struct component *component = p->component;
    const struct program_segment *segment = &component->program->segments[index];
    if (segment->rights & PROGRAM_WRITE)
        return put_pool(p, PART_DATA, component->layout.segments[index], segment->address,
                        segment->memory_bytes);
    const bool code = segment->rights & PROGRAM_EXECUTE;
    const struct bundle_part part = {
        .offset = component->program_offset + segment->offset,
        .size_bytes = align_up(segment->memory_bytes, PAGE_BYTES),
        .address = segment->address,
        .rights = code ? REGION_RIGHT_READ | REGION_RIGHT_EXECUTE : REGION_RIGHT_READ,
    };
    return put_bundle(p, boot, &part, NULL);
}

static status_t put_program(struct populating *p, const struct bootinfo *boot)
{
    const struct component *component = p->component;
    const struct manifest_component *spec = component->spec;
    const struct layout *layout = &component->layout;
    status_t status = OK;
    for (uint64_t i = 0; i < component->program->segment_count && status == OK; i++)
        status = put_segment(p, boot, i);
    if (status == OK)
        status = put_pool(p, PART_CONSTANTS, layout->info, INFO_ADDRESS, INFO_BYTES);
    if (status == OK)
        status =
            put_pool(p, PART_DATA, layout->stack, STACK_TOP - spec->stack_bytes, spec->stack_bytes);
    return status;
}

static status_t put_shared(struct populating *p)
{
    const struct component *component = p->component;
    status_t status =
        put(p, part_slot(component, PART_SHARED), 0, SHARED_ADDRESS, PAGE_BYTES, RIGHTS_RW);
    if (status == OK)
        status = put(p, OWN_STATUS, 0, STATUS_ADDRESS, BIT(STATUS_PAGES_LOG2), REGION_RIGHT_READ);
    if (status == OK && component->control != NULL)
        status =
            put(p, part_slot(component, PART_CONTROL), 0, CONTROL_ADDRESS, PAGE_BYTES, RIGHTS_RW);
    return status;
}

static status_t put_sessions(struct populating *p, const struct init *init,
                             struct component_info *info)
{
    uint32_t index = 0;
    for (uint32_t i = 0; i < init->count_sessions; i++) {
        const struct init_session *session = &init->sessions[i];
        const struct manifest_session *spec = session->spec;
        if (spec->client != p->component->index && spec->provider != p->component->index)
            continue;
        struct component_session *entry = &info->sessions[index++];
        if (session->memory == NULL)
            continue;
        const status_t status =
            put(p, session->region_slot, 0, p->next_address, spec->region_bytes, RIGHTS_RW);
        if (status != OK)
            return status;
        entry->region_address = p->next_address;
        entry->region_bytes = spec->region_bytes;
        p->next_address += spec->region_bytes;
    }
    return OK;
}

/** Registers, and memory that a device uses. */
static status_t put_devices(struct populating *p, const struct init *init,
                            struct component_info *info)
{
    for (uint32_t i = 0; i < init->manifest->count_devices; i++) {
        const struct init_device *device = &init->devices[i];
        const bool dma = device->spec->kind == DEVICE_DMA;
        if (device->spec->component != p->component->index ||
            (device->spec->kind != DEVICE_MEMORY && !dma))
            continue;
        struct component_device *entry = &info->devices[device->index];
        const uint64_t skew = device->base & (PAGE_BYTES - 1);
        const uint64_t bytes = align_up(skew + device->size, PAGE_BYTES);
        const status_t status = put(p, device->slot, 0, p->next_address, bytes, RIGHTS_RW);
        if (status != OK)
            return status;
        entry->base = p->next_address + skew;
        entry->physical = dma ? device->base : 0;
        p->next_address += bytes;
    }
    return OK;
}

/** The device tree, and the list of what is found in it. */
static status_t put_tree(struct populating *p, const struct init *init, struct component_info *info)
{
    const struct bootinfo *boot = init->boot;
    const uint64_t skew = boot->device_tree_offset & (PAGE_BYTES - 1);
    const struct bundle_part part = {
        .offset = boot->device_tree_offset - skew,
        .size_bytes = align_up(skew + boot->device_tree_bytes, PAGE_BYTES),
        .address = REST_ADDRESS,
        .rights = REGION_RIGHT_READ,
    };
    devices_want(init);
    const status_t status = put(p, OWN_LIST, 0, LIST_ADDRESS, PAGE_BYTES, RIGHTS_RW);
    info->devices_address = LIST_ADDRESS;
    if (status != OK || boot->device_tree_bytes == 0)
        return status;
    info->tree_address = REST_ADDRESS + skew;
    info->tree_bytes = boot->device_tree_bytes;
    return put_bundle(p, boot, &part, NULL);
}

/** How far the physical place of the bundle's @offset is behind one where a large page could begin.
 */
static uint64_t bundle_skew(const struct bootinfo *boot, uint64_t offset)
{
    for (uint32_t i = 0; i < boot->count_memory; i++)
        if (boot->memory[i].kind == BOOTINFO_MEMORY_BUNDLE)
            return (boot->memory[i].base + offset) & (LARGE_PAGE_BYTES - 1);
    return 0;
}

/** Behind the rest of memory, so that one array describes the pages of both. */
static uint64_t bundle_place(const struct populating *p, const struct init *init)
{
    uint64_t address = REST_ADDRESS;
    for (uint32_t i = 0; p->component->takes_rest && i < init->count_rest; i++)
        address += BIT(init->rest[i].size_log2);
    return align_up(address, LARGE_PAGE_BYTES);
}

/** The world's options and its root; the root where large pages fit. */
static status_t put_world(struct populating *p, const struct init *init,
                          struct component_info *info)
{
    struct blob root, world;
    status_t status = bundle_find(init->boot, BUNDLE_ROOT, "root", &root);
    if (status == OK)
        status = bundle_find(init->boot, BUNDLE_WORLD, p->component->spec->name, &world);
    if (status == OK)
        status = put_bundle(
            p, init->boot,
            &(struct bundle_part){world.offset, world.size_bytes, WORLD_ADDRESS, REGION_RIGHT_READ},
            NULL);
    if (status != OK)
        return status;
    info->world_address = WORLD_ADDRESS;
    info->world_bytes = world.size_bytes;
    info->bundle_address = bundle_place(p, init) + bundle_skew(init->boot, root.offset);
    info->bundle_bytes = root.size_bytes;
    info->bundle_crc32 = root.crc32;
    return put_bundle(p, init->boot,
                      &(struct bundle_part){root.offset, root.size_bytes, info->bundle_address,
                                            REGION_RIGHT_READ},
                      &info->bundle);
}

static status_t put_rest(struct populating *p, const struct init *init, struct component_info *info)
{
    uint64_t address = REST_ADDRESS;
    for (uint32_t i = 0; i < init->count_rest; i++) {
        const struct rest_piece *piece = &init->rest[i];
        const uint64_t bytes = BIT(piece->size_log2);
        status_t status = put(p, piece->region_slot, 0, address, bytes, RIGHTS_RW);
        if (status == OK)
            status = mint(piece->region_slot, p->table, p->next_grant,
                          RIGHTS_RW | REGION_RIGHT_EXECUTE, 0);
        if (status != OK)
            return status;
        info->memory[i] = (struct component_memory){
            .address = address, .size_bytes = bytes, .region_slot = p->next_grant++};
        address += bytes;
    }
    info->count_memory = init->count_rest;
    return OK;
}

status_t space_populate(struct init *init, const struct component *component,
                        struct component_info *info)
{
    struct populating p = {.component = component,
                           .space = part_slot(component, PART_SPACE),
                           .table = part_slot(component, PART_TABLE),
                           .next_slot = NODE_CHUNKS_MAX,
                           .next_address = SESSIONS_ADDRESS,
                           .next_grant = SLOT_FIRST_GRANT +
                                         GRANTS_OF_SESSION * info->count_sessions +
                                         info->count_devices};
    status_t status = put_program(&p, init->boot);
    if (status == OK)
        status = put_shared(&p);
    if (status == OK)
        status = put_sessions(&p, init, info);
    if (status == OK)
        status = put_devices(&p, init, info);
    if (status == OK && component == init->finder)
        status = put_tree(&p, init, info);
    if (status == OK && component->spec->flags & COMPONENT_FLAG_ROOT)
        status = put_world(&p, init, info);
    if (status == OK && component->takes_rest)
        status = put_rest(&p, init, info);
    return status;
}
