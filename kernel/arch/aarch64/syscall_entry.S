/*
 * syscall_entry.S - the ways on from `svc`, and back to user level.
 *
 * While user level runs, SP_EL1 is at the running thread. User level expects its
 * stack pointer and TLS base back, and message and result in registers; the rest is lost to it, and
 * the kernel clears what would tell it something. The fast path runs without a stack.
 */
#include "kernel/arch/aarch64/entry.inc"

.section .text.entry, "ax"
.global syscall_slow, syscall_long, syscall_open, syscall_signal
.global fast_exit_faulted, exit_to_user, exit_return, root_flush_shared

/* From a thread that may use the vector registers: unless it stays, somebody has to close them,
 * which the fast path does not do. It stays after a signal, whose bit the receives have too: for
 * such a thread, which is no Endpoint's server, the fast path only polls. */
syscall_open:
    tbnz w8, #OP_SIGNAL_BIT, fast_entry

/* Not the common case. The handle is in x8, tag and words are where user level put them. */
syscall_slow:
    cmp w8, #SYSCALL_ENTER
    b.eq guest_enter_short
syscall_long:
    stp x9, x0, [sp, #THREAD_MESSAGE]
    stp x1, x2, [sp, #THREAD_MESSAGE + 16]
    stp x3, x4, [sp, #THREAD_MESSAGE + 32]
    stp x5, x6, [sp, #THREAD_MESSAGE + 48]
    stp x7, x10, [sp, #THREAD_MESSAGE + 64]
    mrs x20, tpidr_el1
    ldr x11, [x20, #CPU_STACK_TOP]
    mov sp, x11
    mov w0, w8
    bl trap_syscall
    b exit_to_user

/* From the fast path: the fault of x11, the current thread, was answered by the message. */
fast_exit_faulted:
    mrs x20, tpidr_el1
    tst x9, #TAG_COUNT_MASK
    b.eq exit_to_user
    str x0, [x11, #SAVED + FRAME_PC]
    b exit_to_user

/* A signal wakes somebody: x20 = its slot, the kernel lock is held, no message is to be saved. */
syscall_signal:
    mov x0, x20
    mrs x20, tpidr_el1
    ldr x12, [x20, #CPU_STACK_TOP]
    mov sp, x12
    bl trap_signal

/* Continue the current thread of the processor, x20, at user level. What was written to page tables
 * is there for their walks from here on (Arm ARM D8.2.6: stores, then the return, synchronize
 * nothing by themselves). */
exit_to_user:
    dsb ishst
    ldr x21, [x20, #CPU_CURRENT]
    ldr x10, [x20, #CPU_VECTOR_OWNER]
    ldrb w11, [x20, #CPU_VECTOR_OPEN]
    cmp x10, x21
    b.eq exit_owner
    cbnz w11, exit_close
exit_load:
    mov sp, x21
    ldrh w11, [sp, #THREAD_FULL] /* and whether it is in its guest */
    cbnz w11, exit_full
    ldp x11, x15, [x21, #THREAD_ROOT] /* and the TLS base */
    LOAD_ROOT x11
    ldr x8, [x21, #THREAD_RESULT]
    ldp x9, x0, [x21, #THREAD_MESSAGE]
    ldp x1, x2, [x21, #THREAD_MESSAGE + 16]
    ldp x3, x4, [x21, #THREAD_MESSAGE + 32]
    ldp x5, x6, [x21, #THREAD_MESSAGE + 48]
    ldr x7, [x21, #THREAD_MESSAGE + 64]
/* x15 is the thread's TLS base. It and what the thread knows besides, pc and sp, may stay. */
exit_return:
    ldp x13, x14, [sp, #THREAD_PC]
    msr elr_el1, x13
    msr sp_el0, x14
    msr tpidr_el0, x15
    msr spsr_el1, xzr
    CLEAR "10, 11", "12, 16", "17, 18", "19, 20", "21, 22", "23, 24", "25, 26", "27, 28", "29, 30"
    LEAVE

/* The vector registers hold this thread's state: it may use them. */
exit_owner:
    cbnz w11, exit_load
    mov w11, #1
    mov x12, #VECTORS_OPEN
    adr x13, vectors_open
    b 1f

/* They hold somebody else's. */
exit_close:
    mov w11, #0
    mov x12, xzr
    adr x13, vectors_plain
1:  strb w11, [x20, #CPU_VECTOR_OPEN]
    str x13, [x20, #CPU_VECTORS]
    msr cpacr_el1, x12
    msr vbar_el1, x13
    b exit_load

/* All registers were saved: by an interrupt, a fault, or at the start. */
exit_full:
    strh wzr, [sp, #THREAD_FULL]
    tbnz w11, #8, exit_guest
    ldr x11, [x21, #THREAD_ROOT]
    LOAD_ROOT x11
    ldr x12, [sp, #THREAD_TLS]
exit_saved:
    msr tpidr_el0, x12
    ldp x10, x11, [sp, #SAVED + FRAME_SP]
    ldr x12, [sp, #SAVED + FRAME_PSTATE]
    msr sp_el0, x10
    msr elr_el1, x11
    msr spsr_el1, x12
    PAIRS ldp, sp, SAVED, "0, 1", "2, 3", "4, 5", "6, 7", "8, 9", "10, 11", "12, 13", "14, 15", \
          "16, 17", "18, 19", "20, 21", "22, 23", "24, 25", "26, 27", "28, 29"
    ldr x30, [sp, #SAVED + 240]
    LEAVE

/* Interrupted in its guest: back into it. */
exit_guest:
    ldr x11, [x21, #THREAD_GUEST_ROOT]
    LOAD_ROOT x11
    adr x12, vectors_guest
    msr vbar_el1, x12
    ldr x12, [sp, #SAVED + FRAME_TPIDR]
    b exit_saved

/* x12 is the TTBR0_EL1 of a root that shares its address-space identifier, 0, with others: what is
 * cached of those must go. In that order, so that nothing new is cached of the one before. */
root_flush_shared:
    msr ttbr0_el1, x12
    isb
    tlbi aside1, xzr
    dsb nsh /* the invalidation is complete for this processor */
    isb
    ret
