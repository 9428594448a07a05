/**
 * test_list.c - list.h, and against an array as a model.
 */
#include "lib/base/list_walk.h"

#include <string.h>

#include "lib/base/types.h"
#include "tests/unit/unit.h"

struct item {
    int before;
    struct list link;
    int after;
};

/** @head holds exactly the @count links of @expected in that order, in both directions. */
static bool list_is(struct list *head, struct list **expected, size_t count)
{
    size_t at = 0;
    list_for_each (link, head)
        if (at >= count || link != expected[at++])
            return false;
    struct list *back = head->prev;
    for (size_t left = count; left > 0; left--, back = back->prev)
        if (back != expected[left - 1])
            return false;
    return at == count && back == head;
}

TEST("a fresh list is empty and has no first")
{
    struct list head;
    list_init(&head);
    CHECK(list_empty(&head));
    CHECK(!list_linked(&head));
    CHECK(list_first(&head) == NULL);
}

TEST("a zeroed link and a removed link are in no list")
{
    struct list head, link;
    memset(&link, 0, sizeof link);
    list_init(&head);
    CHECK(!list_linked(&link));
    list_push_back(&head, &link);
    CHECK(list_linked(&link));
    list_remove(&link);
    CHECK(!list_linked(&link));
    CHECK(list_empty(&head));
}

TEST("an entry is found from its link")
{
    struct item item;
    CHECK(list_entry(&item.link, struct item, link) == &item);
}

TEST("pushing at both ends gives the order of a deque")
{
    struct list head, links[4] = {{0}};
    list_init(&head);
    list_push_back(&head, &links[0]);
    list_push_back(&head, &links[1]);
    list_push_front(&head, &links[2]);
    list_insert_after(&links[2], &links[3]);
    CHECK(list_is(&head, (struct list *[]){&links[2], &links[3], &links[0], &links[1]}, 4));
    CHECK(list_first(&head) == &links[2]);
    CHECK(list_next(&head, &links[2]) == &links[3]);
    CHECK(list_next(&head, &links[1]) == NULL);
    list_remove(&links[2]);
    CHECK(list_is(&head, (struct list *[]){&links[3], &links[0], &links[1]}, 3));
}

TEST("a removable walk may remove every link that it visits")
{
    struct list head, links[5] = {{0}};
    int visited = 0;
    list_init(&head);
    for (size_t at = 0; at < ARRAY_LENGTH(links); at++)
        list_push_back(&head, &links[at]);
    list_for_each_removable (link, &head) {
        CHECK(link == &links[visited]);
        visited++;
        list_remove(link);
    }
    CHECK_EQUAL(visited, 5);
    CHECK(list_empty(&head));
}

TEST("inserting a link twice is caught in debug builds")
{
    struct list head, link = {0}, other = {0};
    list_init(&head);
    list_push_back(&head, &link);
    list_push_back(&head, &other);
    CHECK_ASSERTS(list_push_back(&head, &link));
}

TEST("random pushes and removals agree with an array")
{
    enum { COUNT = 16 };
    struct list head, links[COUNT] = {{0}}, *model[COUNT];
    size_t length = 0;
    list_init(&head);
    for (int round = 0; round < 20000; round++) {
        struct list *link = &links[unit_random_below(COUNT)];
        if (list_linked(link)) {
            size_t at = 0;
            while (model[at] != link)
                at++;
            memmove(&model[at], &model[at + 1], (--length - at) * sizeof model[0]);
            list_remove(link);
        } else if (unit_random_below(2) == 0) {
            model[length++] = link;
            list_push_back(&head, link);
        } else {
            memmove(&model[1], &model[0], length++ * sizeof model[0]);
            model[0] = link;
            list_push_front(&head, link);
        }
        REQUIRE(list_is(&head, model, length));
    }
}
