/*
 * raw.c - the call that returns twice.
 */
#include "apps/linux-fuzz/raw.h"

__asm__(".pushsection .text\n"
        ".globl raw_clone\n"
        ".type raw_clone, @function\n"
        "raw_clone:\n"
        "    movq %rdi, %rax\n"
        "    movq %rsi, %rcx\n"
        "    movq 0(%rcx), %rdi\n"
        "    movq 8(%rcx), %rsi\n"
        "    movq 16(%rcx), %rdx\n"
        "    movq 24(%rcx), %r10\n"
        "    movq 32(%rcx), %r8\n"
        "    movq 40(%rcx), %r9\n"
        "    syscall\n"
        "    testq %rax, %rax\n"
        "    jz 1f\n"
        "    ret\n"
        "1:  xorl %ebp, %ebp\n"
        "    andq $-16, %rsp\n"
        "    call actor_child\n"
        "    ud2\n"
        ".size raw_clone, . - raw_clone\n"
        ".popsection\n");
