/*
 * lock_order.c - see lock_order.h; part of debug and host builds. A thread's list is its own.
 */
#include "servers/linux/lock_order.h"

#include "lib/base/check.h"
#include "lib/base/fmt.h"

#define MESSAGE_BYTES 96

#define LOCK(name, nesting, text) [LOCK_##name] = {LOCK_##nesting, text},
static const struct {
    enum lock_nesting nesting;
    const char *text;
} classes[LOCK_CLASS_COUNT] = {
    [LOCK_UNKNOWN] = {LOCK_ALONE, "a lock without a class"},
#include "servers/linux/lock_classes.def"
};
#undef LOCK

NORETURN static void violated(enum lock_class class, const char *what, const char *other)
{
    char message[MESSAGE_BYTES];

    fmt_buffer(message, sizeof(message), "lock order: %s %s %s", classes[class].text, what, other);
    check_failed(__FILE__, __LINE__, message);
}

static bool allowed_inside(const void *held, enum lock_class held_class, const void *lock,
                           enum lock_class class)
{
    if (held_class != class)
        return held_class < class;
    return lock != held && (classes[class].nesting == LOCK_NESTS ||
                            (classes[class].nesting == LOCK_BY_ADDRESS && held < lock));
}

void lock_list_add(struct lock_list *list, const void *lock, enum lock_class class)
{
    if (class == LOCK_UNKNOWN)
        violated(class, "is taken by", "a thread");
    for (unsigned i = 0; i < list->count; i++) {
        if (!allowed_inside(list->held[i].lock, list->held[i].class, lock, class))
            violated(class, "is taken under", classes[list->held[i].class].text);
    }
    if (list->count == LOCKS_HELD_MAX)
        violated(class, "is taken by", "a thread that holds too many");
    list->held[list->count].lock = lock;
    list->held[list->count++].class = class;
}

void lock_list_remove(struct lock_list *list, const void *lock, enum lock_class class)
{
    unsigned after = list->count;

    while (after > 0 && list->held[after - 1].lock != lock)
        after--;
    if (after == 0)
        violated(class, "is dropped by", "a thread that does not hold it");
    for (; after < list->count; after++)
        list->held[after - 1] = list->held[after];
    list->count--;
}

void lock_list_require_empty(const struct lock_list *list)
{
    if (list->count > 0)
        violated(list->held[list->count - 1].class, "is held by",
                 "a thread that waits or goes back to its guest");
}
