/*
 * thread_table.c - see thread_table.h.
 *
 * The Table of a thread may change only while it does not run, so none could do it for itself. The
 * one that changes it for all others was never in the old one. It stops them before it moves what
 * they name, and for that it needs their Thread capabilities: of those it makes a second copy
 * first.
 *
 * Lock: the maker of threads holds pool.making (thread.c), so none is made meanwhile.
 */
#include "servers/linux/thread_table.h"

#include <corm/kernel_calls.h>

#include "sdk/ipc/invoke.h"
#include "servers/linux/objects.h"

#define SLOT_FORMER (SLOT_FIRST_GRANT - 1) /* in the new Table: the old one */
#define RIGHTS_ALL  0xffu

STATIC_ASSERT(SLOT_FORMER > SLOT_CONTROL, "a slot of its own");

static uint32_t taken_over; /* atomic */

static void must(status_t status) { ASSERT(status == OK); }

cap_t thread_table_make(void)
{
    cap_t larger = objects_make_table();

    if (larger == CAP_NONE)
        return CAP_NONE;
    must(table_copy(SLOT_TABLE, larger, larger, SLOT_TABLE, RIGHTS_ALL));
    must(table_copy(SLOT_TABLE, SLOT_TABLE, larger, SLOT_FORMER, RIGHTS_ALL));
    __atomic_store_n(&taken_over, 0, __ATOMIC_RELAXED);
    return larger;
}

static void stop(const struct thread *thread)
{
    must(table_copy(SLOT_FORMER, thread->cap, SLOT_TABLE, thread->cap, RIGHTS_ALL));
    must(thread_suspend(thread->cap));
}

static void move_in(const struct thread *thread)
{
    must(thread_configure(thread->cap, SLOT_TABLE, CAP_NONE, CAP_NONE));
}

static void let_go_on(const struct thread *thread) { must(thread_resume(thread->cap)); }

static void for_all_others(void (*act)(const struct thread *thread))
{
    for (const struct thread *thread = thread_first(); thread; thread = thread->next_made)
        act(thread);
    for (const struct thread *thread = thread_first_native(); thread; thread = thread->next_native)
        act(thread);
}

/* Until the old Table ends. What is there already is a copy of what is to come. */
static void move_capabilities(void)
{
    for (cap_t slot = 1;; slot++) {
        if (slot == SLOT_TABLE || slot == SLOT_FORMER)
            continue;
        status_t status = table_move(SLOT_FORMER, slot, SLOT_TABLE, slot);
        if (status == RANGE)
            break;
        if (status == SLOT_BUSY)
            status = table_delete(SLOT_FORMER, slot);
        ASSERT(status == OK || status == EMPTY);
    }
}

void thread_table_take_over(void)
{
    for_all_others(stop);
    move_capabilities();
    for_all_others(move_in);
    for_all_others(let_go_on);
    __atomic_store_n(&taken_over, 1, __ATOMIC_RELEASE);
}

void thread_table_await(void)
{
    while (!__atomic_load_n(&taken_over, __ATOMIC_ACQUIRE))
        thread_yield();
    objects_table_doubled();
}
