/*
 * offsets.c - what this port's assembly knows of C structures (kernel/dev/offsets.h).
 */
#include "kernel/dev/offsets.h"

#define FRAME(name) offsetof(struct guest_frame, name)

/* Where a frame would lie whose rbx is the tag: the words and the deadline follow as there. */
#define MESSAGE_FRAME (offsetof(struct thread, message.tag) - FRAME(rbx))
#define ALIKE(field, name)                                                                         \
    STATIC_ASSERT(offsetof(struct thread, field) == MESSAGE_FRAME + FRAME(name), #name)
ALIKE(message.words[0], rdi);
ALIKE(message.words[1], rsi);
ALIKE(message.words[2], rdx);
ALIKE(message.words[3], r10);
ALIKE(message.words[4], r8);
ALIKE(message.words[5], r9);
ALIKE(message.words[6], r12);
ALIKE(message.words[7], r13);
ALIKE(deadline_ns, r14);

STATIC_ASSERT(offsetof(struct arch_cpu, vector_open) == offsetof(struct arch_cpu, in_guest) + 1,
              "the entry code tests both at once");

void offsets(void);

void offsets(void)
{
    offsets_shared();
    OFFSET(CPU_IN_GUEST, cpu, arch.in_guest);
    OFFSET(CPU_SCRATCH_R15, cpu, arch.scratch_r15);

    VALUE(MESSAGE, MESSAGE_FRAME);
    OFFSET(SAVED, thread, context.registers);
    OFFSET(THREAD_PC, thread, context.pc);
    OFFSET(THREAD_SP, thread, context.sp);
    OFFSET(THREAD_TLS, thread, context.tls);
    OFFSET(THREAD_FULL, thread, context.full);
    OFFSET(THREAD_GUEST, thread, context.in_guest);
    VALUE(SLOW_KICKED, SLOW_KICKED);
    VALUE(OP_SIGNAL, NOTIFICATION_OP_SIGNAL);
    VALUE(GUEST_FLAGS, GUEST_FLAGS_USER);
    VALUE(TAG_COUNT_MASK, 0xf << TAG_COUNT_SHIFT);
}
