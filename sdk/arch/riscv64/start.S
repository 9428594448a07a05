/*
 * start.S - first instructions of a native program, riscv64.
 *
 * a0 = address of struct component_info; sp = end of the stack, a multiple of 16.
 */
        .section .text.start, "ax"
        .globl  _start
        .type   _start, @function
_start:
        mv      s0, zero
        call    component_start
        unimp
        .size   _start, . - _start

        .section .note.GNU-stack, "", @progbits
