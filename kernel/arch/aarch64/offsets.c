/*
 * offsets.c - what this port's assembly knows of C structures (kernel/dev/offsets.h).
 */
#include "kernel/dev/offsets.h"

STATIC_ASSERT(offsetof(struct thread, message.words) == offsetof(struct thread, message.tag) + 8 &&
                  offsetof(struct thread, deadline_ns) ==
                      offsetof(struct thread, message.tag) + 8 + 8 * MESSAGE_WORDS,
              "the entry code stores tag, words and deadline in pairs");
STATIC_ASSERT(offsetof(struct arch_context, tls) == 0 && offsetof(struct arch_context, sp) == 16 &&
                  offsetof(struct guest_frame, sp) == 248 &&
                  offsetof(struct guest_frame, pc) == 256 &&
                  offsetof(struct guest_frame, pstate) == 264 &&
                  offsetof(struct guest_frame, tpidr) == 272,
              "the entry code stores them in pairs");
STATIC_ASSERT(offsetof(struct thread, context) == offsetof(struct thread, root) + 8,
              "root and TLS base are loaded at once");
STATIC_ASSERT(offsetof(struct thread, deadline_ns) <= 504, "within reach of ldp from SP_EL1");

void offsets(void);

void offsets(void)
{
    offsets_shared();
    OFFSET(CPU_VECTORS, cpu, arch.vectors);

    OFFSET(THREAD_MESSAGE, thread, message);
    OFFSET(THREAD_PC, thread, context.pc);
    OFFSET(THREAD_TLS, thread, context.tls);
    OFFSET(THREAD_FULL, thread, context.full);
    OFFSET(THREAD_ZEROS, thread, context.zeros);
    OFFSET(SAVED, thread, context.registers);
    VALUE(FRAME_SP, offsetof(struct guest_frame, sp));
    VALUE(FRAME_PC, offsetof(struct guest_frame, pc));
    VALUE(FRAME_PSTATE, offsetof(struct guest_frame, pstate));
    VALUE(FRAME_TPIDR, offsetof(struct guest_frame, tpidr));

    VALUE(SLOW_KICKED_BIT, __builtin_ctz(SLOW_KICKED));
    VALUE(OP_SIGNAL_BIT, __builtin_ctz(NOTIFICATION_OP_SIGNAL));
    VALUE(TAG_COUNT_MASK, 0xf << TAG_COUNT_SHIFT);
}
