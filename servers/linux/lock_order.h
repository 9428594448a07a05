/*
 * lock_order.h - the order of the server's locks (lock_classes.def), checked where CORM_DEBUG is
 * defined: each mutex knows its class and each thread what it holds, and whoever takes a lock out
 * of order breaks an ASSERT that names both, also when nobody else is about. Elsewhere all of it is
 * empty.
 *
 * Nobody holds any lock when it goes back to its guest or ends, or while it waits for something
 * that a signal may interrupt: that takes as long as it likes.
 */
#pragma once

#include "lib/base/types.h"

/* May a thread hold two of a class? */
enum lock_nesting {
    LOCK_ALONE,      /* no */
    LOCK_BY_ADDRESS, /* the one with the lower address first */
    LOCK_NESTS,      /* in an order of its own that is not checked: lock_classes.def says which */
};

#define LOCK(name, nesting, text) LOCK_##name,
enum lock_class {
    LOCK_UNKNOWN, /* of a mutex that nobody has initialised */
#include "servers/linux/lock_classes.def"
    LOCK_CLASS_COUNT
};
#undef LOCK

struct lock_list;
struct lock_list *lock_list_current(void); /* the current thread's */

#ifdef CORM_DEBUG

#define LOCKS_HELD_MAX 12

/* What a thread holds or is about to, in the order in which it asked. */
struct lock_list {
    unsigned count;
    struct {
        const void *lock;
        enum lock_class class;
    } held[LOCKS_HELD_MAX];
};

void lock_list_add(struct lock_list *list, const void *lock, enum lock_class class);
void lock_list_remove(struct lock_list *list, const void *lock, enum lock_class class);
void lock_list_require_empty(const struct lock_list *list);

/* A mutex's class. */
struct lock_label {
    enum lock_class class;
};

#define LOCK_LABEL(name)                                                                           \
    {                                                                                              \
        .class = (name)                                                                            \
    }

static inline enum lock_class lock_label_class(const struct lock_label *label)
{
    return label->class;
}

static inline void lock_label_set(struct lock_label *label, enum lock_class class)
{
    label->class = class;
}

/* Before it may have to wait for the lock. */
static inline void lock_note_wanted(const void *lock, enum lock_class class)
{
    lock_list_add(lock_list_current(), lock, class);
}

static inline void lock_note_dropped(const void *lock, enum lock_class class)
{
    lock_list_remove(lock_list_current(), lock, class);
}

static inline void lock_require_none(void) { lock_list_require_empty(lock_list_current()); }

#else

struct lock_list {
};

struct lock_label {
};

#define LOCK_LABEL(name)                                                                           \
    {                                                                                              \
    }

static inline enum lock_class lock_label_class(const struct lock_label *label)
{
    (void)label;
    return LOCK_UNKNOWN;
}

static inline void lock_label_set(struct lock_label *label, enum lock_class class)
{
    (void)label, (void)class;
}

static inline void lock_note_wanted(const void *lock, enum lock_class class)
{
    (void)lock, (void)class;
}

static inline void lock_note_dropped(const void *lock, enum lock_class class)
{
    (void)lock, (void)class;
}

static inline void lock_require_none(void) {}

#endif
