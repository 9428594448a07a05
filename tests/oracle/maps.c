/**
 * maps.c - the model's page tables: one entry for each leaf, and what may make one.
 */
#include "port/pte.h"
#include "tests/oracle/model.h"

#define PAGE          PAGE_BYTES
#define NODES         512u
#define RIGHTS_WX     (REGION_RIGHT_WRITE | REGION_RIGHT_EXECUTE)
#define LIST_OFFSET   28u
#define LIST_LENGTH   7u
#define WRITE_PROTECT 1u
#define CHUNK_LOG2    20u

static uint64_t word(const struct oracle *o, unsigned i) { return o->event.registers.words[i]; }

static void forget(struct oracle *o, int i) { o->mappings[i] = o->mappings[--o->count_mappings]; }

void maps_clear(struct oracle *o, oracle_id space, uint64_t from, uint64_t to, paddr_t base,
                uint64_t bytes)
{
    for (int i = o->count_mappings - 1; i >= 0; i--) {
        const struct oracle_mapping *m = &o->mappings[i];
        if (m->space == space && m->vaddr >= from && m->vaddr + m->bytes <= to &&
            inside(m->base, m->bytes, base, bytes))
            forget(o, i);
    }
}

void maps_clear_all(struct oracle *o, oracle_id space)
{
    for (int i = o->count_mappings - 1; i >= 0; i--)
        if (o->mappings[i].space == space)
            forget(o, i);
}

/* The size of the leaf for @vaddr in the real table: how large it is decides nobody's authority. */
static uint64_t leaf_bytes(const struct oracle *o, oracle_id space, uint64_t vaddr)
{
    paddr_t node = ((const struct space *)o->objects[space].raw)->root;
    uint64_t bytes = PAGE << 27;
    while (node != 0) {
        pte_t entry = ((const pte_t *)host_ram(node))[vaddr / bytes % NODES];
        if (!(entry & PTE_PRESENT))
            return 0;
        if (bytes == PAGE || (entry & PTE_LEAF))
            return bytes;
        node = entry & PTE_ADDRESS;
        bytes /= NODES;
    }
    return 0;
}

static void put(struct oracle *o, const struct oracle_mapping *m)
{
    for (int i = o->count_mappings - 1; i >= 0; i--)
        if (o->mappings[i].space == m->space && o->mappings[i].vaddr == m->vaddr)
            forget(o, i);
    if (o->count_mappings == ORACLE_MAPPINGS_MAX)
        oracle_wrong(o, "the oracle is full");
    else
        o->mappings[o->count_mappings++] = *m;
}

/* [vaddr, + bytes) of @space reaches the memory from @base on: one leaf after the other. */
static void put_range(struct oracle *o, oracle_id space, uint64_t vaddr, uint64_t bytes,
                      paddr_t base, uint8_t rights, bool device)
{
    for (uint64_t done = 0; done < bytes;) {
        uint64_t leaf = leaf_bytes(o, space, vaddr + done);
        if (leaf == 0 || leaf > bytes - done) {
            oracle_wrong(o, "what was mapped is not there, or more than that");
            return;
        }
        put(o, &(struct oracle_mapping){.space = space,
                                        .rights = rights,
                                        .device = device,
                                        .vaddr = vaddr + done,
                                        .bytes = leaf,
                                        .base = base + done});
        done += leaf;
    }
}

static void adopt_node(struct oracle *o, oracle_id space, paddr_t node, uint64_t bytes,
                       uint64_t vaddr)
{
    const pte_t *entries = host_ram(node);
    for (unsigned i = 0; i < (bytes == PAGE << 27 ? PTE_ROOT_USER_ENTRIES : NODES); i++) {
        pte_t entry = entries[i];
        if (!(entry & PTE_PRESENT))
            continue;
        if (bytes != PAGE && !(entry & PTE_LEAF))
            adopt_node(o, space, entry & PTE_ADDRESS, bytes / NODES, vaddr + i * bytes);
        else
            put_range(o, space, vaddr + i * bytes, bytes, entry & PTE_ADDRESS, entry & PTE_RIGHTS,
                      (entry & PTE_DEVICE) != 0);
    }
}

void maps_adopt(struct oracle *o, oracle_id space)
{
    paddr_t root = ((const struct space *)o->objects[space].raw)->root;
    if (root != 0)
        adopt_node(o, space, root, PAGE << 27, 0);
}

/* The Region attached at @index of @space that lets [vaddr, + bytes) be mapped with @rights. */
static oracle_id need_attached(struct oracle *o, oracle_id space, uint64_t index, uint64_t vaddr,
                               uint64_t bytes, uint64_t rights)
{
    oracle_id id = cap_find(o, space, index);
    const struct oracle_cap *cap = id == ORACLE_NONE ? NULL : &o->caps[id];
    bool guest = o->objects[space].flags & OBJECT_FLAG;
    if (cap == NULL || cap->type != OBJECT_REGION) {
        oracle_wrong(o, "mapped out of nothing");
        return ORACLE_NONE;
    }
    if (vaddr < cap->a || bytes > cap->b - cap->a || vaddr - cap->a > cap->b - cap->a - bytes)
        oracle_wrong(o, "mapped outside the window");
    if ((rights & ~(uint64_t)cap->rights) != 0)
        oracle_wrong(o, "mapped with more rights than the Region gives");
    if (!guest && (rights & RIGHTS_WX) == RIGHTS_WX)
        oracle_wrong(o, "writable and executable at once in a native Space");
    return id;
}

static void maps(struct oracle *o, oracle_id space, uint64_t done)
{
    uint64_t vaddr = word(o, 2);
    oracle_id id = need_attached(o, space, word(o, 0), vaddr, done, word(o, 4));
    if (id == ORACLE_NONE)
        return;
    if (done == 0 || done > word(o, 3) || !inside(word(o, 1), done, 0, cap_bytes(&o->caps[id])))
        oracle_wrong(o, "mapped more than was asked for, or than there is");
    else
        put_range(o, space, vaddr, done, o->caps[id].value + word(o, 1), (uint8_t)word(o, 4),
                  o->caps[id].device);
}

static void map_list(struct oracle *o, oracle_id space, uint64_t done)
{
    uint64_t rights = word(o, 0) >> 8;
    if (done > LIST_LENGTH || (done == 0 && word(o, 1) != 0))
        oracle_wrong(o, "mapped more than was asked for, or nothing");
    for (unsigned i = 1; i <= done && i <= LIST_LENGTH; i++) {
        if (word(o, i) == 0)
            oracle_wrong(o, "mapped beyond the end of the list");
        uint64_t vaddr = (word(o, i) >> LIST_OFFSET) * PAGE;
        uint64_t offset = (word(o, i) & ((1ull << LIST_OFFSET) - 1)) * PAGE;
        oracle_id id = need_attached(o, space, word(o, 0) & 0xff, vaddr, PAGE, rights);
        if (id == ORACLE_NONE)
            return;
        if (!inside(offset, PAGE, 0, cap_bytes(&o->caps[id])))
            oracle_wrong(o, "mapped memory outside the Region");
        put_range(o, space, vaddr, PAGE, o->caps[id].value + offset, (uint8_t)rights,
                  o->caps[id].device);
    }
}

static bool in_range(const struct oracle_mapping *m, oracle_id space, uint64_t vaddr,
                     uint64_t bytes)
{
    return m->space == space && inside(m->vaddr, m->bytes, vaddr, bytes);
}

static void protects(struct oracle *o, oracle_id space, uint64_t done)
{
    uint64_t vaddr = word(o, 1);
    oracle_id id = need_attached(o, space, word(o, 0), vaddr, done, word(o, 3));
    if (id == ORACLE_NONE)
        return;
    for (int i = 0; i < o->count_mappings; i++) {
        struct oracle_mapping *m = &o->mappings[i];
        if (in_range(m, space, vaddr, done) &&
            inside(m->base, m->bytes, o->caps[id].value, cap_bytes(&o->caps[id])))
            m->rights = (uint8_t)word(o, 3);
    }
}

static void clones(struct oracle *o, oracle_id space, uint64_t done)
{
    oracle_id target_cap = need(o, word(o, 1), OBJECT_SPACE, SPACE_RIGHT_MANAGE);
    if (target_cap == ORACLE_NONE)
        return;
    oracle_id target = o->caps[target_cap].object;
    oracle_id from = cap_find(o, space, word(o, 0));
    oracle_id to = need_attached(o, target, word(o, 0), word(o, 2), done, 0);
    if (from == ORACLE_NONE || to == ORACLE_NONE || o->caps[from].type != OBJECT_REGION) {
        oracle_wrong(o, "cloned out of nothing");
        return;
    }
    int count = o->count_mappings; /* what is put goes behind them, or in place of one */
    for (int i = 0; i < count; i++) {
        struct oracle_mapping *m = &o->mappings[i];
        if (!in_range(m, space, word(o, 2), done) ||
            !inside(m->base, m->bytes, o->caps[from].value, cap_bytes(&o->caps[from])))
            continue;
        if (word(o, 4) & WRITE_PROTECT)
            m->rights &= (uint8_t)~REGION_RIGHT_WRITE;
        struct oracle_mapping twin = *m;
        twin.space = target;
        twin.rights &= o->caps[to].rights;
        int j = 0;
        while (j < o->count_mappings &&
               (o->mappings[j].space != target || o->mappings[j].vaddr != twin.vaddr))
            j++;
        if (j == ORACLE_MAPPINGS_MAX) {
            oracle_wrong(o, "the oracle is full");
            return;
        }
        o->mappings[j] = twin;
        o->count_mappings += j == o->count_mappings;
    }
}

static void attaches(struct oracle *o, oracle_id space)
{
    oracle_id region = need(o, word(o, 1), OBJECT_REGION, 0);
    if (region == ORACLE_NONE)
        return;
    oracle_id id = cap_derive(o, region, region, space, word(o, 0));
    o->caps[id].object = space;
    o->caps[id].a = word(o, 2);
    o->caps[id].b = word(o, 2) + word(o, 3);
}

static void donated(struct oracle *o, oracle_id space)
{
    oracle_id chunk = need(o, word(o, 1), OBJECT_UNTYPED, UNTYPED_RIGHT_MANAGE);
    if (chunk == ORACLE_NONE)
        return;
    struct oracle_cap *from = &o->caps[chunk];
    if (from->a != 0 || has_children(o, chunk) || from->device || from->size_log2 > CHUNK_LOG2)
        oracle_wrong(o, "page tables were made of memory that is used, or can be none");
    oracle_id id = cap_derive(o, chunk, chunk, space, word(o, 0));
    o->caps[id].object = space;
    o->caps[id].a = o->caps[id].b = 0;
    from->a = cap_bytes(from);
}

void space_perform(struct oracle *o, oracle_id cap, unsigned op, const uint64_t *results)
{
    oracle_id space = o->caps[cap].object;
    switch (op) {
    case SPACE_OP_ATTACH:
        attaches(o, space);
        break;
    case SPACE_OP_DONATE:
        donated(o, space);
        break;
    case SPACE_OP_MAP:
        maps(o, space, results[0]);
        break;
    case SPACE_OP_MAP_LIST:
        map_list(o, space, results[0]);
        break;
    case SPACE_OP_UNMAP:
        if (results[0] > word(o, 1))
            oracle_wrong(o, "unmapped more than was asked for");
        maps_clear(o, space, word(o, 0), word(o, 0) + results[0], 0, ~0ull);
        break;
    case SPACE_OP_PROTECT:
        protects(o, space, results[0]);
        break;
    case SPACE_OP_CLONE_RANGE:
        clones(o, space, results[0]);
        break;
    case SPACE_OP_HARVEST:
    case SPACE_OP_INFO:
        break;
    default:
        oracle_wrong(o, "an operation succeeded that does not exist");
    }
}
