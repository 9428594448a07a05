/*
 * list.h - what the prover knows of lists, in place of lib/base/list.h.
 *
 * Which links are neighbours is not followed: a list may be empty or not, its first link may be
 * that of any object (assumptions.txt, "lists"). The real functions are proved by themselves
 * (wp.c).
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

static inline bool list_empty(const struct list *head)
{
    (void)head->next;
    return eva_bool();
}

static inline bool list_linked(const struct list *link)
{
    (void)link->next;
    return eva_bool();
}

/* Nothing reads where it points: container_of() takes any. */
static inline struct list *list_first(const struct list *head)
{
    static struct list first;
    (void)head->next;
    return eva_bool() ? &first : NULL;
}

static inline void list_insert_after(struct list *position, struct list *link)
{
    (void)position->prev;
    link->next = link;
    link->prev = link;
}

static inline void list_push_front(struct list *head, struct list *link)
{
    list_insert_after(head, link);
}

static inline void list_push_back(struct list *head, struct list *link)
{
    list_insert_after(head, link);
}

static inline void list_remove(struct list *link)
{
    link->next = link;
    link->prev = link;
}
