/*
 * entry.S - the ways into the kernel, and back to user level.
 *
 * stvec says where a trap leads, so that the entry of a system call need not ask where it comes
 * from: syscall_entry, open_entry while the thread may use its vector registers, guest_entry in a
 * guest. User level expects its stack pointer and TLS base back, and message and result in
 * registers; the rest is lost to it, so tp is free from the start, and the kernel clears what
 * carries no message. sret and the trap keep interrupts off in the kernel by themselves (privileged
 * manual 3.1.6.1); sstatus.SUM and MXR are never set.
 */
#include "kernel/arch/riscv64/entry.inc"

.section .text.entry, "ax"
.global kernel_entry, syscall_slow, syscall_long, syscall_signal
.global fast_exit_faulted, exit_to_user, trap_guest
.global vector_save, vector_load

kernel_entry: /* a0: physical address of the handover, a1: index */
    la tp, cpu_first
    li t0, PROCESSOR_STRIDE
    mul t0, t0, a1
    add tp, tp, t0
    mv sp, tp
    call kernel_start
    j exit_to_user

/* Not the common case. The handle is in t0, the pc to go on at in ra; sp, tag and words are where
 * user level put them. */
syscall_slow:
    ld t6, CPU_CURRENT(tp)
    li t2, SYSCALL_ENTER
    sd sp, THREAD_SP(t6)
    sd ra, THREAD_PC(t6)
    beq t0, t2, guest_enter_short
syscall_long:
    ld sp, CPU_STACK_TOP(tp)
    STORE MESSAGE, t6, s1, a0, a1, a2, a3, a4, a5, a6, a7, s2
    sd t6, CPU_CALLER(tp)
    sext.w a0, t0 /* a handle has 32 bits; so does C want them */
    call trap_syscall
    ld a0, CPU_CURRENT(tp)
    ld t1, CPU_CALLER(tp)
    bne a0, t1, exit_to_user
    ld ra, THREAD_PC(a0)
    ld sp, THREAD_SP(a0)
    ld tp, THREAD_TLS(a0)
    csrw sepc, ra
    ld t0, THREAD_RESULT(a0)
    LOAD MESSAGE, a0, s1, a1, a2, a3, a4, a5, a6, a7, a0
    /* The others that C keeps are as the thread left them, but for what port/fast.h has. */
    CLEAR s2, s3, t1, t2, t3, t4, t5, t6
    sret

/* From the fast path: the fault of t1, the current thread, was answered by the message. */
fast_exit_faulted:
    srli t2, s1, TAG_COUNT_AT
    andi t2, t2, 0xf
    beqz t2, exit_to_user
    sd a0, SAVED + FRAME_pc(t1)
    j exit_to_user

/* A signal wakes somebody: t1 = its slot, the kernel lock is held, no message is to be saved. */
syscall_signal:
    ld sp, CPU_STACK_TOP(tp)
    mv a0, t1
    call trap_signal

/* Continue cpu->current at user level. */
exit_to_user:
    ld s0, CPU_CURRENT(tp)
    ld t1, CPU_VECTOR_OWNER(tp)
    beq t1, s0, exit_owner
    lbu t1, CPU_VECTOR_OPEN(tp)
    bnez t1, exit_close
exit_load:
    lbu t1, THREAD_FULL(s0)
    bnez t1, exit_full
    ld t1, THREAD_ROOT(s0)
    LOAD_ROOT
    ld t0, THREAD_RESULT(s0)
    LOAD MESSAGE, s0, s1, a0, a1, a2, a3, a4, a5, a6, a7
    ld ra, THREAD_PC(s0)
    ld sp, THREAD_SP(s0)
    ld tp, THREAD_TLS(s0)
    csrw sepc, ra
    /* What carries no message is somebody else's, or the kernel's. */
    CLEAR s2, gp, t1, t2, t3, t4, t5, t6, s0, s3, s4, s5, s6, s7, s8, s9, s10, s11
    sret

/* The vector registers hold this thread's state: it may use them. */
exit_owner:
    li t1, SSTATUS_FS
    csrs sstatus, t1
    li t1, 1
    la t2, open_entry
    j exit_way

/* They hold somebody else's. */
exit_close:
    li t1, SSTATUS_FS
    csrc sstatus, t1
    li t1, 0
    la t2, syscall_entry
exit_way:
    sb t1, CPU_VECTOR_OPEN(tp)
    lbu t1, CPU_TRACED(tp)
    bnez t1, exit_load
    sd t2, CPU_WAY(tp)
    csrw stvec, t2
    j exit_load

/* All registers were saved: by an interrupt, a fault, or at the start. */
exit_full:
    lbu t1, THREAD_GUEST(s0)
    sh zero, THREAD_FULL(s0)
    bnez t1, guest_resume
    ld t1, THREAD_ROOT(s0)
    LOAD_ROOT
    ld t1, SAVED + FRAME_pc(s0)
    csrw sepc, t1
    ld tp, THREAD_TLS(s0)
    LOAD SAVED, s0, ra, sp, gp, t0, t1, t2, s1, a0, a1, a2, a3, a4, a5, a6, a7, s2, s3, s4, s5, s6
    LOAD SAVED, s0, s7, s8, s9, s10, s11, t3, t4, t5, t6, s0
    sret

/* A native thread that may use its vector registers: unless it stays, somebody has to close them,
 * which the fast path does not do. It stays after a signal, whose bit the receives have too: for
 * such a thread, which is no Endpoint's server, the fast path only polls. */
.balign 4
.global open_entry
open_entry:
    csrr tp, scause
    addi tp, tp, -CAUSE_ECALL_USER
    bnez tp, trap_native
    csrr tp, sscratch
    ld t6, CPU_CURRENT(tp)
    csrr ra, sepc
    addi ra, ra, ECALL_BYTES
    andi t2, t0, OP_SIGNAL
    beqz t2, syscall_slow
    j fast_entry

/* Exceptions and interrupts of native threads, and the kernel's own errors; tp is already lost. */
.balign 4
.global trace_entry
trace_entry:
trap_native:
    csrr tp, sscratch
    sd t6, CPU_SCRATCH(tp)
    csrr t6, sstatus
    andi t6, t6, SSTATUS_SPP
    bnez t6, trap_kernel
    ld t6, CPU_CURRENT(tp)
    STORE SAVED, t6, ra, sp, gp, t0, t1, t2, s0, s1, a0, a1, a2, a3, a4, a5, a6, a7, s2, s3, s4, s5
    STORE SAVED, t6, s6, s7, s8, s9, s10, s11, t3, t4, t5
    ld t1, CPU_SCRATCH(tp)
    csrr t2, sepc
    sd t1, SAVED + FRAME_t6(t6)
    sd t2, SAVED + FRAME_pc(t6)
    li t1, 1
    sb t1, THREAD_FULL(t6)
/* The rest, for guests too. */
trap_guest:
    ld sp, CPU_STACK_TOP(tp)
    csrr a0, scause
    csrr a1, stval
    ld t1, trap_way
    jalr t1
    j exit_to_user

trap_kernel:
    la sp, fatal_stack_top
    j trap_from_kernel

#define REGISTERS_F 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, \
        22, 23, 24, 25, 26, 27, 28, 29, 30, 31
.option push
.option arch, +d
vector_save: /* area */
    .irp n, REGISTERS_F
    fsd f\n, 8 * \n(a0)
    .endr
    frcsr t0
    sd t0, 8 * 32(a0)
    ret

vector_load: /* area */
    .irp n, REGISTERS_F
    fld f\n, 8 * \n(a0)
    .endr
    ld t0, 8 * 32(a0)
    fscsr t0
    ret
.option pop

/* Behind it the linker puts fast_entry (kernel.ld). */
.section .text.syscall_entry, "ax"
.option norelax /* what the linker takes away it would leave a hole for */
.balign 4
.global syscall_entry, syscall_entry_end
syscall_entry:
    csrr tp, scause
    addi tp, tp, -CAUSE_ECALL_USER
    bnez tp, trap_native
    csrr tp, sscratch
    ld t6, CPU_CURRENT(tp)
    csrr ra, sepc
    addi ra, ra, ECALL_BYTES
syscall_entry_end:
.option relax

/* A struct processor: the first one's. */
.section .stack, "aw", @nobits
.balign 4096
    .skip KERNEL_STACK_BYTES
.global cpu_first
cpu_first:
    .skip PROCESSOR_BYTES - KERNEL_STACK_BYTES

.section .bss.fatal_stack, "aw", @nobits
.balign 16
    .skip 1024
fatal_stack_top:
