/**
 * valid_spaces.c - the invariants of space.h and pagetable.h: an oracle of authority.
 *
 * Every leaf must be justified by a capability that the Space holds at that moment.
 */
#include "kernel/pagetable.h"
#include "lib/base/string.h"
#include "tests/invariants/valid.h"

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

/* A limit to @rights would take no right from @leaf. */
static bool leaf_within(pte_t leaf, uint8_t rights)
{
    const uint8_t all = REGION_RIGHT_READ | REGION_RIGHT_WRITE | REGION_RIGHT_EXECUTE;
    const pte_t mask = pte_leaf(0, 0, false) ^ pte_leaf(0, all, false);
    const struct pte_edit limit = pte_edit_limit(rights);
    return ((((leaf & limit.keep) | limit.set) ^ leaf) & mask) == 0;
}

static bool leaf_for(pte_t leaf, bool device)
{
    const pte_t mask = pte_leaf(0, 0, false) ^ pte_leaf(0, 0, true);
    return ((leaf ^ pte_leaf(0, 0, device)) & mask) == 0;
}

static bool slot_justifies(const struct slot *slot, uint64_t vaddr, uint64_t bytes, pte_t leaf)
{
    paddr_t target = pte_address(leaf);
    bool window = vaddr >= slot->a && vaddr + bytes <= slot->b;
    bool memory = target >= slot->value && target + bytes <= slot->value + slot_bytes(slot);
    return slot->type == OBJECT_REGION && window && memory && leaf_for(leaf, slot->device) &&
           leaf_within(leaf, slot->rights);
}

static const char *valid_leaf(const struct space *space, uint64_t vaddr, uint64_t bytes, pte_t leaf)
{
    const bool executes = !leaf_within(leaf, REGION_RIGHT_READ | REGION_RIGHT_WRITE);
    const bool writes = !leaf_within(leaf, REGION_RIGHT_READ | REGION_RIGHT_EXECUTE);
    bool justified = false;
    for (unsigned i = 0; i < object_slots(&space->object); i++)
        justified |= slot_justifies(&space->slots[i], vaddr, bytes, leaf);
    BROKEN_IF(!justified);
    BROKEN_IF(!space_is_guest(space) && writes && executes);
    return NULL;
}

static const char *valid_node(struct walk *walk, paddr_t node, unsigned level, uint64_t vaddr)
{
    const pte_t *entries = arch_phys_to_virt(node);
    BROKEN_PART(meet_node(walk, node));
    if (level == 0 && vaddr / pagetable_entry_bytes(1) == walk->space->last_stretch)
        walk->last_met = entries == walk->space->last_node;
    for (unsigned i = 0; i < (level == PTE_ROOT_LEVEL ? PTE_ROOT_USER_ENTRIES : NODE_ENTRIES);
         i++) {
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
    BROKEN_PART(valid_node(&walk, space->root, PTE_ROOT_LEVEL, 0));
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
    return NULL;
}

const char *kernel_valid(void)
{
    BROKEN_PART(find_everything());
    BROKEN_PART(valid_capabilities());
    BROKEN_PART(valid_memory());
    BROKEN_PART(valid_threads());
    BROKEN_PART(valid_time());
    BROKEN_PART(valid_spaces());
    return valid_machine();
}
