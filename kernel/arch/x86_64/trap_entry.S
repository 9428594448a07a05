/*
 * trap_entry.S - exceptions and interrupts.
 *
 * From user level all registers go to the thread's context. In the kernel, interrupts come only
 * where they are let in (interrupt.c). An exception of the kernel itself is a bug (or an
 * instruction to emulate, trap.c). NMI, double fault and machine check may come anywhere, even
 * between an entry and its swapgs: they have stacks of their own, and neither their entry nor their
 * C code uses %gs.
 */
#include "kernel/arch/x86_64/entry.inc"

#define STACK_CS 24 /* the processor pushed it, behind vector and error code */

.section .text.entry, "ax"

.macro VECTOR_STUB number
    .org vector_stubs + VECTOR_STUB_BYTES * \number
    .if !(\number == 8 || (\number >= 10 && \number <= 14) || \number == 17 || \number == 21 || \
          \number == 29 || \number == 30)
    push $0
    .endif
    push $\number
    .if \number == VECTOR_NMI || \number == VECTOR_DOUBLE_FAULT || \number == VECTOR_MACHINE_CHECK
    jmp trap_anywhere
    .else
    jmp trap_common
    .endif
.endm

.global vector_stubs, trace_syscall
vector_stubs:
.altmacro
.set vector, 0
.rept VECTOR_COUNT
    VECTOR_STUB %vector
    .set vector, vector + 1
.endr
.noaltmacro

.balign 16
trap_common:
    testb $3, STACK_CS(%rsp)
    jz trap_anywhere
    swapgs
    push %rax
    mov %gs:CPU_CURRENT, %rax
    STORE SAVED, %rax, rbx, rcx, rdx, rsi, rdi, rbp, r8, r9, r10, r11, r12, r13, r14, r15
    popq SAVED + FRAME_rax(%rax)
    pop %rdi /* vector */
    pop %rsi /* error code */
    popq SAVED + FRAME_rip(%rax)
    pop %rcx
    popq SAVED + FRAME_rflags(%rax)
    popq SAVED + FRAME_rsp(%rax)
    movb $1, THREAD_FULL(%rax)
    mov %gs:CPU_STACK_TOP, %rsp
    push $2 /* direction and alignment check off: the gate clears neither */
    popfq
    cmpb $0, %gs:CPU_IN_GUEST
    je 1f
    movb $0, %gs:CPU_IN_GUEST
    movb $1, THREAD_GUEST(%rax)
    mov %rax, %rbp
    rdfsbase %rax
    mov %rax, SAVED + FRAME_fs_base(%rbp)
    swapgs
    rdgsbase %rax
    swapgs
    mov %rax, SAVED + FRAME_gs_base(%rbp)
1:  call *trap_way
    jmp exit_to_user

/* System calls while the kernel traces: as exceptions, whose error code is the handle. */
trace_syscall:
    swapgs
    mov %rsp, %gs:CPU_SCRATCH_R15
    mov %gs:CPU_STACK_TOP, %rsp
    .irp word, %gs:CPU_SCRATCH_R15, %r11, $SELECTOR_USER_CODE, %rcx, %rax, $VECTOR_COUNT
    pushq \word
    .endr
    swapgs
    jmp trap_common

/* Builds a struct trap_frame. */
trap_anywhere:
    .irp register, rax, rbx, rcx, rdx, rsi, rdi, rbp, r8, r9, r10, r11, r12, r13, r14, r15
    push %\register
    .endr
    mov %rsp, %rdi
    mov %rsp, %rbp
    and $-16, %rsp
    push $2
    popfq
    call trap_from_anywhere
    mov %rbp, %rsp
    .irp register, r15, r14, r13, r12, r11, r10, r9, r8, rbp, rdi, rsi, rdx, rcx, rbx, rax
    pop %\register
    .endr
    add $16, %rsp
    iretq
