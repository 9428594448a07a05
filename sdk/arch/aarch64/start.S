/*
 * start.S - first instructions of a native program, aarch64.
 *
 * x0 = address of struct component_info; sp = end of the stack, a multiple of 16.
 */
        .section .text.start, "ax"
        .globl  _start
        .type   _start, @function
_start:
        mov     x29, xzr
        bl      component_start
        udf     #0
        .size   _start, . - _start

        .section .note.GNU-stack, "", @progbits
