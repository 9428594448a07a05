/*
 * offsets.h - for a port's offsets.c: what its assembly must know of C structures, computed by the
 * compiler.
 *
 * Never linked: the build compiles it to assembly and tools/offsets.py turns the marked lines into
 * offsets.h.
 */
#pragma once

#include "corm/syscall.h"
#include "kernel/cpu.h"
#include "kernel/dev/start.h"
#include "kernel/thread.h"

#define VALUE(name, value)          __asm__ volatile("\n.ascii \"-> " #name " %0\"" : : "i"(value))
#define OFFSET(name, object, field) VALUE(name, offsetof(struct object, field))

STATIC_ASSERT(offsetof(struct arch_context, in_guest) == offsetof(struct arch_context, full) + 1,
              "the entry code writes both at once");

/** offsets_shared - what each port needs. */
static ALWAYS_INLINE void offsets_shared(void)
{
    VALUE(PROCESSOR_BYTES, sizeof(struct processor));
    VALUE(PROCESSOR_STRIDE, PROCESSOR_STRIDE);
    OFFSET(CPU_STACK_TOP, cpu, arch.stack_top);
    OFFSET(CPU_VECTOR_OWNER, cpu, arch.vector_owner);
    OFFSET(CPU_VECTOR_OPEN, cpu, arch.vector_open);
    OFFSET(CPU_CURRENT, cpu, current);

    OFFSET(THREAD_SLOW_WORD, thread, slow_word);
    OFFSET(THREAD_ROOT, thread, root);
    OFFSET(THREAD_RESULT, thread, result);
    OFFSET(THREAD_GUEST_ROOT, thread, guest_root);
    OFFSET(THREAD_FRAME, thread, frame);

    VALUE(SYSCALL_ENTER, SYSCALL_ENTER);
    VALUE(EXIT_TAG_SYSCALL, TAG(GUEST_EXIT_SYSCALL, 0));
}
