/**
 * valid_find.c - finding every slot and object that the kernel's state refers to.
 *
 * A closure: the slots of every Table, Space, Thread and interrupt line that is found, and the
 * neighbours of every slot in the derivation list. It starts from the threads, which are all in
 * one list, and from the Table that init was booted with.
 */
#include <string.h>

#include "kernel/arch/host/host.h"
#include "kernel/irq.h"
#include "kernel/reap.h"
#include "kernel/space.h"
#include "kernel/table.h"
#include "lib/base/list_walk.h"
#include "tests/unit/kernel/machine.h"
#include "tests/unit/kernel/valid.h"

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

static void add_slots(struct slot *slots, size_t count)
{
    for (size_t i = 0; i < count; i++)
        add_slot(&slots[i]);
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
        add_slot(&((struct irq_line *)object)->binding);
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
    add_object(init_table_object());
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
    BROKEN_IF(found.count_slots == FOUND_SLOTS_MAX || found.count_objects == FOUND_OBJECTS_MAX);
    return count_references();
}
