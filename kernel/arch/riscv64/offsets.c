/*
 * offsets.c - what this port's assembly knows of C structures (kernel/dev/offsets.h).
 */
#include "kernel/dev/offsets.h"

#define FRAME(name) offsetof(struct guest_frame, name)

/* Where a frame would lie whose s1 is the tag: the words and the deadline follow as there. */
#define MESSAGE_FRAME (offsetof(struct thread, message.tag) - FRAME(s1))
#define ALIKE(field, name)                                                                         \
    STATIC_ASSERT(offsetof(struct thread, field) == MESSAGE_FRAME + FRAME(name), #name)
ALIKE(message.words[0], a0);
ALIKE(message.words[1], a1);
ALIKE(message.words[2], a2);
ALIKE(message.words[3], a3);
ALIKE(message.words[4], a4);
ALIKE(message.words[5], a5);
ALIKE(message.words[6], a6);
ALIKE(message.words[7], a7);
ALIKE(deadline_ns, s2);

void offsets(void);

void offsets(void)
{
    offsets_shared();
    OFFSET(CPU_CALLER, cpu, arch.caller);
    OFFSET(CPU_SCRATCH, cpu, arch.scratch);
    OFFSET(CPU_WAY, cpu, arch.way);
    OFFSET(CPU_GUEST_WAY, cpu, arch.guest_way);
    OFFSET(CPU_TRACED, cpu, arch.traced);

    VALUE(MESSAGE, MESSAGE_FRAME);
    OFFSET(SAVED, thread, context.registers);
    OFFSET(THREAD_PC, thread, context.pc);
    OFFSET(THREAD_SP, thread, context.sp);
    OFFSET(THREAD_TLS, thread, context.tls);
    OFFSET(THREAD_FULL, thread, context.full);
    OFFSET(THREAD_GUEST, thread, context.in_guest);
    VALUE(SLOW_KICKED, SLOW_KICKED);
    VALUE(OP_SIGNAL, NOTIFICATION_OP_SIGNAL);
    VALUE(TAG_COUNT_AT, TAG_COUNT_SHIFT);
}
