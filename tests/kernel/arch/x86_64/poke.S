/**
 * poke.S - see tests/kernel/stress/poke.h.
 */
        .text
        .globl  poke, poke_instruction, poke_next
        .type   poke, @function
poke:
poke_instruction:
        mov     %rsi, (%rdi)
poke_next:
        ret
        .size   poke, . - poke

        .section .note.GNU-stack, "", @progbits
