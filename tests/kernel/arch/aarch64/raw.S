/**
 * raw.S - see contract/raw.h.
 */
#define FRAME_BYTES 144
#define OUT         96 /* on the stack: where the registers go */
#define SCRATCH     104
#define TURNS       112
#define NZCV        248 /* in struct registers */

/* struct registers, but x0 and x1 */
#define OTHERS "2, 3", "4, 5", "6, 7", "8, 9", "10, 11", "12, 13", "14, 15", "16, 17", "18, 19", \
        "20, 21", "22, 23", "24, 25", "26, 27", "28, 29"

        .text

.macro PAIR     instruction, base, first, second
        \instruction x\first, x\second, [\base, #8 * \first]
.endm

.macro ENTER
        sub     sp, sp, #FRAME_BYTES
        .irp    pair, "19, 20", "21, 22", "23, 24", "25, 26", "27, 28", "29, 30"
        KEEP    stp, \pair
        .endr
        str     x1, [sp, #OUT]
.endm

.macro KEEP     instruction, first, second
        \instruction x\first, x\second, [sp, #8 * (\first - 19)]
.endm

/* All registers from the file at x0, but flags. */
.macro LOAD_ALL
        .irp    pair, OTHERS
        PAIR    ldp, x0, \pair
        .endr
        ldr     x30, [x0, #240]
        ldp     x0, x1, [x0]
.endm

/* All registers to the file whose address ENTER saved; then back to the caller. */
.macro STORE_ALL_AND_LEAVE
        stp     x0, x1, [sp, #SCRATCH]
        ldr     x0, [sp, #OUT]
        mrs     x1, nzcv
        str     x1, [x0, #NZCV]
        .irp    pair, OTHERS
        PAIR    stp, x0, \pair
        .endr
        str     x30, [x0, #240]
        ldp     x2, x3, [sp, #SCRATCH]
        stp     x2, x3, [x0]
        .irp    pair, "19, 20", "21, 22", "23, 24", "25, 26", "27, 28", "29, 30"
        KEEP    ldp, \pair
        .endr
        add     sp, sp, #FRAME_BYTES
        ret
.endm

        .globl  raw_syscall
        .type   raw_syscall, @function
raw_syscall:
        ENTER
        LOAD_ALL
        svc     #0
        STORE_ALL_AND_LEAVE
        .size   raw_syscall, . - raw_syscall

        .globl  raw_hold
        .type   raw_hold, @function
raw_hold:
        ENTER
        str     x2, [sp, #TURNS]
        ldr     x2, [x0, #NZCV]
        msr     nzcv, x2
        LOAD_ALL
1:      nop
        str     x17, [sp, #SCRATCH]
        ldr     x17, [sp, #TURNS]
        sub     x17, x17, #1
        str     x17, [sp, #TURNS]
        cbz     x17, 2f
        ldr     x17, [sp, #SCRATCH]
        b       1b
2:      ldr     x17, [sp, #SCRATCH]
        STORE_ALL_AND_LEAVE
        .size   raw_hold, . - raw_hold

        .globl  raw_fault
        .type   raw_fault, @function
raw_fault:
        ENTER
        LOAD_ALL
        .globl  raw_fault_instruction
raw_fault_instruction:
        ldrb    wzr, [x19]
        .globl  raw_fault_next
raw_fault_next:
        STORE_ALL_AND_LEAVE
        .size   raw_fault, . - raw_fault

        .arch_extension simd
.macro VECTOR   instruction, first, second
        \instruction q\first, q\second, [x0, #16 * \first]
.endm

#define VECTORS "0, 1", "2, 3", "4, 5", "6, 7", "8, 9", "10, 11", "12, 13", "14, 15", "16, 17", \
        "18, 19", "20, 21", "22, 23", "24, 25", "26, 27", "28, 29", "30, 31"

        .globl  raw_vector_load
        .type   raw_vector_load, @function
raw_vector_load:
        .irp    pair, VECTORS
        VECTOR  ldp, \pair
        .endr
        ret
        .size   raw_vector_load, . - raw_vector_load

        .globl  raw_vector_store
        .type   raw_vector_store, @function
raw_vector_store:
        .irp    pair, VECTORS
        VECTOR  stp, \pair
        .endr
        ret
        .size   raw_vector_store, . - raw_vector_store

        .section .note.GNU-stack, "", @progbits
