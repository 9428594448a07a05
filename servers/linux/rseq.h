/*
 * rseq.h - restartable sequences: code of a thread that is abandoned if another thread had the
 * processor in the middle of it.
 *
 * The kernel brings a guest that lost the processor out of `enter` before it goes on (abi/guest.h),
 * so the server sees each such case.
 */
#pragma once

#include "servers/linux/thread.h"

void rseq_look(struct thread *thread);

/* Tells the current thread's guest the processor on which it is from now on. */
void rseq_moved(struct thread *thread);

/**
 * rseq_interrupted - the current thread came out of its guest other than by a system call, which
 * no sequence may make: if it is in one, its frame continues where that is abandoned.
 *
 * A sequence that makes no sense, or memory that is not there, ends in SIGSEGV.
 */
static inline void rseq_interrupted(struct thread *thread)
{
    if (thread->rseq_area != 0)
        rseq_look(thread);
}
