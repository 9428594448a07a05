/**
 * caps.c - the model's capabilities and objects.
 */
#include <string.h>

#include "tests/oracle/model.h"

void oracle_wrong(struct oracle *o, const char *what)
{
    if (o->wrong == NULL)
        o->wrong = what;
}

const struct slot *slot_of(const struct oracle *o, oracle_id holder, uint64_t index)
{
    const struct object *raw = o->objects[holder].raw;
    switch (o->objects[holder].type) {
    case OBJECT_TABLE:
        return &((const struct table *)raw)->slots[index];
    case OBJECT_SPACE:
        return &((const struct space *)raw)->slots[index];
    case OBJECT_THREAD:
        return &((const struct thread *)raw)->bindings[index];
    default:
        return &((const struct irq_line *)raw)->binding;
    }
}

oracle_id cap_find(const struct oracle *o, oracle_id holder, uint64_t index)
{
    for (int i = 0; i < o->count_caps; i++)
        if (o->caps[i].type != 0 && o->caps[i].holder == holder && o->caps[i].index == index)
            return (oracle_id)i;
    return ORACLE_NONE;
}

bool counted(const struct oracle *o, const struct oracle_cap *cap)
{
    return cap->object != ORACLE_NONE && o->objects[cap->holder].type != OBJECT_SPACE;
}

bool has_children(const struct oracle *o, oracle_id cap)
{
    for (int i = 0; i < o->count_caps; i++)
        if (o->caps[i].type != 0 && o->caps[i].parent == cap)
            return true;
    return false;
}

oracle_id cap_add(struct oracle *o, const struct oracle_cap *cap)
{
    int free_one = 0;
    while (free_one < o->count_caps && o->caps[free_one].type != 0)
        free_one++;
    if (free_one == ORACLE_CAPS_MAX) {
        oracle_wrong(o, "the oracle is full");
        return 0;
    }
    if (cap_find(o, cap->holder, cap->index) != ORACLE_NONE)
        oracle_wrong(o, "a capability was put where another one lay");
    struct oracle_cap *new = &o->caps[free_one];
    struct oracle_object *holder = &o->objects[cap->holder];
    *new = *cap;
    new->raw = slot_of(o, cap->holder, cap->index);
    if (holder->slots_named <= cap->index)
        holder->slots_named = (uint16_t)(cap->index + 1);
    if (free_one >= o->count_caps)
        o->count_caps = free_one + 1;
    return (oracle_id)free_one;
}

oracle_id cap_derive(struct oracle *o, oracle_id from, oracle_id parent, oracle_id holder,
                     uint64_t index)
{
    struct oracle_cap cap = o->caps[from];
    cap.parent = parent;
    cap.holder = holder;
    cap.index = (uint16_t)index;
    return cap_add(o, &cap);
}

oracle_id object_find(const struct oracle *o, const struct object *raw)
{
    for (int i = 0; i < o->count_objects; i++)
        if (o->objects[i].type != 0 && o->objects[i].raw == raw)
            return (oracle_id)i;
    return ORACLE_NONE;
}

/* What the contract says an object takes, from the sizes of its parts. */
static uint64_t object_bytes(enum object_type type, const struct object *raw)
{
    switch (type) {
    case OBJECT_TABLE:
        return sizeof(struct table) + (sizeof(struct slot) << raw->size_log2);
    case OBJECT_SPACE:
        return PAGE_BYTES + sizeof(struct space) + (sizeof(struct slot) << raw->size_log2);
    case OBJECT_THREAD:
        return raw->flags & OBJECT_FLAG ? THREAD_VECTOR_BYTES : THREAD_BYTES;
    case OBJECT_SCHED:
        return sizeof(struct sched);
    case OBJECT_ENDPOINT:
        return sizeof(struct endpoint);
    case OBJECT_NOTIFICATION:
        return sizeof(struct notification);
    default:
        return 0; /* an interrupt line is part of the kernel */
    }
}

oracle_id object_add(struct oracle *o, enum object_type type, const struct object *raw)
{
    int free_one = 0;
    while (free_one < o->count_objects && o->objects[free_one].type != 0)
        free_one++;
    if (free_one == ORACLE_OBJECTS_MAX) {
        oracle_wrong(o, "the oracle is full");
        return 0;
    }
    struct oracle_object *new = &o->objects[free_one];
    memset(new, 0, sizeof *new);
    new->type = (uint8_t)type;
    new->flags = raw->flags;
    new->size_log2 = raw->size_log2;
    new->raw = raw;
    new->bytes = object_bytes(type, raw);
    if (new->bytes != 0)
        new->base = HOST_RAM_BASE +
                    (uint64_t)((const uint8_t *)raw - (const uint8_t *)host_ram(HOST_RAM_BASE)) -
                    (type == OBJECT_SPACE ? PAGE_BYTES : 0); /* its root lies before it */
    new->wait = new->serves = new->server = new->home = new->bound = ORACLE_NONE;
    new->lent = new->held = ORACLE_NONE;
    new->waiter = new->listener = new->giver = ORACLE_NONE;
    new->state = THREAD_NEW;
    if (free_one >= o->count_objects)
        o->count_objects = free_one + 1;
    return (oracle_id)free_one;
}
