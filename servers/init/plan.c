/**
 * plan.c - who gets which memory: decided once, from the manifest and what the machine has.
 */
#include "servers/init/init.h"
#include "lib/base/bits.h"
#include "lib/base/log2.h"

#include <corm/kernel_calls.h>

#define OBJECT_LOG2_MAX 9 /* an Endpoint, a Notification or a Sched takes at most this */
#define OBJECTS_EACH    2 /* of those, a component needs */
#define OBJECTS_OWN     4
#define SLOT_BYTES      64u           /* of a Table */
#define SMALL_ROOM      (12ull << 10) /* Space, Thread, Sched, and the head of a Table */
#define SIZE_LOG2_MAX   40
#define SPACE_PARTS     7 /* information, stack; three shared pages; world options and root */
#define SHARE_LOG2_MIN  16

/** What is mapped behind each other: the memory of sessions and devices. */
static uint64_t shared_bytes(const struct init *init, uint32_t index)
{
    uint64_t bytes = 0;
    for (uint32_t i = 0; i < init->manifest->count_devices; i++) {
        const struct manifest_device *spec = &init->manifest->devices[i];
        if (spec->component == index && spec->kind == DEVICE_MEMORY)
            bytes += REGISTERS_BYTES_MAX;
        if (spec->component == index && spec->kind == DEVICE_DMA)
            bytes += spec->size;
    }
    for (uint32_t i = 0; i < init->count_sessions; i++) {
        const struct manifest_session *spec = &init->manifest->sessions[i];
        if (spec->client == index || spec->provider == index)
            bytes += spec->region_bytes;
    }
    return bytes;
}

static uint64_t bundle_bytes(const struct init *init, const struct manifest_component *spec)
{
    struct blob root;
    if (spec->flags & COMPONENT_FLAG_TREE)
        return init->boot->device_tree_bytes + PAGE_BYTES;
    if (!(spec->flags & COMPONENT_FLAG_ROOT))
        return 0;
    must(bundle_find(init->boot, BUNDLE_ROOT, "root", &root), "reading the root of", spec->name);
    return root.size_bytes;
}

static void plan_program(const struct init *init, struct component *component)
{
    struct blob blob;
    const char *name = component->spec->program;
    must(bundle_find(init->boot, BUNDLE_PROGRAM, name, &blob), "reading the program", name);
    component->program = blob.data;
    component->program_offset = blob.offset;
    must(layout_check_program(component->program, blob.size_bytes), "checking the program", name);
}

/* What building a component takes, in the order of build.c: the pool, then page-table memory, which
 * starts at a multiple of its size, then objects. */
static uint64_t building_bytes(const struct component *component)
{
    const uint64_t chunk_bytes = BIT(layout_chunk_log2(component->count_nodes));
    return align_up(BIT(component->layout.pool_log2), chunk_bytes) +
           align_up(component->count_nodes * PAGE_BYTES, chunk_bytes) +
           (SLOT_BYTES << component->table_slots_log2) + SMALL_ROOM +
           ((component->count_processors - 1ull) << OBJECT_LOG2_MAX);
}

/** Who makes objects gets slots for them; others get room for what is granted to them. */
static unsigned table_slots_log2(const struct init *init, const struct component *component)
{
    const struct manifest *manifest = init->manifest;
    if (component->spec->flags & COMPONENT_FLAG_OBJECTS)
        return component->spec->table_slots_log2;
    uint32_t slots = SLOT_FIRST_GRANT;
    for (uint32_t i = 0; i < manifest->count_sessions; i++)
        if (manifest->sessions[i].client == component->index ||
            manifest->sessions[i].provider == component->index)
            slots += GRANTS_OF_SESSION;
    for (uint32_t i = 0; i < manifest->count_devices; i++)
        slots += manifest->devices[i].component == component->index;
    if (component->takes_rest || component->spec->flags & COMPONENT_FLAG_ROOT)
        slots += REST_PIECES_MAX + init->boot->count_memory;
    return bits_log2_ceil(slots);
}

static void plan_time(struct init *init, struct component *component)
{
    component->count_processors =
        component->spec->flags & COMPONENT_FLAG_PROCESSORS ? init->boot->count_processors : 1;
    component->other_scheds = init->slots.scheds;
    for (uint32_t i = 0; i < component->index; i++)
        component->other_scheds += init->components[i].count_processors - 1;
}

static void plan_component(struct init *init, uint32_t index)
{
    const struct manifest_component *spec = &init->manifest->components[index];
    struct component *component = &init->components[index];
    *component = (struct component){
        .spec = spec, .index = index, .slots = SLOTS_COMPONENTS + index * PART_COUNT};
    plan_time(init, component);
    if (spec->flags & COMPONENT_FLAG_TREE)
        init->finder = component;
    plan_program(init, component);
    component->layout = layout_plan(component->program, spec->stack_bytes);
    component->takes_rest = spec->memory_bytes == MANIFEST_REST;
    const struct layout_extent extent = {
        .shared_bytes = shared_bytes(init, index),
        .bundle_bytes = bundle_bytes(init, spec),
        .rest_bytes = component->takes_rest ? init->boot->memory_bytes : 0,
    };
    component->count_nodes = layout_count_nodes(component->program, &extent);
    component->table_slots_log2 = table_slots_log2(init, component);
    component->memory_log2 = component->takes_rest ? bits_log2_ceil(building_bytes(component))
                                                   : bits_log2_ceil(spec->memory_bytes);
}

/** Size of the Untyped for kernel objects that @spec grants, 0 for none. */
static unsigned objects_log2(const struct manifest_component *spec, uint64_t free_bytes)
{
    if (!(spec->flags & COMPONENT_FLAG_OBJECTS) || spec->object_bytes == 0)
        return 0;
    if (!(spec->object_bytes & MANIFEST_SHARE))
        return bits_log2_ceil(spec->object_bytes);
    const uint64_t part = free_bytes / (spec->object_bytes & ~MANIFEST_SHARE);
    return part < BIT(SHARE_LOG2_MIN) ? SHARE_LOG2_MIN : bits_highest(part);
}

static void carve(struct init *init, unsigned size_log2, uint32_t slot, const char *whom)
{
    const struct memory_pool *pool = memory_take(&init->memory, size_log2);
    if (pool == NULL)
        report_fatal("this machine has too little memory: %s needs 2^%u bytes more", whom,
                     size_log2);
    must(untyped_retype(pool->slot, OBJECT_UNTYPED, size_log2, 0, INIT_SLOT_TABLE, slot),
         "carving memory for", whom);
}

/** Large ones first, so that aligning them wastes nothing. */
static void carve_components(struct init *init)
{
    for (unsigned log2 = SIZE_LOG2_MAX; log2 >= PAGE_LOG2; log2--) {
        for (uint32_t i = 0; i < init->count_components; i++) {
            const struct component *component = &init->components[i];
            if (component->memory_log2 == log2)
                carve(init, log2, part_slot(component, PART_MEMORY), component->spec->name);
            if (component->objects_log2 == log2)
                carve(init, log2, part_slot(component, PART_OBJECTS), component->spec->name);
        }
    }
}

static void rest_insert(struct init *init, struct rest_piece piece)
{
    uint32_t at = init->count_rest++;
    for (; at > 0 && init->rest[at - 1].size_log2 < piece.size_log2; at--)
        init->rest[at] = init->rest[at - 1];
    init->rest[at] = piece;
}

/** Slots that space_populate() may need of @component's Space beside those for the rest: each part
 * of the bundle takes one, and one more for each border between pieces of the bundle. */
static uint32_t count_space_slots(const struct init *init, const struct component *component)
{
    uint32_t count = NODE_CHUNKS_MAX + (uint32_t)component->program->segment_count + SPACE_PARTS;
    for (uint32_t i = 0; i < init->count_sessions; i++)
        count += init->sessions[i].spec->client == component->index ||
                 init->sessions[i].spec->provider == component->index;
    for (uint32_t i = 0; i < init->manifest->count_devices; i++)
        count += init->manifest->devices[i].component == component->index;
    for (uint32_t i = 0; i < init->boot->count_memory; i++)
        count += init->boot->memory[i].kind == BOOTINFO_MEMORY_BUNDLE;
    return count;
}

/** What is left belongs to the one component that takes it. */
static void carve_rest(struct init *init, const struct component *component)
{
    struct memory_piece pieces[REST_PIECES_MAX];
    const uint32_t others = count_space_slots(init, component);
    if (others >= COMPONENT_SPACE_FIRST_FREE)
        report_fatal("%s sees too many pieces of memory", component->spec->name);
    uint32_t max = COMPONENT_SPACE_FIRST_FREE - others;
    max = max < REST_PIECES_MAX ? max : REST_PIECES_MAX;
    const uint32_t count = memory_take_rest(&init->memory, pieces, max);
    for (uint32_t i = 0; i < count; i++) {
        const struct rest_piece piece = {.memory_slot = init->slots.rest_memory + i,
                                         .region_slot = init->slots.rest_regions + i,
                                         .size_log2 = pieces[i].size_log2};
        must(untyped_retype(pieces[i].pool_slot, OBJECT_UNTYPED, piece.size_log2, 0,
                            INIT_SLOT_TABLE, piece.memory_slot),
             "carving", "the rest of memory");
        rest_insert(init, piece);
    }
}

static bool has_tree(const struct init *init)
{
    for (uint32_t i = 0; i < init->count_components; i++)
        if (init->manifest->components[i].flags & COMPONENT_FLAG_TREE)
            return true;
    return false;
}

/** Of all components that have time on every processor: Scheds on others than the first. */
static uint32_t count_other_scheds(const struct init *init)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < init->count_components; i++)
        if (init->manifest->components[i].flags & COMPONENT_FLAG_PROCESSORS)
            count += init->boot->count_processors - 1;
    return count;
}

static void plan_slots(struct init *init)
{
    struct slot_plan *slots = &init->slots;
    slots->sessions = SLOTS_COMPONENTS + init->count_components * PART_COUNT;
    slots->devices = slots->sessions + init->count_sessions;
    slots->irq_signals = slots->devices + init->manifest->count_devices;
    slots->device_memory = slots->irq_signals + init->manifest->count_devices;
    slots->scheds = slots->device_memory + (has_tree(init) ? init->boot->count_memory : 0);
    slots->rest_memory = slots->scheds + count_other_scheds(init);
    slots->rest_regions = slots->rest_memory + REST_PIECES_MAX;
    slots->end = slots->rest_regions + REST_PIECES_MAX;
    if (slots->end > 1u << INIT_TABLE_SLOTS_LOG2)
        report_fatal("this system needs %u capability slots, %u more than init has", slots->end,
                     slots->end - (1u << INIT_TABLE_SLOTS_LOG2));
}

void plan_all(struct init *init)
{
    plan_slots(init);
    const uint64_t objects = init->count_components * OBJECTS_EACH + OBJECTS_OWN;
    carve(init, bits_log2_ceil(objects << OBJECT_LOG2_MAX), OWN_OBJECTS, "init");
    for (uint32_t i = 0; i < init->count_components; i++)
        plan_component(init, i);
    arena_create(init);
    devices_plan(init);
    const struct component *rest_taker = NULL;
    for (uint32_t i = 0; i < init->count_components; i++) {
        struct component *component = &init->components[i];
        component->objects_log2 = objects_log2(component->spec, memory_free_bytes(&init->memory));
        if (component->takes_rest)
            rest_taker = component;
    }
    carve_components(init);
    if (rest_taker != NULL)
        carve_rest(init, rest_taker);
}
