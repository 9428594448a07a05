/*
 * vector_state.S - all vector registers to and from a struct guest_vector at x0.
 */
.arch_extension simd

.macro EACH_PAIR instruction
    .irp pair, "0, 1", "2, 3", "4, 5", "6, 7", "8, 9", "10, 11", "12, 13", "14, 15", "16, 17", \
        "18, 19", "20, 21", "22, 23", "24, 25", "26, 27", "28, 29", "30, 31"
    ONE_PAIR \instruction, \pair
    .endr
.endm

.macro ONE_PAIR instruction, first, second
    \instruction q\first, q\second, [x0, #16 * \first]
.endm

.text
.global vector_save, vector_load
vector_save:
    EACH_PAIR stp
    mrs x1, fpsr
    mrs x2, fpcr
    str w1, [x0, #512]
    str w2, [x0, #516]
    ret

vector_load:
    EACH_PAIR ldp
    ldr w1, [x0, #512]
    ldr w2, [x0, #516]
    msr fpsr, x1
    msr fpcr, x2
    ret
