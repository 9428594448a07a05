/*
 * start.S - first instructions of a native program, x86_64.
 *
 * rdi = address of struct component_info; rsp = end of the stack, a multiple of 16.
 */
        .section .text.start, "ax"
        .globl  _start
        .type   _start, @function
_start:
        xorl    %ebp, %ebp
        call    component_start
        ud2
        .size   _start, . - _start

        .section .note.GNU-stack, "", @progbits
