/**
 * valid_caps.c - the invariants of cap.h, object.h and table.h.
 */
#include "kernel/irq.h"
#include "kernel/space.h"
#include "kernel/table.h"
#include "kernel/thread.h"
#include "tests/invariants/valid.h"

/* What a stretch of memory serves as; two of them may overlap only if they are the same Region. */
struct stretch {
    paddr_t base;
    uint64_t bytes;
    bool region;
};

static struct stretch stretches[FOUND_SLOTS_MAX + FOUND_OBJECTS_MAX];
static size_t count_stretches;

static bool inside(uint64_t base, uint64_t bytes, uint64_t outer_base, uint64_t outer_bytes)
{
    return base >= outer_base && bytes <= outer_bytes && base - outer_base <= outer_bytes - bytes;
}

/* Where the memory of @object is. False for one that is part of the kernel (an interrupt line). */
static bool object_stretch(const struct object *object, paddr_t *base, uint64_t *bytes)
{
    if (!valid_in_memory(object))
        return false;
    *base = arch_virt_to_phys(object) - object_classes[object->type].page_bytes;
    *bytes = object_memory_bytes(object->type, object->size_log2, object->flags);
    return true;
}

static bool is_memory(const struct slot *slot)
{
    return slot->type == OBJECT_UNTYPED || slot->type == OBJECT_REGION;
}

static const char *valid_child_of_untyped(const struct slot *parent, const struct slot *child)
{
    paddr_t base = child->value;
    uint64_t bytes = is_memory(child) ? 1ull << child->size_log2 : 0;
    if (!is_memory(child))
        BROKEN_IF(!object_stretch(child->object, &base, &bytes));
    BROKEN_IF(!inside(base, bytes, parent->value, parent->a));
    if (is_memory(child) && child->kind == SLOT_PLAIN)
        BROKEN_IF(child->device != parent->device);
    return NULL;
}

/* @child may do nothing that @parent may not. */
static const char *valid_derivation(const struct slot *parent, const struct slot *child)
{
    if (parent->type == OBJECT_UNTYPED)
        return valid_child_of_untyped(parent, child);
    if (parent->type == OBJECT_IRQ_CONTROL && child->type == OBJECT_IRQ)
        return NULL;
    BROKEN_IF(child->type != parent->type);
    BROKEN_IF((child->rights & ~parent->rights) != 0);
    if (parent->type == OBJECT_REGION)
        BROKEN_IF(!inside(child->value, slot_bytes(child), parent->value, slot_bytes(parent)));
    else if (parent->type == OBJECT_IOPORT)
        BROKEN_IF(!inside(child->value, child->a, parent->value, parent->a));
    else
        BROKEN_IF(child->object != parent->object);
    if (parent->type == OBJECT_ENDPOINT || parent->type == OBJECT_NOTIFICATION)
        BROKEN_IF(parent->value != 0 && child->value != parent->value);
    return NULL;
}

static const char *valid_keys(const struct slot *slot)
{
    bool call = slot->type == OBJECT_ENDPOINT && (slot->rights & ENDPOINT_RIGHT_CALL);
    bool signal = slot->type == OBJECT_NOTIFICATION && (slot->rights & NOTIFICATION_RIGHT_SIGNAL);
    bool receive =
        (slot->type == OBJECT_ENDPOINT && (slot->rights & ENDPOINT_RIGHT_RECEIVE)) ||
        (slot->type == OBJECT_NOTIFICATION && (slot->rights & NOTIFICATION_RIGHT_RECEIVE));
    BROKEN_IF(slot->key != 0 && !call && !signal);
    BROKEN_IF(slot->receive_key != 0 && !receive);
    return NULL;
}

/* A slot that says that it is a Thread's or a Space's lies there. */
static const char *valid_place(const struct slot *slot)
{
    const struct thread *thread = (const struct thread *)slot->a;
    const struct space *space = (const struct space *)slot->object;
    BROKEN_IF(slot->kind > SLOT_IN_SPACE);
    if (slot->kind == SLOT_BOUND) {
        BROKEN_IF(slot->b >= BINDING_COUNT || slot != &thread->bindings[slot->b]);
        BROKEN_IF(thread->object.type != OBJECT_THREAD);
    }
    if (slot->kind == SLOT_IN_SPACE) {
        BROKEN_IF(space == NULL || space->object.type != OBJECT_SPACE);
        BROKEN_IF(slot < space->slots || slot >= space->slots + object_slots(&space->object));
    }
    return NULL;
}

static const char *valid_slot(const struct slot *slot)
{
    BROKEN_IF(slot_empty(slot) || slot->type >= OBJECT_TYPES || slot->depth > SLOT_DEPTH_MAX + 1);
    BROKEN_IF(slot->prev->next != slot || slot->next->prev != slot);
    if (is_memory(slot))
        BROKEN_IF(slot->size_log2 < MEMORY_LOG2_MIN || slot->size_log2 > MEMORY_LOG2_MAX);
    BROKEN_IF(slot->type == OBJECT_IRQ_CONTROL && slot->a > IRQ_LINES_MAX);
    BROKEN_IF(slot->type == OBJECT_IRQ && slot->value >= IRQ_LINES_MAX);
    BROKEN_IF(slot->depth == 0 || slot->depth > slot->prev->depth + 1);
    BROKEN_IF(slot_counts(slot) != (object_classes[slot->type].reap_step != NULL));
    if (slot_counts(slot))
        BROKEN_IF(slot->object->references == 0 || slot->object->type != slot->type);
    return valid_place(slot);
}

/* The whole ring, in preorder: the ancestors of a slot are on a stack while it is visited. */
const char *valid_capabilities(void)
{
    const struct slot *ancestors[SLOT_DEPTH_MAX + 3];
    size_t count = 0;
    for (const struct slot *slot = slot_root.next; slot != &slot_root; slot = slot->next) {
        BROKEN_PART(valid_slot(slot));
        if (slot->depth > 1)
            BROKEN_PART(valid_derivation(ancestors[slot->depth - 1], slot));
        ancestors[slot->depth] = slot;
        BROKEN_PART(valid_keys(slot));
        count++;
    }
    BROKEN_IF(count != found.count_slots);
    for (size_t i = 0; i < found.count_objects; i++)
        BROKEN_IF(found.objects[i]->references != found.references[i]);
    return NULL;
}

static void add_stretch(paddr_t base, uint64_t bytes, bool region)
{
    stretches[count_stretches++] = (struct stretch){.base = base, .bytes = bytes, .region = region};
}

/* The outer one first. */
static bool stretch_before(const struct stretch *a, const struct stretch *b)
{
    return a->base != b->base ? a->base < b->base : a->bytes > b->bytes;
}

/* Shell's sort: the kernel has no library to do it. */
static void sort_stretches(void)
{
    for (size_t gap = count_stretches / 2; gap > 0; gap /= 2)
        for (size_t i = gap; i < count_stretches; i++) {
            const struct stretch moved = stretches[i];
            size_t at = i;
            for (; at >= gap && stretch_before(&moved, &stretches[at - gap]); at -= gap)
                stretches[at] = stretches[at - gap];
            stretches[at] = moved;
        }
}

/* Memory is typed: objects, page-table nodes and mappable memory never overlap. */
const char *valid_memory(void)
{
    paddr_t base = 0;
    uint64_t bytes = 0;
    count_stretches = 0;
    for (size_t i = 0; i < found.count_slots; i++) {
        const struct slot *slot = found.slots[i];
        if (slot->type == OBJECT_UNTYPED)
            BROKEN_IF(slot->a > 1ull << slot->size_log2 || slot->value % (1ull << slot->size_log2));
        if (slot->type == OBJECT_REGION)
            add_stretch(slot->value, slot_bytes(slot), true);
        if (slot->type == OBJECT_UNTYPED && slot->kind == SLOT_IN_SPACE)
            add_stretch(slot->value, 1ull << slot->size_log2, false);
    }
    for (size_t i = 0; i < found.count_objects; i++)
        if (object_stretch(found.objects[i], &base, &bytes))
            add_stretch(base, bytes, false);
    sort_stretches();
    struct stretch outer = {0};
    for (size_t i = 0; i < count_stretches; i++) {
        const struct stretch *next = &stretches[i];
        bool apart = next->base >= outer.base + outer.bytes;
        BROKEN_IF(!apart && !(outer.region && next->region));
        if (apart)
            outer = *next;
    }
    return NULL;
}
