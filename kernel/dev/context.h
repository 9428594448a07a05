/*
 * context.h - registers of threads and guests where ports differ in names only. port/context.h says
 *   CONTEXT_PC, CONTEXT_SP   which members of struct arch_context have them when all are saved
 *   CONTEXT_HAS_GUEST        those of a guest are saved there too, for its frame gets them when it
 *                            leaves; else they are in the frame at once
 */
#pragma once

#include "kernel/arch.h"

/** guest_exit - the guest of @thread is left with this message for its server. */
void guest_exit(struct thread *thread, uint64_t tag, uint64_t word0, uint64_t word1);

/** report_exception - of a guest an exit, of a native thread a fault; @page: of a page. All
 * registers are saved. */
void report_exception(struct thread *thread, bool page, uint64_t word0, uint64_t word1);
