/**
 * peer.c - a second address space that runs this very program.
 *
 * All of a peer's private pages lie in one Region: the image from its start to its end as linked,
 * the information pages, the stack. The linker script says where the image's segments begin.
 */
#include "sdk/kit/peer.h"

#include <corm/kernel_calls.h>
#include "lib/base/log2.h"
#include "lib/base/string.h"
#include "native/cache.h"
#include "sdk/rt/component.h"

#define NODES_LOG2       17 /* 32 page-table nodes: the root, and three for each range */
#define SPACE_SLOTS_LOG2 3
#define STACK_ADDRESS    0x3100000000ull
#define RIGHTS_RX        (REGION_RIGHT_READ | REGION_RIGHT_EXECUTE)
#define RIGHTS_RW        (REGION_RIGHT_READ | REGION_RIGHT_WRITE)
#define ADDRESS(pointer) ((uint64_t)(uintptr_t)(pointer))

enum peer_space_slot { SLOT_NODES, SLOT_IMAGE, SLOT_INFO, SLOT_STACK, SLOT_SHARED };

/* program.ld */
extern const char program_text[], program_rodata[], program_data[], program_end[];

/* Where the pieces lie in the Region. */
struct pieces {
    uint64_t info;
    uint64_t stack;
    uint64_t end;
};

static struct pieces plan(void)
{
    const uint64_t image = ADDRESS(program_end) - ADDRESS(program_text);
    struct pieces pieces = {.info = align_up(image, KIT_PAGE_BYTES)};
    pieces.stack = pieces.info + align_up(sizeof(struct component_info), KIT_PAGE_BYTES);
    pieces.end = pieces.stack + BIT(KIT_STACK_LOG2);
    return pieces;
}

/** One range of the peer's pages, at its address there, through a Space slot of its own. */
static status_t put(cap_t space, uint32_t slot, cap_t region, uint64_t offset, uint64_t vaddr,
                    uint64_t bytes, uint64_t rights)
{
    const status_t status = space_attach(space, slot, region, vaddr, bytes);
    return status == OK ? kit_map_range(space, slot, offset, vaddr, bytes, rights) : status;
}

static status_t put_image(cap_t space, cap_t region)
{
    const uint64_t text = ADDRESS(program_text);
    const uint64_t rodata = ADDRESS(program_rodata);
    const uint64_t data = ADDRESS(program_data);
    const uint64_t end = align_up(ADDRESS(program_end), KIT_PAGE_BYTES);
    status_t status = space_attach(space, SLOT_IMAGE, region, text, end - text);
    if (status == OK)
        status = kit_map_range(space, SLOT_IMAGE, 0, text, rodata - text, RIGHTS_RX);
    if (status == OK && data > rodata)
        status = kit_map_range(space, SLOT_IMAGE, rodata - text, rodata, data - rodata,
                               REGION_RIGHT_READ);
    if (status == OK)
        status = kit_map_range(space, SLOT_IMAGE, data - text, data, end - data, RIGHTS_RW);
    return status;
}

static status_t make_space(struct kit *kit, uint32_t slots_log2, cap_t *space)
{
    cap_t nodes = CAP_NONE;
    status_t status = kit_make(kit, OBJECT_SPACE, slots_log2, 0, space);
    if (status == OK)
        status = kit_make(kit, OBJECT_UNTYPED, NODES_LOG2, 0, &nodes);
    if (status == OK)
        status = space_donate(*space, SLOT_NODES, nodes);
    return status;
}

status_t peer_make_sized(struct kit *kit, uint32_t space_slots_log2, struct peer *peer)
{
    const struct pieces pieces = plan();
    const struct component_info *info = component_self();
    const uint64_t info_bytes = pieces.stack - pieces.info;
    cap_t region = CAP_NONE;
    void *memory = NULL;
    status_t status = kit_memory(kit, bits_log2_ceil(pieces.end), &region, &memory);
    if (status == OK)
        status = kit_memory(kit, PEER_SHARED_LOG2, &peer->shared_region, &peer->shared);
    if (status == OK)
        status = make_space(kit, space_slots_log2, &peer->space);
    if (status == OK)
        status = kit_make(kit, OBJECT_TABLE, PEER_TABLE_SLOTS_LOG2, 0, &peer->table);
    if (status != OK)
        return status;
    memcpy(memory, program_text, ADDRESS(program_end) - ADDRESS(program_text));
    cache_will_execute(memory, ADDRESS(program_rodata) - ADDRESS(program_text));
    memcpy((char *)memory + pieces.info, info, sizeof(*info));
    peer->stack = (char *)memory + pieces.stack;
    peer->stack_address = STACK_ADDRESS;
    status = put_image(peer->space, region);
    if (status == OK)
        status = put(peer->space, SLOT_INFO, region, pieces.info, ADDRESS(info), info_bytes,
                     REGION_RIGHT_READ);
    if (status == OK)
        status = put(peer->space, SLOT_STACK, region, pieces.stack, STACK_ADDRESS,
                     BIT(KIT_STACK_LOG2), RIGHTS_RW);
    if (status == OK)
        status = put(peer->space, SLOT_SHARED, peer->shared_region, 0, PEER_SHARED_ADDRESS,
                     BIT(PEER_SHARED_LOG2), RIGHTS_RW);
    return status;
}

status_t peer_make(struct kit *kit, struct peer *peer)
{
    return peer_make_sized(kit, SPACE_SLOTS_LOG2, peer);
}

status_t peer_grant(const struct peer *peer, cap_t source, uint32_t index, uint64_t rights)
{
    return table_copy(SLOT_TABLE, source, peer->table, index, rights);
}

void peer_thread(const struct peer *peer, struct kit_thread *spec)
{
    spec->space = peer->space;
    spec->table = peer->table;
    spec->stack = peer->stack;
    spec->stack_address = peer->stack_address;
    spec->stack_bytes = BIT(KIT_STACK_LOG2);
}
