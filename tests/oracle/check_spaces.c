/**
 * check_spaces.c - do the real page tables reach what the model says, and nothing else?
 */
#include "port/pte.h"
#include "tests/oracle/model.h"

#define PAGE      PAGE_BYTES
#define NODES     512u
#define ROOT_SPAN (PAGE << 27)
#define NODES_MAX 512
#define RIGHTS_WX (REGION_RIGHT_WRITE | REGION_RIGHT_EXECUTE)

struct walk {
    const struct oracle *o;
    oracle_id space;
    paddr_t nodes[NODES_MAX]; /* each is met once */
    int count_nodes;
    int count_leaves;
};

/* Nodes lie in chunks that were donated to this Space; the root is its own. */
static const char *node_check(struct walk *walk, paddr_t node)
{
    const struct oracle *o = walk->o;
    bool given = node == o->objects[walk->space].base;
    for (int i = 0; i < o->count_caps; i++) {
        const struct oracle_cap *chunk = &o->caps[i];
        given |= chunk->type == OBJECT_UNTYPED && chunk->holder == walk->space &&
                 inside(node, PAGE, chunk->value, cap_bytes(chunk)) &&
                 inside(node, PAGE, chunk->value, chunk->raw->a);
    }
    WRONG_IF(!given || node % PAGE != 0,
             "a page table lies in memory that was not given out for it");
    for (int i = 0; i < walk->count_nodes; i++)
        WRONG_IF(walk->nodes[i] == node, "a page-table node has two uses");
    WRONG_IF(walk->count_nodes == NODES_MAX, "the oracle is full");
    walk->nodes[walk->count_nodes++] = node;
    return NULL;
}

static const char *leaf_check(struct walk *walk, uint64_t vaddr, uint64_t bytes, pte_t leaf)
{
    const struct oracle *o = walk->o;
    const struct oracle_mapping *found = NULL;
    for (int i = 0; i < o->count_mappings && found == NULL; i++)
        if (o->mappings[i].space == walk->space && o->mappings[i].vaddr == vaddr)
            found = &o->mappings[i];
    WRONG_IF(found == NULL || found->bytes != bytes, "a page is mapped that should not be");
    WRONG_IF((leaf & PTE_ADDRESS) != found->base, "a page reaches other memory than was mapped");
    WRONG_IF((leaf & PTE_RIGHTS) != found->rights, "a page has other rights than were given");
    WRONG_IF(((leaf & PTE_DEVICE) != 0) != found->device, "device memory is mapped as memory");
    walk->count_leaves++;
    return NULL;
}

static const char *walk_node(struct walk *walk, paddr_t node, uint64_t span, uint64_t vaddr)
{
    WRONG_PART(node_check(walk, node));
    const pte_t *entries = host_ram(node);
    for (unsigned i = 0; i < (span == ROOT_SPAN ? PTE_ROOT_USER_ENTRIES : NODES); i++) {
        pte_t entry = entries[i];
        if (!(entry & PTE_PRESENT))
            continue;
        if (span == PAGE || (entry & PTE_LEAF))
            WRONG_PART(leaf_check(walk, vaddr + i * span, span, entry));
        else
            WRONG_PART(walk_node(walk, entry & PTE_ADDRESS, span / NODES, vaddr + i * span));
    }
    return NULL;
}

static const char *space_check(const struct oracle *o, oracle_id id)
{
    struct walk walk = {.o = o, .space = id};
    const struct space *raw = (const struct space *)o->objects[id].raw;
    WRONG_IF(raw->root != o->objects[id].base, "a Space has a root that is not its own");
    WRONG_PART(walk_node(&walk, raw->root, ROOT_SPAN, 0));
    for (int i = 0; i < o->count_mappings; i++)
        walk.count_leaves -= o->mappings[i].space == id;
    WRONG_IF(walk.count_leaves != 0, "a page is not mapped any more that should be");
    return NULL;
}

/* What is mapped is attached now: inside the window, inside the Region, with its rights. */
static const char *mapping_check(const struct oracle *o, const struct oracle_mapping *m)
{
    bool attached = false;
    for (int i = 0; i < o->count_caps; i++) {
        const struct oracle_cap *cap = &o->caps[i];
        attached |= cap->type == OBJECT_REGION && cap->holder == m->space &&
                    inside(m->vaddr, m->bytes, cap->a, cap->b - cap->a) &&
                    inside(m->base, m->bytes, cap->value, cap_bytes(cap)) &&
                    (m->rights & ~cap->rights) == 0 && cap->device == m->device;
    }
    bool guest = o->objects[m->space].flags & OBJECT_FLAG;
    WRONG_IF(!attached, "a page is mapped without a capability for it");
    WRONG_IF(!guest && (m->rights & RIGHTS_WX) == RIGHTS_WX,
             "a page is writable and executable in a native Space");
    return NULL;
}

const char *spaces_check(const struct oracle *o)
{
    for (int i = 0; i < o->count_objects; i++)
        if (o->objects[i].type == OBJECT_SPACE)
            WRONG_PART(space_check(o, (oracle_id)i));
    for (int i = 0; i < o->count_mappings; i++)
        WRONG_PART(mapping_check(o, &o->mappings[i]));
    return NULL;
}
