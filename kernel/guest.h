/*
 * guest.h - `enter`: a thread continues in its guest Space and comes back with a reason.
 *
 * The frame page is shared with the server; the kernel reads each field once and checks it. Lock:
 * none on the port's short path; the slow path runs under the kernel lock.
 */
#pragma once

#include "kernel/thread.h"

/** guest_enter - the system call `enter` of the running thread. */
void guest_enter(struct cpu *cpu);

/** guest_stop - if @thread is inside its guest, bring it out with GUEST_EXIT_KICK. */
void guest_stop(struct thread *thread);
