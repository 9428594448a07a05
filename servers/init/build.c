/**
 * build.c - one component: made of its memory, and unmade.
 *
 * Everything is a child of the component's own Untypeds, so unmaking is a revoke and a reset, and
 * making it again takes exactly the same memory and slots.
 */
#include "servers/init/init.h"

#include <corm/kernel_calls.h>
#include "lib/base/string.h"
#include "sdk/ipc/invoke.h"
#include "lib/base/log2.h"

#define RIGHTS_RW (REGION_RIGHT_READ | REGION_RIGHT_WRITE)

static status_t make(const struct component *component, enum object_type type, unsigned size_log2,
                     enum part part)
{
    return untyped_retype(part_slot(component, PART_MEMORY), type, size_log2, 0, INIT_SLOT_TABLE,
                          part_slot(component, part));
}

static bool owns_objects(const struct component *component)
{
    return component->spec->flags & COMPONENT_FLAG_OBJECTS;
}

static status_t make_pool(const struct component *component)
{
    const uint32_t pool = part_slot(component, PART_POOL);
    status_t status = make(component, OBJECT_REGION, component->layout.pool_log2, PART_POOL);
    if (status == OK)
        status =
            mint(pool, INIT_SLOT_TABLE, part_slot(component, PART_CONSTANTS), REGION_RIGHT_READ, 0);
    if (status == OK)
        status = mint(pool, INIT_SLOT_TABLE, part_slot(component, PART_DATA), RIGHTS_RW, 0);
    return status;
}

/** Page-table memory: one chunk, or several of the largest size. */
static uint32_t count_chunks(const struct component *component)
{
    const unsigned log2 = layout_chunk_log2(component->count_nodes);
    return (uint32_t)(align_up(component->count_nodes * PAGE_BYTES, BIT(log2)) >> log2);
}

static status_t make_nodes(const struct component *component)
{
    status_t status = count_chunks(component) > NODE_CHUNKS_MAX ? NO_MEMORY : OK;
    for (uint32_t i = 0; i < count_chunks(component) && status == OK; i++)
        status = make(component, OBJECT_UNTYPED, layout_chunk_log2(component->count_nodes),
                      (enum part)(PART_NODES + i));
    return status;
}

static status_t donate_nodes(const struct component *component)
{
    status_t status = OK;
    for (uint32_t i = 0; i < count_chunks(component) && status == OK; i++)
        status = space_donate(part_slot(component, PART_SPACE), i,
                              part_slot(component, (enum part)(PART_NODES + i)));
    return status;
}

static status_t make_objects(struct init *init, const struct component *component)
{
    status_t status = make_pool(component);
    if (status == OK)
        status = make_nodes(component);
    if (status == OK) /* page-aligned, as what comes before it leaves off */
        status = make(component, OBJECT_SPACE, COMPONENT_SPACE_SLOTS_LOG2, PART_SPACE);
    if (status == OK)
        status = make(component, OBJECT_TABLE, component->table_slots_log2, PART_TABLE);
    if (status == OK)
        status = donate_nodes(component);
    if (status == OK)
        status = make(component, OBJECT_THREAD, 0, PART_THREAD);
    for (uint32_t i = 0; i < component->count_processors && status == OK; i++)
        status = untyped_retype(part_slot(component, PART_MEMORY), OBJECT_SCHED, 0, 0,
                                INIT_SLOT_TABLE, sched_slot(component, i));
    for (uint32_t i = 0; component->takes_rest && i < init->count_rest && status == OK; i++)
        status = untyped_retype(init->rest[i].memory_slot, OBJECT_REGION, init->rest[i].size_log2,
                                0, INIT_SLOT_TABLE, init->rest[i].region_slot);
    return status;
}

/** What a component that builds objects of its own gets beyond the rest. */
static status_t grant_objects(const struct component *component)
{
    const struct {
        uint32_t slot;
        uint32_t source;
        uint32_t rights;
    } grants[] = {
        {SLOT_TABLE, part_slot(component, PART_TABLE), TABLE_RIGHT_MANAGE},
        {SLOT_SPACE, part_slot(component, PART_SPACE), SPACE_RIGHT_MANAGE},
        {SLOT_THREAD, part_slot(component, PART_THREAD), THREAD_RIGHT_MANAGE | THREAD_RIGHT_KICK},
        {SLOT_SCHED, part_slot(component, PART_SCHED), SCHED_RIGHT_MANAGE},
        {SLOT_FAULT, part_slot(component, PART_FAULT), ENDPOINT_RIGHT_CALL},
        {SLOT_SIGNAL_SELF, part_slot(component, PART_NOTIFICATION), NOTIFICATION_RIGHT_SIGNAL},
    };
    const uint32_t table = part_slot(component, PART_TABLE);
    for (size_t i = 0; i < ARRAY_LENGTH(grants); i++) {
        const status_t status = mint(grants[i].source, table, grants[i].slot, grants[i].rights, 0);
        if (status != OK)
            return status;
    }
    for (uint32_t i = 1; i < component->count_processors; i++) {
        const status_t status =
            mint(sched_slot(component, i), table, SLOT_OTHER_SCHEDS + i - 1, SCHED_RIGHT_MANAGE, 0);
        if (status != OK)
            return status;
    }
    if (component->objects_log2 == 0)
        return OK;
    return untyped_retype(part_slot(component, PART_OBJECTS), OBJECT_UNTYPED,
                          component->objects_log2, 0, table, SLOT_UNTYPED);
}

static status_t grant_all(struct init *init, const struct component *component,
                          struct component_info *info)
{
    const uint32_t table = part_slot(component, PART_TABLE);
    status_t status = mint(part_slot(component, PART_NOTIFICATION), table, SLOT_NOTIFICATION,
                           NOTIFICATION_RIGHT_RECEIVE, 0);
    if (status == OK)
        status = services_grant(init, component, info);
    if (status == OK && info->flags & COMPONENT_SERVES)
        status = mint(part_slot(component, PART_ENDPOINT), table, SLOT_SERVICE,
                      ENDPOINT_RIGHT_RECEIVE, 0);
    if (status == OK && owns_objects(component))
        status = grant_objects(component);
    if (status == OK && component->control != NULL)
        status = mint(OWN_CONTROL, table, SLOT_CONTROL, NOTIFICATION_RIGHT_SIGNAL, 0);
    return status;
}

/** What does not depend on what is granted. */
static void describe(struct init *init, const struct component *component,
                     struct component_info *info)
{
    const struct manifest_component *spec = component->spec;
    memset(info, 0, sizeof(*info));
    info->magic = COMPONENT_MAGIC;
    memcpy(info->name, spec->name, sizeof(info->name));
    info->index = component->index;
    info->generation = status_entry(init, component)->generation;
    info->clock_multiplier = init->boot->clock_multiplier;
    info->clock_offset_ns = init->boot->clock_offset_ns;
    info->address_end = init->boot->address_end;
    info->shared_address = SHARED_ADDRESS;
    info->status_address = STATUS_ADDRESS;
    info->control_address = component->control != NULL ? CONTROL_ADDRESS : 0;
    info->object_bytes = component->objects_log2 > 0 ? BIT(component->objects_log2) : 0;
    info->table_slots_log2 = component->table_slots_log2;
    info->features = init->boot->features;
    info->priority = spec->priority;
    info->count_processors = component->count_processors;
}

/** Write the program's data into its pool, which is zero but for what a machine's start left there.
 */
static void load(const struct component *component, uint8_t *pool)
{
    const struct program_image *image = component->program;
    memset(pool, 0, BIT(component->layout.pool_log2));
    for (uint64_t i = 0; i < image->segment_count; i++)
        if (image->segments[i].rights & PROGRAM_WRITE)
            memcpy(pool + component->layout.segments[i],
                   (const uint8_t *)image + image->segments[i].offset,
                   image->segments[i].file_bytes);
}

/** Fill the pool through the window: program, then what the component is told. */
static status_t fill(struct init *init, const struct component *component)
{
    uint8_t *pool;
    status_t status =
        space_open_window(part_slot(component, PART_POOL), component->layout.pool_log2, &pool);
    if (status != OK)
        return status;
    struct component_info *info = (void *)(pool + component->layout.info);
    load(component, pool);
    describe(init, component, info);
    status = grant_all(init, component, info);
    if (status == OK)
        status = space_populate(init, component, info);
    space_close_window();
    return status;
}

/** Its part of each processor's time on which it has any. */
static status_t give_time(const struct component *component)
{
    const struct manifest_component *spec = component->spec;
    status_t status = OK;
    for (uint32_t i = 0; i < component->count_processors && status == OK; i++)
        status = sched_split(i == 0 ? INIT_SLOT_SCHED : INIT_SLOT_OTHER_SCHEDS + i - 1,
                             sched_slot(component, i), spec->budget_ns, spec->period_ns,
                             spec->slice_ns, spec->priority);
    return status;
}

static status_t start(const struct component *component)
{
    const struct manifest_component *spec = component->spec;
    const uint32_t thread = part_slot(component, PART_THREAD);
    status_t status =
        thread_configure(thread, part_slot(component, PART_TABLE), part_slot(component, PART_SPACE),
                         part_slot(component, PART_FAULT));
    if (status == OK)
        status = thread_bind_notification(thread, part_slot(component, PART_NOTIFICATION));
    if (status == OK)
        status = give_time(component);
    if (status == OK)
        status = sched_bind(part_slot(component, PART_SCHED), thread);
    if (status == OK)
        status = thread_set_floor(thread, INIT_SLOT_SCHED, spec->floor);
    if (status == OK)
        status = thread_limit_request(thread, spec->request_limit_ns);
    if (status == OK)
        status = thread_start(thread, component->program->entry, STACK_TOP, INFO_ADDRESS, 0);
    return status;
}

status_t build_component(struct init *init, struct component *component)
{
    struct component_shared *shared = component->shared;
    memset(shared, 0, sizeof(*shared));
    shared->has_seed = (init->boot->features & BOOTINFO_FEATURE_SEED) != 0;
    if (shared->has_seed)
        random_read(&init->random, shared->seed, sizeof(shared->seed));
    if (component->control != NULL) /* a request that ended its own author is not to be repeated */
        memset(component->control, 0, sizeof(*component->control));
    status_t status = make_objects(init, component);
    if (status == OK)
        status = fill(init, component);
    if (status == OK)
        status = start(component);
    if (status != OK)
        build_undo(init, component);
    return status;
}

/** Destroy what was made of @untyped and take its memory back, zeroed. Cannot fail. */
static void reclaim(uint32_t untyped)
{
    status_t status = table_revoke(INIT_SLOT_TABLE, untyped);
    if (status == OK)
        status = untyped_reset(untyped);
    ASSERT(status == OK);
}

void build_undo(struct init *init, struct component *component)
{
    reclaim(part_slot(component, PART_MEMORY));
    if (component->objects_log2 > 0)
        reclaim(part_slot(component, PART_OBJECTS));
    for (uint32_t i = 0; component->takes_rest && i < init->count_rest; i++)
        reclaim(init->rest[i].memory_slot);
}
