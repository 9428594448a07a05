/**
 * raw.S - see raw.h.
 */
#define RAX 0
#define RBX 8
#define RCX 16
#define RDX 24
#define RSI 32
#define RDI 40
#define RBP 48
#define R8 56
#define R9 64
#define R10 72
#define R11 80
#define R12 88
#define R13 96
#define R14 104
#define R15 112
#define RFLAGS 120

        .text

.macro ENTER
        push    %rbx
        push    %rbp
        push    %r12
        push    %r13
        push    %r14
        push    %r15
        push    %rsi            /* where the registers go */
.endm

/* All registers from the file at rdi. */
.macro LOAD_ALL
        mov     RAX(%rdi), %rax
        mov     RBX(%rdi), %rbx
        mov     RCX(%rdi), %rcx
        mov     RDX(%rdi), %rdx
        mov     RSI(%rdi), %rsi
        mov     RBP(%rdi), %rbp
        mov     R8(%rdi), %r8
        mov     R9(%rdi), %r9
        mov     R10(%rdi), %r10
        mov     R11(%rdi), %r11
        mov     R12(%rdi), %r12
        mov     R13(%rdi), %r13
        mov     R14(%rdi), %r14
        mov     R15(%rdi), %r15
        mov     RDI(%rdi), %rdi
.endm

/* All registers to the file whose address ENTER pushed; then back to the caller. */
.macro STORE_ALL_AND_LEAVE
        pushfq
        push    %rax
        mov     16(%rsp), %rax
        mov     %rbx, RBX(%rax)
        mov     %rcx, RCX(%rax)
        mov     %rdx, RDX(%rax)
        mov     %rsi, RSI(%rax)
        mov     %rdi, RDI(%rax)
        mov     %rbp, RBP(%rax)
        mov     %r8, R8(%rax)
        mov     %r9, R9(%rax)
        mov     %r10, R10(%rax)
        mov     %r11, R11(%rax)
        mov     %r12, R12(%rax)
        mov     %r13, R13(%rax)
        mov     %r14, R14(%rax)
        mov     %r15, R15(%rax)
        pop     %rbx
        mov     %rbx, RAX(%rax)
        pop     %rbx
        mov     %rbx, RFLAGS(%rax)
        cld
        add     $8, %rsp
        pop     %r15
        pop     %r14
        pop     %r13
        pop     %r12
        pop     %rbp
        pop     %rbx
        ret
.endm

        .globl  raw_syscall
        .type   raw_syscall, @function
raw_syscall:
        ENTER
        LOAD_ALL
        syscall
        STORE_ALL_AND_LEAVE
        .size   raw_syscall, . - raw_syscall

        .globl  raw_hold
        .type   raw_hold, @function
raw_hold:
        ENTER
        push    %rdx            /* the turns that are left */
        pushq   RFLAGS(%rdi)
        LOAD_ALL
        popfq
1:      nop
        xchg    %rax, (%rsp)
        lea     -1(%rax), %rax
        xchg    %rax, (%rsp)
        pushfq
        cmpq    $0, 8(%rsp)
        je      2f
        popfq
        jmp     1b
2:      popfq
        lea     8(%rsp), %rsp
        STORE_ALL_AND_LEAVE
        .size   raw_hold, . - raw_hold

        .globl  raw_fault
        .type   raw_fault, @function
raw_fault:
        ENTER
        LOAD_ALL
        .globl  raw_fault_instruction
raw_fault_instruction:
        cmpb    $0, (%rbx)
        .globl  raw_fault_next
raw_fault_next:
        STORE_ALL_AND_LEAVE
        .size   raw_fault, . - raw_fault

        .globl  raw_vector_load
        .type   raw_vector_load, @function
raw_vector_load:
        test    %rsi, %rsi
        jz      1f
        .irp    n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
        vmovups \n * 32(%rdi), %ymm\n
        .endr
        ret
1:
        .irp    n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
        movups  \n * 32(%rdi), %xmm\n
        .endr
        ret
        .size   raw_vector_load, . - raw_vector_load

        .globl  raw_vector_store
        .type   raw_vector_store, @function
raw_vector_store:
        test    %rsi, %rsi
        jz      1f
        .irp    n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
        vmovups %ymm\n, \n * 32(%rdi)
        .endr
        ret
1:
        .irp    n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
        movups  %xmm\n, \n * 32(%rdi)
        .endr
        ret
        .size   raw_vector_store, . - raw_vector_store

        .section .note.GNU-stack, "", @progbits
