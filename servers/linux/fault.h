/*
 * fault.h - what the guest did by accident: page faults and other exceptions become pages or
 * signals.
 */
#pragma once

#include "servers/linux/thread.h"

/* A signal for the current thread that it cannot escape, with the address that it is about. */
void fault_force(int signo, int code, uint64_t address);

/* @access: enum guest_access bits */
void fault_page(struct thread *thread, uint64_t address, uint64_t access);

/* @vector, @error: as the processor gives them (arch/ARCH/fault_trap.c) */
void fault_trap(struct thread *thread, uint64_t vector, uint64_t error);

/* The guest cannot go on where its registers say: outside of user memory. */
void fault_nowhere(struct thread *thread);

/* Called when there is no memory for a guest's page: kills the process that has most of it, unless
   one is ending already. Does not wait for it. */
void fault_out_of_memory(void);
