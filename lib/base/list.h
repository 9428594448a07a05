/**
 * list.h - intrusive doubly linked circular list with a head.
 *
 * Invariant: for every link l of a list, head included, l->next->prev == l and l->prev->next == l.
 * A link that is in no list is either all zero (fresh memory) or points at itself; list_linked()
 * is false for both, so memory that was only zeroed needs no set-up. A head must be initialised.
 *
 * Walking a list is in list_walk.h, which the kernel does not include: none of its paths is as long
 * as a list.
 *
 * No lock of its own: whoever owns the list says which lock protects it.
 */
#pragma once

#include "lib/base/check.h"

struct list {
    struct list *next;
    struct list *prev;
};

static inline void list_init(struct list *head)
{
    head->next = head;
    head->prev = head;
}

static inline bool list_empty(const struct list *head) { return head->next == head; }

/** list_linked - @link is a member of a list (or @link is a head that is not empty). */
static inline bool list_linked(const struct list *link)
{
    const struct list *next = link->next;
    return next != NULL && next != link;
}

/** list_first - the first link after @head, or NULL. */
static inline struct list *list_first(const struct list *head)
{
    struct list *first = head->next;
    return first == head ? NULL : first;
}

/** list_insert_after - put @link, which is in no list, behind @position. */
static inline void list_insert_after(struct list *position, struct list *link)
{
    struct list *next = position->next;
    INVARIANT(!list_linked(link));
    INVARIANT(next->prev == position);
    link->next = next;
    link->prev = position;
    next->prev = link;
    position->next = link;
}

/** list_push_front - make @link, which is in no list, the first of @head. */
static inline void list_push_front(struct list *head, struct list *link)
{
    list_insert_after(head, link);
}

/** list_push_back - make @link, which is in no list, the last of @head. */
static inline void list_push_back(struct list *head, struct list *link)
{
    list_insert_after(head->prev, link);
}

/** list_remove - take @link out of its list; afterwards it points at itself. */
static inline void list_remove(struct list *link)
{
    struct list *next = link->next;
    struct list *prev = link->prev;
    INVARIANT(next->prev == link && prev->next == link);
    next->prev = prev;
    prev->next = next;
    link->next = link;
    link->prev = link;
}
