/*
 * futex.h - what the end of a thread needs of futexes.
 */
#pragma once

#include "servers/linux/thread.h"

/* Marks the robust futexes that the current thread holds as orphaned and wakes a waiter of each. */
void futex_exit_robust(struct thread *thread);

/* CLONE_CHILD_CLEARTID: writes 0 to the thread's word and wakes whoever waits for it. */
void futex_clear_tid(struct thread *thread);
