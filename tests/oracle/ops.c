/**
 * ops.c - what each operation of a kernel object does, if it succeeds, and what it takes to.
 */
#include <string.h>

#include "lib/base/bits.h"
#include "tests/oracle/model.h"

#define REGION_ALL (REGION_RIGHT_READ | REGION_RIGHT_WRITE | REGION_RIGHT_EXECUTE)

static uint64_t word(const struct oracle *o, unsigned i) { return o->event.registers.words[i]; }

oracle_id need(struct oracle *o, uint64_t index, enum object_type type, uint8_t rights)
{
    oracle_id table = binding(o, o->self, BINDING_TABLE);
    oracle_id cap = table == ORACLE_NONE ? ORACLE_NONE : cap_find(o, table, index);
    if (cap == ORACLE_NONE || o->caps[cap].type != type || (rights & ~o->caps[cap].rights) != 0) {
        oracle_wrong(o, "an operation succeeded without the capability or the right for it");
        return ORACLE_NONE;
    }
    return cap;
}

/* The destination that words @i and i + 1 name: its Table. */
static oracle_id need_empty(struct oracle *o, unsigned i)
{
    oracle_id cap = need(o, word(o, i), OBJECT_TABLE, TABLE_RIGHT_MANAGE);
    if (cap == ORACLE_NONE)
        return ORACLE_NONE;
    oracle_id table = o->caps[cap].object;
    uint64_t slots = 1ull << o->objects[table].size_log2;
    if (word(o, i + 1) == 0 || word(o, i + 1) >= slots ||
        cap_find(o, table, word(o, i + 1)) != ORACLE_NONE) {
        oracle_wrong(o, "a capability was made where none could be");
        return ORACLE_NONE;
    }
    return table;
}

/* A child or sibling of @from in the destination of words @i; NULL if that cannot be. */
static struct oracle_cap *derive(struct oracle *o, oracle_id from, oracle_id parent, unsigned i)
{
    oracle_id table = need_empty(o, i);
    if (table == ORACLE_NONE)
        return NULL;
    return &o->caps[cap_derive(o, from, parent, table, word(o, i + 1))];
}

static void cap_limit(struct oracle *o, struct oracle_cap *cap, uint64_t rights)
{
    if (cap != NULL)
        cap->rights &= (uint8_t)rights;
    (void)o;
}

/* ---- Untyped and Region ---- */

/* Is @other, or what it was cut from, part of the chain from @cap up? */
static bool is_ancestor(const struct oracle *o, oracle_id other, oracle_id cap)
{
    for (; cap != ORACLE_NONE; cap = o->caps[cap].parent)
        if (cap == other)
            return true;
    return false;
}

/* Memory is given out once: the new piece touches nothing that anybody has. */
static void check_fresh(struct oracle *o, oracle_id untyped, uint64_t base, uint64_t bytes)
{
    const struct oracle_cap *from = &o->caps[untyped];
    if (!inside(base, bytes, from->value, cap_bytes(from)) || base < from->value + from->a)
        oracle_wrong(o, "memory was given out that the Untyped did not have to give");
    for (int i = 0; i < o->count_caps; i++) {
        const struct oracle_cap *cap = &o->caps[i];
        if (is_memory(cap->type) && !is_ancestor(o, (oracle_id)i, untyped) &&
            !apart(base, bytes, cap->value, cap_bytes(cap)))
            oracle_wrong(o, "memory was given out that a capability reaches already");
    }
    for (int i = 0; i < o->count_objects; i++)
        if (o->objects[i].type != 0 && o->objects[i].bytes != 0 &&
            !apart(base, bytes, o->objects[i].base, o->objects[i].bytes))
            oracle_wrong(o, "memory was given out in which an object lives");
}

static void retype_memory(struct oracle *o, oracle_id untyped, struct oracle_cap *new)
{
    new->value = new->raw->value;
    new->size_log2 = (uint8_t)word(o, 1);
    new->rights = new->type == OBJECT_REGION ? REGION_ALL : UNTYPED_RIGHT_MANAGE;
    new->type = 0; /* it is no obstacle to itself */
    check_fresh(o, untyped, new->value, cap_bytes(new));
    new->type = (uint8_t)word(o, 0);
    o->caps[untyped].a = new->value + cap_bytes(new) - o->caps[untyped].value;
}

static void retype_object(struct oracle *o, oracle_id untyped, struct oracle_cap *new)
{
    if (o->caps[untyped].device)
        oracle_wrong(o, "an object was made of device memory");
    const struct object *raw = new->raw->object;
    oracle_id object = object_add(o, (enum object_type)word(o, 0), raw);
    struct oracle_object *made = &o->objects[object];
    uint8_t type = made->type;
    made->type = 0;
    check_fresh(o, untyped, made->base, made->bytes);
    made->type = type;
    bool sized = type == OBJECT_TABLE || type == OBJECT_SPACE;
    if ((sized && raw->size_log2 != word(o, 1)) || raw->type != word(o, 0))
        oracle_wrong(o, "an object is not what was asked for");
    new->object = object;
    new->rights = 0xff;
    new->size_log2 = (uint8_t)word(o, 1);
    new->value = 0;
    o->caps[untyped].a = made->base + made->bytes - o->caps[untyped].value;
}

static void untyped_retypes(struct oracle *o, oracle_id untyped)
{
    struct oracle_cap *new = derive(o, untyped, untyped, 3);
    if (new == NULL)
        return;
    new->type = (uint8_t)word(o, 0);
    new->a = new->b = 0;
    if (is_memory(new->type))
        retype_memory(o, untyped, new);
    else
        retype_object(o, untyped, new);
}

static void untyped_resets(struct oracle *o, oracle_id untyped)
{
    struct oracle_cap *cap = &o->caps[untyped];
    if (has_children(o, untyped))
        oracle_wrong(o, "memory was taken back that somebody still has");
    if (!cap->device) {
        const uint64_t *words = host_ram(cap->value);
        for (uint64_t i = 0; i < cap->a / sizeof *words; i++)
            if (words[i] != 0)
                oracle_wrong(o, "a reset left something of what was");
    }
    cap->a = 0;
}

static void region_mints(struct oracle *o, oracle_id region)
{
    struct oracle_cap *new = derive(o, region, region, 3);
    if (new == NULL)
        return;
    if (word(o, 0) % (1ull << word(o, 1)) != 0 ||
        !inside(word(o, 0), 1ull << word(o, 1), 0, cap_bytes(&o->caps[region])))
        oracle_wrong(o, "a part of a Region is not inside it");
    new->value += word(o, 0);
    new->size_log2 = (uint8_t)word(o, 1);
    if ((word(o, 2) & ~(uint64_t)o->caps[region].rights) != 0)
        oracle_wrong(o, "a part of a Region has rights that the whole had not");
    new->rights = (uint8_t)word(o, 2);
}

/* ---- Table ---- */

static void table_mints(struct oracle *o, oracle_id source)
{
    const struct oracle_cap *from = &o->caps[source];
    uint64_t badge = word(o, 4);
    bool badged = from->type == OBJECT_ENDPOINT || from->type == OBJECT_NOTIFICATION;
    if (badge != 0 && (!badged || from->value != 0 || (badge & ~BADGE_MASK) != 0))
        oracle_wrong(o, "a badge was given where none may be");
    struct oracle_cap *new = derive(o, source, source, 1);
    cap_limit(o, new, word(o, 3));
    if (new != NULL && badge != 0)
        new->value = badge;
}

static void table_moves(struct oracle *o, oracle_id source)
{
    oracle_id table = need_empty(o, 1);
    if (table == ORACLE_NONE)
        return;
    oracle_id to = cap_derive(o, source, o->caps[source].parent, table, word(o, 2));
    for (int i = 0; i < o->count_caps; i++)
        if (o->caps[i].type != 0 && o->caps[i].parent == source)
            o->caps[i].parent = to;
    o->caps[source].type = 0;
}

static void deletes(struct oracle *o, oracle_id cap, bool itself, bool all)
{
    struct doom doom;
    doom_init(o, &doom);
    if (cap != ORACLE_NONE)
        doom_cap(o, &doom, cap, itself);
    doom_perform(o, &doom, all);
}

static void table_performs(struct oracle *o, oracle_id self, unsigned op, bool all)
{
    oracle_id table = o->caps[self].object;
    oracle_id source = cap_find(o, table, word(o, 0));
    if (op == TABLE_OP_INSPECT)
        return;
    if (op == TABLE_OP_DELETE || (op == TABLE_OP_REVOKE && source != ORACLE_NONE)) {
        deletes(o, source, op == TABLE_OP_DELETE, all);
        return;
    }
    if (source == ORACLE_NONE) {
        oracle_wrong(o, "an empty slot was a source");
        return;
    }
    if (op == TABLE_OP_MOVE) {
        table_moves(o, source);
        return;
    }
    if (o->caps[source].type == OBJECT_UNTYPED)
        oracle_wrong(o, "an Untyped has two owners");
    if (op == TABLE_OP_COPY)
        cap_limit(o, derive(o, source, o->caps[source].parent, 1), word(o, 3));
    else
        table_mints(o, source);
}

/* ---- Irq, IoPort ---- */

static void irq_issued(struct oracle *o, oracle_id control)
{
    struct oracle_cap *new = derive(o, control, control, 3);
    if (new == NULL)
        return;
    if (object_find(o, new->raw->object) != ORACLE_NONE)
        oracle_wrong(o, "an interrupt line has two owners");
    oracle_id line = object_add(o, OBJECT_IRQ, new->raw->object);
    o->objects[line].bits = word(o, 0);
    o->lines_masked |= 1ull << word(o, 0);
    new->type = OBJECT_IRQ;
    new->rights = IRQ_RIGHT_MANAGE;
    new->value = word(o, 0);
    new->object = line;
}

static void irq_performs(struct oracle *o, oracle_id irq, unsigned op)
{
    if (op == IRQ_OP_BIND) {
        oracle_id source = need(o, word(o, 0), OBJECT_NOTIFICATION, NOTIFICATION_RIGHT_SIGNAL);
        if (source == ORACLE_NONE)
            return;
        cap_derive(o, source, source, o->caps[irq].object, 0);
    }
    o->lines_masked &= ~(1ull << o->caps[irq].value);
}

static void ioport_mints(struct oracle *o, oracle_id ports)
{
    struct oracle_cap *new = derive(o, ports, ports, 2);
    if (new == NULL)
        return;
    if (!inside(word(o, 0), word(o, 1), o->caps[ports].value, o->caps[ports].a))
        oracle_wrong(o, "ports were given that were not there to give");
    new->value = word(o, 0);
    new->a = word(o, 1);
}

static void ioport_touches(struct oracle *o, const struct oracle_cap *ports, unsigned op)
{
    uint64_t width = op == IOPORT_OP_OUT_BYTES ? 1 : word(o, 1);
    if ((width != 1 && width != 2 && width != 4) ||
        !inside(word(o, 0), width, ports->value, ports->a))
        oracle_wrong(o, "a port was touched that was not given");
}

/* ---- what is told ---- */

static void tell_memory(struct oracle *o, const struct oracle_cap *memory, uint64_t third,
                        const uint64_t *results)
{
    if (results[0] != memory->value || results[1] != memory->size_log2 || results[2] != third ||
        results[3] != memory->device)
        oracle_wrong(o, "memory is told to be something else");
}

static void tell_slot(struct oracle *o, oracle_id table, const uint64_t *results)
{
    oracle_id id = cap_find(o, table, word(o, 0));
    struct oracle_cap nothing = {0};
    const struct oracle_cap *cap = id == ORACLE_NONE ? &nothing : &o->caps[id];
    bool badged = cap->type == OBJECT_ENDPOINT || cap->type == OBJECT_NOTIFICATION;
    if (results[0] != cap->type || results[1] != cap->rights ||
        results[2] != (badged ? cap->value : 0))
        oracle_wrong(o, "a slot is told to hold something else");
}

static void tell_thread(struct oracle *o, oracle_id thread, const uint64_t *results)
{
    if (results[0] != o->objects[thread].state)
        oracle_wrong(o, "a thread is told to be in another state");
}

/* ---- all ---- */

static uint8_t rights_needed(unsigned type, unsigned op)
{
    if (type == OBJECT_REGION || (type == OBJECT_SPACE && op == SPACE_OP_INFO) ||
        (type == OBJECT_UNTYPED && op == UNTYPED_OP_INFO) ||
        (type == OBJECT_SCHED && op == SCHED_OP_CONSUMED) ||
        (type == OBJECT_IOPORT && op == IOPORT_OP_MINT))
        return 0;
    if (type == OBJECT_THREAD && op == THREAD_OP_KICK)
        return THREAD_RIGHT_KICK;
    return 1; /* the first right of every type: manage, access */
}

static void memory_performs(struct oracle *o, oracle_id cap, unsigned op, const uint64_t *results)
{
    if (o->caps[cap].type == OBJECT_REGION) {
        if (op == REGION_OP_MINT)
            region_mints(o, cap);
        else
            tell_memory(o, &o->caps[cap], o->caps[cap].rights, results);
    } else if (op == UNTYPED_OP_INFO) {
        tell_memory(o, &o->caps[cap], o->caps[cap].a, results);
    } else if (op == UNTYPED_OP_RETYPE) {
        untyped_retypes(o, cap);
    } else if (op == UNTYPED_OP_RESET) {
        deletes(o, ORACLE_NONE, false, true);
        untyped_resets(o, cap);
    }
}

void op_perform(struct oracle *o, oracle_id cap, unsigned op, uint64_t status,
                const uint64_t *results)
{
    unsigned type = o->caps[cap].type;
    if (status != OK) {
        deletes(o, ORACLE_NONE, false, false); /* it may have helped before it refused */
        return;
    }
    if ((rights_needed(type, op) & ~o->caps[cap].rights) != 0)
        oracle_wrong(o, "an operation succeeded without the right for it");
    switch (type) {
    case OBJECT_UNTYPED:
    case OBJECT_REGION:
        memory_performs(o, cap, op, results);
        break;
    case OBJECT_SPACE:
        if (op == SPACE_OP_DETACH)
            deletes(o, cap_find(o, o->caps[cap].object, word(o, 0)), true, true);
        else
            space_perform(o, cap, op, results);
        break;
    case OBJECT_TABLE:
        table_performs(o, cap, op, true);
        if (op == TABLE_OP_INSPECT)
            tell_slot(o, o->caps[cap].object, results);
        break;
    case OBJECT_THREAD:
        thread_invoked(o, cap, op);
        if (op == THREAD_OP_INSPECT)
            tell_thread(o, o->caps[cap].object, results);
        if (op == THREAD_OP_CONFIGURE || op == THREAD_OP_SET_GUEST ||
            op == THREAD_OP_BIND_NOTIFICATION)
            deletes(o, ORACLE_NONE, false, true);
        break;
    case OBJECT_SCHED:
        sched_perform(o, cap, op);
        break;
    case OBJECT_IRQ_CONTROL:
        deletes(o, ORACLE_NONE, false, true);
        irq_issued(o, cap);
        break;
    case OBJECT_IRQ:
        irq_performs(o, cap, op);
        break;
    case OBJECT_IOPORT:
        if (op == IOPORT_OP_MINT)
            ioport_mints(o, cap);
        else
            ioport_touches(o, &o->caps[cap], op);
        break;
    default:
        oracle_wrong(o, "an operation succeeded that does not exist");
    }
}

void op_interrupted(struct oracle *o, oracle_id cap, unsigned op)
{
    unsigned type = o->caps[cap].type;
    bool rebinds =
        type == OBJECT_THREAD && (op == THREAD_OP_CONFIGURE || op == THREAD_OP_SET_GUEST ||
                                  op == THREAD_OP_BIND_NOTIFICATION);
    if (rebinds)
        thread_invoked(o, cap, op);
    if (type == OBJECT_TABLE)
        table_performs(o, cap, op, false);
    else if (type == OBJECT_SPACE && op == SPACE_OP_DETACH)
        deletes(o, cap_find(o, o->caps[cap].object, word(o, 0)), true, false);
    else
        deletes(o, ORACLE_NONE, false, false);
    /* A reset gives up from the top what it has cleared; the rest is still given out. */
    if (type == OBJECT_UNTYPED && op == UNTYPED_OP_RESET && !has_children(o, cap) &&
        o->caps[cap].raw->a < o->caps[cap].a)
        o->caps[cap].a = o->caps[cap].raw->a;
}
