/*
 * thread_table.h - a larger Table for the server's threads, when slots run short (objects.h).
 *
 * A Table is a flat piece of memory, so it does not grow: everything moves into one of twice the
 * size, each capability to the slot of the same number, so nobody needs to learn new ones.
 */
#pragma once

#include "servers/linux/thread.h"

/* A Table of twice the size, for a thread that calls thread_table_take_over first of all.
   CAP_NONE: there is no memory. */
cap_t thread_table_make(void);

/**
 * thread_table_take_over - bring all capabilities and all other threads into our own Table.
 *
 * The current thread was started in the new Table and is in no list yet.
 * All other threads stand still meanwhile. Who waited finds that it was cancelled, whatever it
 * waited for, and who served a caller has none any more. Takes no lock, for any of them may hold
 * it.
 */
void thread_table_take_over(void);

/* Waits until it has; and then there are more slots. */
void thread_table_await(void);
