/*
 * offsets.c - what the assembly must know of C structures, computed by the compiler.
 *
 * Never linked: the build compiles it to assembly and offsets.py turns the marked lines into
 * offsets.h.
 */
#include "corm/syscall.h"
#include "kernel/cpu.h"
#include "kernel/thread.h"

#define VALUE(name, value)          __asm__ volatile("\n#-> " #name " %c0" : : "i"(value))
#define OFFSET(name, object, field) VALUE(name, offsetof(struct object, field))

#define REGISTER(name)    OFFSET(FRAME_##name, guest_frame, name)
#define WORD(index, name) OFFSET(MESSAGE_##name, thread, message.words[index])

void offsets(void);

void offsets(void)
{
    OFFSET(CPU_STACK_TOP, cpu, arch.stack_top);
    OFFSET(CPU_IN_GUEST, cpu, arch.in_guest);
    OFFSET(CPU_SPECIAL, cpu, arch.in_guest); /* and vector_open, as one word */
    OFFSET(CPU_VECTOR_OPEN, cpu, arch.vector_open);
    OFFSET(CPU_SCRATCH_R15, cpu, arch.scratch_r15);
    OFFSET(CPU_ROOT_LOADED, cpu, arch.root_loaded);
    OFFSET(CPU_VECTOR_OWNER, cpu, arch.vector_owner);
    OFFSET(CPU_PENDING, cpu, arch.pending);
    OFFSET(CPU_CURRENT, cpu, current);

    OFFSET(THREAD_SLOW_WORD, thread, slow_word);
    OFFSET(THREAD_ROOT, thread, root);
    OFFSET(THREAD_RESULT, thread, result);
    OFFSET(MESSAGE_rbx, thread, message.tag);
    WORD(0, rdi);
    WORD(1, rsi);
    WORD(2, rdx);
    WORD(3, r10);
    WORD(4, r8);
    WORD(5, r9);
    WORD(6, r12);
    WORD(7, r13);
    OFFSET(THREAD_DEADLINE, thread, deadline_ns);
    OFFSET(THREAD_GUEST_ROOT, thread, guest_root);
    OFFSET(THREAD_FRAME, thread, frame);
    OFFSET(SAVED, thread, context.registers);
    OFFSET(THREAD_PC, thread, context.pc);
    OFFSET(THREAD_SP, thread, context.sp);
    OFFSET(THREAD_TLS, thread, context.tls);
    OFFSET(THREAD_FULL, thread, context.full);
    OFFSET(THREAD_GUEST, thread, context.guest);
    VALUE(SLOW_KICKED, SLOW_KICKED);
    VALUE(SYSCALL_ENTER, SYSCALL_ENTER);
    VALUE(OP_SIGNAL, NOTIFICATION_OP_SIGNAL);
    VALUE(GUEST_FLAGS, GUEST_FLAGS_USER);
    VALUE(TAG_COUNT_MASK, 0xf << TAG_COUNT_SHIFT);
    VALUE(EXIT_TAG_SYSCALL, TAG(GUEST_EXIT_SYSCALL, 0));

    REGISTER(rax);
    REGISTER(rbx);
    REGISTER(rcx);
    REGISTER(rdx);
    REGISTER(rsi);
    REGISTER(rdi);
    REGISTER(rbp);
    REGISTER(rsp);
    REGISTER(r8);
    REGISTER(r9);
    REGISTER(r10);
    REGISTER(r11);
    REGISTER(r12);
    REGISTER(r13);
    REGISTER(r14);
    REGISTER(r15);
    REGISTER(rip);
    REGISTER(rflags);
    REGISTER(fs_base);
    REGISTER(gs_base);
}
