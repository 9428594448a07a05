/**
 * arena.c - what init shares with components, in one Region of init's own memory.
 *
 * Status page, one page for each component and one for each that may control, the memory of every
 * session. Each is a part of the Region with the rights that its users need; init sees all of it at
 * ARENA_ADDRESS. Nothing of it changes hands when a component dies.
 */
#include "servers/init/init.h"

#include <corm/kernel_calls.h>
#include "lib/base/string.h"
#include "lib/base/log2.h"

#define PART_LOG2_MAX 30
#define NODES_UPPER   2 /* of page tables: those that arena and window have in common */
#define RIGHTS_SHARED (REGION_RIGHT_READ | REGION_RIGHT_WRITE)

/** The next place for 2^@size_log2 bytes, as an address of init's. */
static void *place(struct init *init, unsigned size_log2)
{
    const uint64_t offset = align_up(init->arena_bytes, BIT(size_log2));
    init->arena_bytes = offset + BIT(size_log2);
    return (void *)(uintptr_t)(ARENA_ADDRESS + offset);
}

static void place_sessions(struct init *init, unsigned size_log2)
{
    for (uint32_t i = 0; i < init->count_sessions; i++) {
        struct init_session *session = &init->sessions[i];
        session->spec = &init->manifest->sessions[i];
        session->region_slot = init->slots.sessions + i;
        if (session->spec->region_bytes == BIT(size_log2))
            session->memory = place(init, size_log2);
    }
}

/** Large ones first, so that aligning them wastes nothing. */
static void place_all(struct init *init)
{
    for (unsigned log2 = PART_LOG2_MAX; log2 >= PAGE_LOG2; log2--) {
        place_sessions(init, log2);
        if (log2 == STATUS_PAGES_LOG2)
            init->status = place(init, STATUS_PAGES_LOG2);
    }
    for (uint32_t i = 0; i < init->count_components; i++) {
        struct component *component = &init->components[i];
        component->shared = place(init, PAGE_LOG2);
        if (component->spec->flags & COMPONENT_FLAG_CONTROL)
            component->control = place(init, PAGE_LOG2);
        if (component == init->finder)
            init->list = place(init, PAGE_LOG2);
    }
}

/** Page-table nodes for the arena, and for the largest pool, which comes into the window. */
static void donate_nodes(struct init *init, unsigned arena_log2)
{
    unsigned pool_log2 = 0;
    for (uint32_t i = 0; i < init->count_components; i++)
        if (init->components[i].layout.pool_log2 > pool_log2)
            pool_log2 = init->components[i].layout.pool_log2;
    const uint64_t nodes =
        NODES_UPPER + layout_nodes_of(BIT(arena_log2)) + layout_nodes_of(BIT(pool_log2));
    const unsigned log2 = bits_log2_ceil(nodes * PAGE_BYTES);
    const struct memory_pool *pool = memory_take(&init->memory, log2);
    if (pool == NULL)
        report_fatal("this machine has too little memory for init's page tables");
    must(untyped_retype(pool->slot, OBJECT_UNTYPED, log2, 0, INIT_SLOT_TABLE, OWN_NODES), "making",
         "init's page tables");
    must(space_donate(INIT_SLOT_SPACE, OWN_SPACE_NODES, OWN_NODES), "donating nodes to", "init");
}

static void map_arena(struct init *init, unsigned size_log2)
{
    if (BIT(size_log2) > ARENA_BYTES_MAX)
        report_fatal("components share more than 2^%u bytes", bits_highest(ARENA_BYTES_MAX));
    donate_nodes(init, size_log2);
    const struct memory_pool *pool = memory_take(&init->memory, size_log2);
    if (pool == NULL)
        report_fatal("this machine has too little memory for what components share");
    must(untyped_retype(pool->slot, OBJECT_REGION, size_log2, 0, INIT_SLOT_TABLE, OWN_ARENA),
         "making", "the arena");
    must(space_attach(INIT_SLOT_SPACE, OWN_SPACE_ARENA, OWN_ARENA, ARENA_ADDRESS, BIT(size_log2)),
         "attaching", "the arena");
    must(space_map_all(INIT_SLOT_SPACE, OWN_SPACE_ARENA, 0, ARENA_ADDRESS, BIT(size_log2),
                       RIGHTS_SHARED),
         "mapping", "the arena");
    memset((void *)(uintptr_t)ARENA_ADDRESS, 0, BIT(size_log2));
}

static void mint_part(const void *address, unsigned size_log2, uint32_t rights, uint32_t slot)
{
    const uint64_t offset = (uintptr_t)address - ARENA_ADDRESS;
    must(region_mint(OWN_ARENA, offset, size_log2, rights, INIT_SLOT_TABLE, slot), "minting",
         "a part of the arena");
}

void arena_create(struct init *init)
{
    place_all(init);
    map_arena(init, bits_log2_ceil(init->arena_bytes));
    mint_part(init->status, STATUS_PAGES_LOG2, REGION_RIGHT_READ, OWN_STATUS);
    if (init->list != NULL)
        mint_part(init->list, PAGE_LOG2, RIGHTS_SHARED, OWN_LIST);
    for (uint32_t i = 0; i < init->count_sessions; i++) {
        const struct init_session *session = &init->sessions[i];
        if (session->memory != NULL)
            mint_part(session->memory, bits_highest(session->spec->region_bytes), RIGHTS_SHARED,
                      session->region_slot);
    }
    for (uint32_t i = 0; i < init->count_components; i++) {
        const struct component *component = &init->components[i];
        mint_part(component->shared, PAGE_LOG2, RIGHTS_SHARED, part_slot(component, PART_SHARED));
        if (component->control != NULL)
            mint_part(component->control, PAGE_LOG2, RIGHTS_SHARED,
                      part_slot(component, PART_CONTROL));
    }
}
