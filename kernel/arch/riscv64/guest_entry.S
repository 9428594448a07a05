/*
 * guest_entry.S - `enter` and the ways out of a guest.
 *
 * Without lock, without stack, without C; what is unusual goes the long way (kernel/guest.c,
 * trap.c). While a guest runs its registers are nowhere else; when it traps they go to its frame,
 * whatever the trap is. The guest's registers that carry nothing stay as they are when its server
 * goes on: they are no secret from it. The core takes a thread out of its guest before guest Space
 * or frame go away, so both are there when the guest comes back.
 */
#include "kernel/arch/riscv64/entry.inc"

.section .text.entry, "ax"
.global guest_enter_short, guest_entry, guest_trace_entry, guest_resume

/* From syscall_slow: the pc and sp of the thread at t6 are saved, the handle is in t0. */
guest_enter_short:
    lwu t1, THREAD_SLOW_WORD(t6)
    andi t1, t1, SLOW_KICKED
    bnez t1, syscall_long
    ld t1, THREAD_GUEST_ROOT(t6)
    beqz t1, syscall_long
    ld t5, THREAD_FRAME(t6)
    beqz t5, syscall_long
    ld t3, FRAME_pc(t5)
    ld t4, USER_LIMIT
    bgeu t3, t4, syscall_long
    mv t6, t5
    j guest_load

/* A thread that is in its guest goes on there. */
guest_resume:
    ld t6, THREAD_FRAME(s0)
    ld t1, THREAD_GUEST_ROOT(s0)
    ld t3, FRAME_pc(t6)
guest_load: /* t6 the frame, t1 the root, t3 the pc */
    LOAD_ROOT
    csrw sepc, t3
    ld t2, CPU_GUEST_WAY(tp)
    csrw stvec, t2
    LOAD 0, t6, ra, sp, gp, tp, t0, t1, t2, s0, s1, a0, a1, a2, a3, a4, a5, a6, a7, s2, s3, s4, s5
    LOAD 0, t6, s6, s7, s8, s9, s10, s11, t3, t4, t5, t6
    sret

/* All registers are the guest's; they go to the frame, but for its pc, which is in t0 then; s0 is
 * the thread and t6 its frame. */
.macro GUEST_LEAVE
    csrrw tp, sscratch, tp
    sd t6, CPU_SCRATCH(tp)
    ld t6, CPU_CURRENT(tp)
    ld t6, THREAD_FRAME(t6)
    STORE 0, t6, ra, sp, gp, t0, t1, t2, s0, s1, a0, a1, a2, a3, a4, a5, a6, a7, s2, s3, s4, s5
    STORE 0, t6, s6, s7, s8, s9, s10, s11, t3, t4, t5
    csrrw t1, sscratch, tp
    ld t2, CPU_SCRATCH(tp)
    csrr t0, sepc
    sd t1, FRAME_tp(t6)
    sd t2, FRAME_t6(t6)
    ld t3, CPU_WAY(tp)
    csrw stvec, t3
    ld s0, CPU_CURRENT(tp)
.endm

.balign 4
guest_entry:
    GUEST_LEAVE
    csrr t1, scause
    addi t1, t1, -CAUSE_ECALL_USER
    bnez t1, guest_trap
    addi t0, t0, ECALL_BYTES
    sd t0, FRAME_pc(t6)
    ld t1, THREAD_ROOT(s0)
    LOAD_ROOT
    ld ra, THREAD_PC(s0)
    ld sp, THREAD_SP(s0)
    csrw sepc, ra
    ld tp, THREAD_TLS(s0)
    li s1, EXIT_TAG_SYSCALL
    CLEAR t0, t1, t2, t3, t6, s0
    sret

.balign 4
guest_trace_entry:
    GUEST_LEAVE
guest_trap:
    sd t0, FRAME_pc(t6)
    li t1, 0x0101
    sh t1, THREAD_FULL(s0) /* and THREAD_GUEST behind it */
    j trap_guest
