/**
 * poke.S - see tests/kernel/stress/poke.h.
 */
        .text
        .option norvc
        .globl  poke, poke_instruction, poke_next
        .type   poke, @function
poke:
poke_instruction:
        sd      a1, 0(a0)
poke_next:
        ret
        .size   poke, . - poke

        .section .note.GNU-stack, "", @progbits
