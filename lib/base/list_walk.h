/**
 * list_walk.h - visiting the members of a list (list.h) one after the other.
 */
#pragma once

#include "lib/base/list.h"

/** list_entry - the object of @type that contains the link @link as @member. */
#define list_entry(link, type, member) container_of(link, type, member)

/** list_next - the link after @link in the list of @head, or NULL at its end. */
static inline struct list *list_next(const struct list *head, const struct list *link)
{
    struct list *next = link->next;
    return next == head ? NULL : next;
}

/** Visit every link; the body must not remove @link (use list_for_each_removable). */
#define list_for_each(link, head)                                                                  \
    for (struct list *link = (head)->next; link != (head); link = link->next)

/** Visit every link; the body may remove @link, but no other. */
#define list_for_each_removable(link, head)                                                        \
    for (struct list *link = (head)->next, *link##_next = link->next; link != (head);              \
         link = link##_next, link##_next = link->next)
