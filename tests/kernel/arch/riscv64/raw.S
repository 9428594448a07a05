/**
 * raw.S - see contract/raw.h.
 */
#define KEPT ra, s0, s1, s2, s3, s4, s5, s6, s7, s8, s9, s10, s11
#define FRAME_BYTES 144
#define OUT     104 /* on the stack: where the registers go */
#define SCRATCH 112
#define TURNS   120

/* struct registers, but a0, which has the file's address */
#define OTHERS ra, gp, t0, t1, t2, s0, s1, a1, a2, a3, a4, a5, a6, a7, s2, s3, s4, s5, s6, s7, s8, \
        s9, s10, s11, t3, t4, t5, t6

.set offset, 0
.irp register, ra, gp, t0, t1, t2, s0, s1, a0, a1, a2, a3, a4, a5, a6, a7, s2, s3, s4, s5, s6, s7, \
        s8, s9, s10, s11, t3, t4, t5, t6
.set REGISTER_\register, offset
.set offset, offset + 8
.endr

        .text

.macro ENTER
        addi    sp, sp, -FRAME_BYTES
        .set    at, 0
        .irp    register, KEPT
        sd      \register, at(sp)
        .set    at, at + 8
        .endr
        sd      a1, OUT(sp)
.endm

/* All registers from the file at a0. */
.macro LOAD_ALL
        .irp    register, OTHERS
        ld      \register, REGISTER_\register(a0)
        .endr
        ld      a0, REGISTER_a0(a0)
.endm

/* All registers to the file whose address ENTER saved; then back to the caller. */
.macro STORE_ALL_AND_LEAVE
        sd      a0, SCRATCH(sp)
        ld      a0, OUT(sp)
        .irp    register, OTHERS
        sd      \register, REGISTER_\register(a0)
        .endr
        ld      t0, SCRATCH(sp)
        sd      t0, REGISTER_a0(a0)
        .set    at, 0
        .irp    register, KEPT
        ld      \register, at(sp)
        .set    at, at + 8
        .endr
        addi    sp, sp, FRAME_BYTES
        ret
.endm

        .globl  raw_syscall
        .type   raw_syscall, @function
raw_syscall:
        ENTER
        LOAD_ALL
        ecall
        STORE_ALL_AND_LEAVE
        .size   raw_syscall, . - raw_syscall

        .globl  raw_hold
        .type   raw_hold, @function
raw_hold:
        ENTER
        sd      a2, TURNS(sp)
        LOAD_ALL
1:      nop
        sd      t6, SCRATCH(sp)
        ld      t6, TURNS(sp)
        addi    t6, t6, -1
        sd      t6, TURNS(sp)
        beqz    t6, 2f
        ld      t6, SCRATCH(sp)
        j       1b
2:      ld      t6, SCRATCH(sp)
        STORE_ALL_AND_LEAVE
        .size   raw_hold, . - raw_hold

        .globl  raw_fault
        .type   raw_fault, @function
raw_fault:
        ENTER
        LOAD_ALL
        .globl  raw_fault_instruction
raw_fault_instruction:
        lb      zero, 0(s0)
        .globl  raw_fault_next
raw_fault_next:
        STORE_ALL_AND_LEAVE
        .size   raw_fault, . - raw_fault

        .option arch, +d
        .globl  raw_vector_load
        .type   raw_vector_load, @function
raw_vector_load:
        .irp    n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, \
                   22, 23, 24, 25, 26, 27, 28, 29, 30, 31
        fld     f\n, \n * 8(a0)
        .endr
        ret
        .size   raw_vector_load, . - raw_vector_load

        .globl  raw_vector_store
        .type   raw_vector_store, @function
raw_vector_store:
        .irp    n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, \
                   22, 23, 24, 25, 26, 27, 28, 29, 30, 31
        fsd     f\n, \n * 8(a0)
        .endr
        ret
        .size   raw_vector_store, . - raw_vector_store

        .section .note.GNU-stack, "", @progbits
