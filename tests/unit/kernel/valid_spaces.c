/**
 * valid_spaces.c - the invariants of space.h and pagetable.h: an oracle of authority.
 *
 * Every leaf must be justified by a capability that the Space holds at that moment.
 */
#include <string.h>

#include "kernel/arch/host/host.h"
#include "kernel/pagetable.h"
#include "tests/unit/kernel/valid.h"

#define NODES_MAX 4096u

/* The walk of one Space. */
struct walk {
    const struct space *space;
    paddr_t nodes[NODES_MAX]; /* met so far: each may be met once */
    size_t count;
    bool last_met; /* the node that the Space remembers as its last one */
};

static bool node_of_space(const struct space *space, paddr_t node)
{
    if (node == arch_virt_to_phys(space) - PAGE_BYTES)
        return node == space->root;
    for (unsigned i = 0; i < 1u << space->object.size_log2; i++) {
        const struct slot *slot = &space->slots[i];
        if (slot->type == OBJECT_UNTYPED && node - slot->value < slot->a)
            return node % PAGE_BYTES == 0;
    }
    return false;
}

static const char *meet_node(struct walk *walk, paddr_t node)
{
    BROKEN_IF(!node_of_space(walk->space, node));
    for (size_t i = 0; i < walk->count; i++)
        BROKEN_IF(walk->nodes[i] == node);
    BROKEN_IF(walk->count == NODES_MAX);
    walk->nodes[walk->count++] = node;
    return NULL;
}

static bool slot_justifies(const struct slot *slot, uint64_t vaddr, uint64_t bytes, pte_t leaf)
{
    paddr_t target = pte_address(leaf);
    bool window = vaddr >= slot->a && vaddr + bytes <= slot->b;
    bool memory = target >= slot->value && target + bytes <= slot->value + slot_bytes(slot);
    bool device = slot->device == ((leaf & PTE_DEVICE) != 0);
    return slot->type == OBJECT_REGION && window && memory && device &&
           (pte_rights(leaf) & ~slot->rights) == 0;
}

static const char *valid_leaf(const struct space *space, uint64_t vaddr, uint64_t bytes, pte_t leaf)
{
    const uint8_t wx = REGION_RIGHT_WRITE | REGION_RIGHT_EXECUTE;
    bool justified = false;
    for (unsigned i = 0; i < object_slots(&space->object); i++)
        justified |= slot_justifies(&space->slots[i], vaddr, bytes, leaf);
    BROKEN_IF(!justified);
    BROKEN_IF(!space_is_guest(space) && (pte_rights(leaf) & wx) == wx);
    return NULL;
}

static const char *valid_node(struct walk *walk, paddr_t node, unsigned level, uint64_t vaddr)
{
    const pte_t *entries = arch_phys_to_virt(node);
    BROKEN_PART(meet_node(walk, node));
    if (level == 0 && vaddr / pagetable_entry_bytes(1) == walk->space->last_stretch)
        walk->last_met = entries == walk->space->last_node;
    for (unsigned i = 0; i < (level == LEVEL_ROOT ? PTE_ROOT_USER_ENTRIES : NODE_ENTRIES); i++) {
        uint64_t bytes = pagetable_entry_bytes(level);
        if (!pte_present(entries[i]))
            continue;
        if (pte_is_leaf(entries[i], level))
            BROKEN_PART(valid_leaf(walk->space, vaddr + i * bytes, bytes, entries[i]));
        else
            BROKEN_PART(valid_node(walk, pte_address(entries[i]), level - 1, vaddr + i * bytes));
    }
    return NULL;
}

static const char *valid_space(const struct space *space)
{
    static struct walk walk;
    memset(&walk, 0, sizeof walk);
    walk.space = space;
    BROKEN_PART(valid_node(&walk, space->root, LEVEL_ROOT, 0));
    uint64_t given = 0;
    for (unsigned i = 0; i < object_slots(&space->object); i++) {
        const struct slot *slot = &space->slots[i];
        BROKEN_IF(!slot_empty(slot) &&
                  (slot->kind != SLOT_IN_SPACE || slot->object != &space->object));
        if (slot->type == OBJECT_UNTYPED)
            given += slot->a / PAGE_BYTES;
    }
    BROKEN_IF(space->count_nodes != given);
    BROKEN_IF(walk.count > given + 1);
    BROKEN_IF(space->last_stretch != SPACE_NO_STRETCH && !walk.last_met);
    return NULL;
}

const char *valid_spaces(void)
{
    for (size_t i = 0; i < found.count_objects; i++)
        if (found.objects[i]->type == OBJECT_SPACE)
            BROKEN_PART(valid_space((const struct space *)found.objects[i]));
    BROKEN_IF(!host_tlb_coherent());
    return NULL;
}

const char *kernel_valid(void)
{
    BROKEN_PART(find_everything());
    BROKEN_PART(valid_capabilities());
    BROKEN_PART(valid_memory());
    BROKEN_PART(valid_threads());
    BROKEN_PART(valid_time());
    return valid_spaces();
}
