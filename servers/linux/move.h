/*
 * move.h - threads that change their processor.
 */
#pragma once

#include "servers/linux/processors.h"
#include "servers/linux/thread.h"

/* Where the thread may run. */
static inline uint64_t thread_affinity(const struct thread *thread)
{
    const uint64_t affinity = __atomic_load_n(&thread->affinity, __ATOMIC_RELAXED);
    return affinity != 0 ? affinity : processors_all();
}

/**
 * move_home - the current thread, which holds no lock, goes where its affinity allows, if that is
 * not where it is.
 */
void move_home(struct thread *self);

/* Before `thread` goes to a guest for the first time, and whenever its affinity has changed. */
static inline void move_if_needed(struct thread *self)
{
    if (UNLIKELY(!(thread_affinity(self) >> thread_processor(self) & 1)))
        move_home(self);
}
