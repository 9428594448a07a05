/*
 * vector.h - x87, SSE and AVX registers of the threads that declared them.
 *
 * The state of one thread, the owner, is live in the registers, also while others run that have
 * none; CR0.TS then traps their access. A trap (#NM) of a thread with vector state makes it the
 * owner. Processors on which a trapped access leaks speculatively give the state up when the owner
 * leaves the processor.
 */
#ifndef X86_64_VECTOR_H
#define X86_64_VECTOR_H

#include "lib/base/types.h"

struct cpu;
struct thread;

/** vector_init - choose the components that are saved; writes XCR0. */
void vector_init(void);

/** vector_thread_init - the initial state into a thread's area. */
void vector_thread_init(struct thread *thread);

/** vector_acquire - #NM of the running thread; false if it has no vector state. */
MUST_USE bool vector_acquire(struct cpu *cpu);

/** vector_close - the registers are open, but another thread than the owner is about to run. */
void vector_close(void);

#endif
