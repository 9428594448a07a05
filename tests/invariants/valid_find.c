/**
 * valid_find.c - finding every slot and object that the kernel's state refers to.
 *
 * A closure: the slots of every Table, Space, Thread and interrupt line that is found, and the
 * neighbours of every slot in the derivation list. It starts from the threads, which are all in
 * one list, from the root of the derivation list, and from what the machine knows besides.
 */
#include "kernel/irq.h"
#include "kernel/reap.h"
#include "kernel/space.h"
#include "kernel/table.h"
#include "kernel/thread.h"
#include "lib/base/list_walk.h"
#include "lib/base/string.h"
#include "tests/invariants/valid.h"

#define HASH_SIZE (4 * FOUND_SLOTS_MAX)

struct found found;

static const void *seen[HASH_SIZE];

/* True the first time that it is asked about @pointer. */
static bool first_seen(const void *pointer)
{
    size_t at = (uintptr_t)pointer / 8 * 2654435761u % HASH_SIZE;
    while (seen[at] != NULL && seen[at] != pointer)
        at = (at + 1) % HASH_SIZE;
    bool first = seen[at] == NULL;
    seen[at] = pointer;
    return first;
}

bool ring_valid(const struct list *head)
{
    const struct list *link = head;
    do {
        if (link->next == NULL || link->next->prev != link)
            return false;
        link = link->next;
    } while (link != head);
    return true;
}

long found_object(const struct object *object)
{
    for (size_t i = 0; i < found.count_objects; i++)
        if (found.objects[i] == object)
            return (long)i;
    return -1;
}

static void add_slot(struct slot *slot)
{
    if (slot == NULL || slot_empty(slot) || slot->type == SLOT_TYPE_NEVER ||
        found.count_slots == FOUND_SLOTS_MAX || !first_seen(slot))
        return;
    found.slots[found.count_slots++] = slot;
}

static void add_object(struct object *object)
{
    if (found.count_objects < FOUND_OBJECTS_MAX && first_seen(object))
        found.objects[found.count_objects++] = object;
}

/* Slots that are not empty, of all that holds slots. */
static size_t count_held;

static void add_slots(struct slot *slots, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        add_slot(&slots[i]);
        count_held += !slot_empty(&slots[i]) && slots[i].type != SLOT_TYPE_NEVER;
    }
}

static void add_slots_of(struct object *object)
{
    if (object->type == OBJECT_TABLE)
        add_slots(((struct table *)object)->slots, object_slots(object));
    if (object->type == OBJECT_SPACE)
        add_slots(((struct space *)object)->slots, object_slots(object));
    if (object->type == OBJECT_THREAD)
        add_slots(((struct thread *)object)->bindings, BINDING_COUNT);
    if (object->type == OBJECT_IRQ)
        add_slots(&((struct irq_line *)object)->binding, 1);
}

static const char *count_references(void)
{
    for (size_t i = 0; i < found.count_slots; i++)
        if (slot_counts(found.slots[i])) {
            long object = found_object(found.slots[i]->object);
            BROKEN_IF(object < 0);
            found.references[object]++;
        }
    return NULL;
}

const char *find_everything(void)
{
    memset(&found, 0, sizeof found);
    memset(seen, 0, sizeof seen);
    count_held = 0;
    add_slot(slot_root.next == &slot_root ? NULL : slot_root.next);
    if (valid_first_object() != NULL)
        add_object(valid_first_object());
    list_for_each (link, &thread_list)
        add_object(&container_of(link, struct thread, all_link)->object);
    size_t slots = 0;
    size_t objects = 0;
    while (slots < found.count_slots || objects < found.count_objects) {
        for (; objects < found.count_objects; objects++)
            add_slots_of(found.objects[objects]);
        for (; slots < found.count_slots; slots++) {
            struct slot *slot = found.slots[slots];
            add_slot(slot->next);
            add_slot(slot->prev);
            if (slot->object != NULL)
                add_object(slot->object);
        }
    }
    for (struct object *object = reap_top; object != NULL; object = object->reap_next)
        if (first_seen(object))
            add_slots_of(object);
    /* No slot lies anywhere else: neighbours in the ring are slots. */
    BROKEN_IF(count_held != found.count_slots);
    BROKEN_IF(found.count_slots == FOUND_SLOTS_MAX || found.count_objects == FOUND_OBJECTS_MAX);
    return count_references();
}
