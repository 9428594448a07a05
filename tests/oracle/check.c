/**
 * check.c - is what the capabilities, slots and objects of the kernel say what the model says?
 */
#include "tests/oracle/model.h"

#define DEPTHS 256u

static oracle_id cap_of_raw(const struct oracle *o, const struct slot *raw)
{
    for (int i = 0; i < o->count_caps; i++)
        if (o->caps[i].type != 0 && o->caps[i].raw == raw)
            return (oracle_id)i;
    return ORACLE_NONE;
}

static const char *slot_check(const struct oracle *o, const struct oracle_cap *cap)
{
    const struct slot *raw = cap->raw;
    unsigned holder = o->objects[cap->holder].type;
    bool badged = cap->type == OBJECT_ENDPOINT || cap->type == OBJECT_NOTIFICATION;
    WRONG_IF(raw->type != cap->type, "a capability is of another type than was made");
    WRONG_IF(raw->rights & ~cap->rights, "a capability has rights that were not given");
    WRONG_IF(raw->rights != cap->rights, "a capability lost rights");
    WRONG_IF(raw->object != (cap->object == ORACLE_NONE ? NULL : o->objects[cap->object].raw),
             "a capability names another object");
    if (badged || is_memory(cap->type) || cap->type == OBJECT_IOPORT || cap->type == OBJECT_IRQ)
        WRONG_IF(raw->value != cap->value, "a capability has another badge, base or number");
    if (is_memory(cap->type))
        WRONG_IF(raw->size_log2 != cap->size_log2 || raw->device != cap->device,
                 "a capability reaches other memory than was given");
    if (cap->type == OBJECT_IOPORT || (cap->type == OBJECT_UNTYPED && holder == OBJECT_TABLE))
        WRONG_IF(raw->a != cap->a, "memory given out, or ports, are not as many as were");
    if (cap->type == OBJECT_REGION && holder == OBJECT_SPACE)
        WRONG_IF(raw->a != cap->a || raw->b != cap->b, "an attached Region has another window");
    return NULL;
}

/* What the fast path looks at instead of type and rights. */
static const char *keys_check(const struct oracle *o, const struct oracle_cap *cap)
{
    const struct slot *raw = cap->raw;
    bool endpoint = cap->type == OBJECT_ENDPOINT;
    bool badged = endpoint || cap->type == OBJECT_NOTIFICATION;
    bool in_table = o->objects[cap->holder].type == OBJECT_TABLE;
    bool sends =
        in_table && badged && (cap->rights & ENDPOINT_RIGHT_CALL) && (endpoint || cap->value != 0);
    bool receives = in_table && badged && (cap->rights & ENDPOINT_RIGHT_RECEIVE);
    unsigned send = endpoint ? ENDPOINT_OP_CALL : NOTIFICATION_OP_SIGNAL;
    if (!in_table)
        return NULL; /* no handle comes there */
    WRONG_IF(raw->key != (sends ? HANDLE(cap->index, send) : 0),
             "a slot's key lets through what its rights do not, or not what they do");
    WRONG_IF(raw->receive_key != (receives ? HANDLE(cap->index, ENDPOINT_OP_RECEIVE) : 0),
             "a slot's receive key is not what its rights say");
    return NULL;
}

/* The ring has exactly the model's capabilities, each derived from the one it was made from. */
static const char *ring_check(const struct oracle *o)
{
    oracle_id ancestors[DEPTHS] = {ORACLE_NONE};
    int count = 0;
    for (const struct slot *raw = slot_root.next; raw != &slot_root; raw = raw->next, count++) {
        oracle_id cap = cap_of_raw(o, raw);
        WRONG_IF(cap == ORACLE_NONE, "the derivation tree has a capability that nobody made");
        WRONG_IF(raw->depth == 0 || raw->depth >= DEPTHS, "the derivation tree is too deep");
        WRONG_IF(o->caps[cap].parent != ancestors[raw->depth - 1],
                 "a capability is derived from another one than it was made from");
        ancestors[raw->depth] = cap;
    }
    for (int i = 0; i < o->count_caps; i++)
        count -= o->caps[i].type != 0;
    WRONG_IF(count != 0, "the derivation tree lost a capability");
    return NULL;
}

/* No slot that was ever named has what the model does not know. */
static const char *holder_check(const struct oracle *o, oracle_id holder)
{
    const struct oracle_object *object = &o->objects[holder];
    if (object->type == OBJECT_THREAD || object->type == OBJECT_IRQ || object->dying)
        return NULL;
    for (unsigned i = object->type == OBJECT_TABLE; i < object->slots_named; i++) {
        const struct slot *raw = slot_of(o, holder, i);
        WRONG_IF(raw->type != 0 && cap_of_raw(o, raw) == ORACLE_NONE,
                 "a slot has a capability that nobody put there");
    }
    return NULL;
}

static const char *object_check(const struct oracle *o, oracle_id id)
{
    const struct oracle_object *object = &o->objects[id];
    uint32_t references = 0;
    for (int i = 0; i < o->count_caps; i++)
        references += o->caps[i].type != 0 && o->caps[i].object == id && counted(o, &o->caps[i]);
    WRONG_IF(object->raw->type != object->type, "an object is of another type than was made");
    WRONG_IF(object->raw->references != references,
             "an object counts other references than there are");
    WRONG_IF(references == 0 && !object->dying, "an object lives that nobody can reach");
    return holder_check(o, id);
}

/* Memory has one use: an object lives where nobody else has memory, but for whom it came from. */
static const char *memory_check(const struct oracle *o, const struct oracle_cap *region)
{
    if (region->type != OBJECT_REGION)
        return NULL;
    for (int i = 0; i < o->count_objects; i++)
        WRONG_IF(
            o->objects[i].type != 0 && o->objects[i].bytes != 0 &&
                !apart(region->value, cap_bytes(region), o->objects[i].base, o->objects[i].bytes),
            "a Region reaches an object");
    for (int i = 0; i < o->count_caps; i++) {
        const struct oracle_cap *chunk = &o->caps[i];
        WRONG_IF(chunk->type == OBJECT_UNTYPED && o->objects[chunk->holder].type == OBJECT_SPACE &&
                     !apart(region->value, cap_bytes(region), chunk->value, cap_bytes(chunk)),
                 "a Region reaches memory of page tables");
    }
    return NULL;
}

static const char *lines_check(const struct oracle *o)
{
    uint64_t held = 0;
    for (int i = 0; i < o->count_objects; i++)
        if (o->objects[i].type == OBJECT_IRQ)
            held |= 1ull << o->objects[i].bits;
    for (uint32_t line = 0; line < HOST_IRQ_LINES; line++) {
        WRONG_IF(!host_irq_masked(line) && !(held >> line & 1),
                 "an interrupt line is open that nobody holds");
        WRONG_IF(!host_irq_masked(line) && (o->lines_masked >> line & 1),
                 "an interrupt line is open before it was acknowledged");
    }
    return NULL;
}

const char *oracle_check(const struct oracle *o)
{
    for (int i = 0; i < o->count_caps; i++) {
        if (o->caps[i].type == 0)
            continue;
        WRONG_PART(slot_check(o, &o->caps[i]));
        WRONG_PART(keys_check(o, &o->caps[i]));
        WRONG_PART(memory_check(o, &o->caps[i]));
    }
    WRONG_PART(ring_check(o));
    for (int i = 0; i < o->count_objects; i++)
        if (o->objects[i].type != 0)
            WRONG_PART(object_check(o, (oracle_id)i));
    WRONG_PART(lines_check(o));
    WRONG_PART(threads_check(o));
    WRONG_PART(time_check(o));
    return spaces_check(o);
}
