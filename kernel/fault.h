/*
 * fault.h - the message that a faulting native thread sends to its fault endpoint.
 *
 * Label one of enum fault_label; word 0 the address or vector, word 1 the error code (enum
 * guest_access bits for a page fault), word 2 pc, word 3 sp. The reply's label 0 lets the thread go
 * on where it was (with word 0 as pc if the reply has a word); any other label leaves it suspended.
 * The numbers are the ABI's: abi/fault.h.
 */
#ifndef KERNEL_FAULT_H
#define KERNEL_FAULT_H

#include "abi/fault.h"
#include "kernel/thread.h"

/** fault_report - the running thread faulted: tell its fault endpoint, or stop it. Lock held. */
void fault_report(struct cpu *cpu, const struct message *message);

#endif
