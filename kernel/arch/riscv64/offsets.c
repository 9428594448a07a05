/*
 * offsets.c - what the assembly must know of C structures, computed by the compiler.
 *
 * Never linked: the build compiles it to assembly and tools/offsets.py turns the marked lines into
 * offsets.h.
 */
#include "corm/syscall.h"
#include "kernel/cpu.h"
#include "kernel/dev/offsets.h"
#include "kernel/thread.h"

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

STATIC_ASSERT(offsetof(struct arch_context, in_guest) == offsetof(struct arch_context, full) + 1,
              "the entry code sets and clears both at once");

void offsets(void);

void offsets(void)
{
    OFFSET(CPU_STACK_TOP, cpu, arch.stack_top);
    OFFSET(CPU_SCRATCH, cpu, arch.scratch);
    OFFSET(CPU_SATP_MODE, cpu, arch.satp_mode);
    OFFSET(CPU_WAY, cpu, arch.way);
    OFFSET(CPU_GUEST_WAY, cpu, arch.guest_way);
    OFFSET(CPU_VECTOR_OWNER, cpu, arch.vector_owner);
    OFFSET(CPU_VECTOR_OPEN, cpu, arch.vector_open);
    OFFSET(CPU_TRACED, cpu, arch.traced);
    OFFSET(CPU_CURRENT, cpu, current);

    OFFSET(THREAD_SLOW_WORD, thread, slow_word);
    OFFSET(THREAD_ROOT, thread, root);
    OFFSET(THREAD_RESULT, thread, result);
    VALUE(MESSAGE, MESSAGE_FRAME);
    OFFSET(THREAD_GUEST_ROOT, thread, guest_root);
    OFFSET(THREAD_FRAME, thread, frame);
    OFFSET(SAVED, thread, context.registers);
    OFFSET(THREAD_PC, thread, context.pc);
    OFFSET(THREAD_SP, thread, context.sp);
    OFFSET(THREAD_TLS, thread, context.tls);
    OFFSET(THREAD_FULL, thread, context.full);
    OFFSET(THREAD_GUEST, thread, context.in_guest);
    VALUE(SLOW_KICKED, SLOW_KICKED);
    VALUE(SYSCALL_ENTER, SYSCALL_ENTER);
    VALUE(OP_SIGNAL, NOTIFICATION_OP_SIGNAL);
    VALUE(TAG_COUNT_AT, TAG_COUNT_SHIFT);
    VALUE(EXIT_TAG_SYSCALL, TAG(GUEST_EXIT_SYSCALL, 0));
}
