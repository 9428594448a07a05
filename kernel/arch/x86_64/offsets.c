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

#define REGISTER(upper, lower)                                                                     \
    OFFSET(FRAME_##upper, guest_frame, lower);                                                     \
    OFFSET(SAVED_##upper, thread, context.registers.lower)

void offsets(void);

void offsets(void)
{
    OFFSET(CPU_STACK_TOP, cpu, arch.stack_top);
    OFFSET(CPU_IN_GUEST, cpu, arch.in_guest);
    OFFSET(CPU_SPECIAL, cpu, arch.in_guest); /* and vector_open, as one word */
    OFFSET(CPU_VECTOR_OPEN, cpu, arch.vector_open);
    OFFSET(CPU_SCRATCH_RAX, cpu, arch.scratch_rax);
    OFFSET(CPU_SCRATCH_RCX, cpu, arch.scratch_rcx);
    OFFSET(CPU_SCRATCH_RDX, cpu, arch.scratch_rdx);
    OFFSET(CPU_SCRATCH_R15, cpu, arch.scratch_r15);
    OFFSET(CPU_ROOT_LOADED, cpu, arch.root_loaded);
    OFFSET(CPU_VECTOR_OWNER, cpu, arch.vector_owner);
    OFFSET(CPU_PENDING, cpu, arch.pending);
    OFFSET(CPU_CURRENT, cpu, current);

    OFFSET(THREAD_SLOW_WORD, thread, slow_word);
    OFFSET(THREAD_ROOT, thread, root);
    OFFSET(THREAD_RESULT, thread, result);
    OFFSET(THREAD_TAG, thread, message.tag);
    OFFSET(THREAD_WORDS, thread, message.words);
    OFFSET(THREAD_DEADLINE, thread, deadline_ns);
    OFFSET(THREAD_GUEST_ROOT, thread, guest_root);
    OFFSET(THREAD_FRAME, thread, frame);
    OFFSET(THREAD_PC, thread, context.pc);
    OFFSET(THREAD_SP, thread, context.sp);
    OFFSET(THREAD_TLS, thread, context.tls);
    OFFSET(THREAD_FULL, thread, context.full);
    OFFSET(THREAD_GUEST, thread, context.guest);
    VALUE(SLOW_KICKED, SLOW_KICKED);
    VALUE(SYSCALL_ENTER, SYSCALL_ENTER);
    VALUE(OP_SIGNAL, NOTIFICATION_OP_SIGNAL);
    VALUE(GUEST_FLAGS, GUEST_FLAGS_USER);
    VALUE(EXIT_TAG_SYSCALL, TAG(GUEST_EXIT_SYSCALL, 0));

    REGISTER(RAX, rax);
    REGISTER(RBX, rbx);
    REGISTER(RCX, rcx);
    REGISTER(RDX, rdx);
    REGISTER(RSI, rsi);
    REGISTER(RDI, rdi);
    REGISTER(RBP, rbp);
    REGISTER(RSP, rsp);
    REGISTER(R8, r8);
    REGISTER(R9, r9);
    REGISTER(R10, r10);
    REGISTER(R11, r11);
    REGISTER(R12, r12);
    REGISTER(R13, r13);
    REGISTER(R14, r14);
    REGISTER(R15, r15);
    REGISTER(RIP, rip);
    REGISTER(RFLAGS, rflags);
    REGISTER(FS_BASE, fs_base);
    REGISTER(GS_BASE, gs_base);
}
