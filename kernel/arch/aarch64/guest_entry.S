/*
 * guest_entry.S - `enter` and a guest's system call, without lock, without stack, without C.
 *
 * Whatever is unusual goes the long way (kernel/guest.c, trap.c): a kick, no guest, a pc that is
 * not user level's, a root that shares its address-space identifier. Each field of the frame is
 * read once. The core takes a thread out of its guest before guest Space or frame go away, so both
 * are there when the guest comes back.
 */
#include "kernel/arch/aarch64/entry.inc"

#define ADDRESS_BITS 47

.section .text.entry, "ax"
.global guest_enter_short, guest_syscall

/* From syscall_slow: the thread's pc and sp are saved, the handle is in x8. */
guest_enter_short:
    ldr w12, [sp, #THREAD_SLOW_WORD]
    ldr x13, [sp, #THREAD_GUEST_ROOT]
    tbnz w12, #SLOW_KICKED_BIT, syscall_long
    ldr x14, [sp, #THREAD_FRAME]
    cbz x14, syscall_long
    tbz x13, #ROOT_ASID_BIT, syscall_long
    ldp x12, x18, [x14, #FRAME_SP]
    lsr x15, x18, #ADDRESS_BITS
    cbnz x15, syscall_long
    msr ttbr0_el1, x13
    ldp x15, x16, [x14, #FRAME_PSTATE]
    and x15, x15, #GUEST_FLAGS_USER
    adr x17, vectors_guest
    msr sp_el0, x12
    msr elr_el1, x18
    msr spsr_el1, x15
    msr tpidr_el0, x16
    msr vbar_el1, x17
    PAIRS ldp, x14, 0, "0, 1", "2, 3", "4, 5", "6, 7", "8, 9", "10, 11", "12, 13", "16, 17", \
          "18, 19", "20, 21", "22, 23", "24, 25", "26, 27", "28, 29"
    ldr x30, [x14, #240]
    PAIR ldp, x14, 0, 14, 15
    LEAVE

/* From the entry: all registers are the guest's, but x11, and x10 and x11 are saved. The server's
 * thread returns from `enter`. */
guest_syscall:
    ldr x11, [sp, #THREAD_FRAME]
    PAIRS stp, x11, 0, "0, 1", "2, 3", "4, 5", "6, 7", "8, 9", "12, 13", "14, 15", "16, 17", \
          "18, 19", "20, 21", "22, 23", "24, 25", "26, 27", "28, 29"
    ldp x0, x1, [sp, #SAVED + 80] /* x10 and x11 as they were */
    str x30, [x11, #240]
    stp x0, x1, [x11, #80]
    mrs x0, sp_el0
    mrs x1, elr_el1
    mrs x2, spsr_el1
    mrs x3, tpidr_el0
    stp x0, x1, [x11, #FRAME_SP]
    stp x2, x3, [x11, #FRAME_PSTATE]
    ldp x11, x15, [sp, #THREAD_ROOT] /* and the TLS base */
    LOAD_ROOT x11
    mrs x12, tpidr_el1
    ldr x12, [x12, #CPU_VECTORS]
    mov w9, #EXIT_TAG_SYSCALL
    msr vbar_el1, x12
    mov x8, xzr
    CLEAR "0, 1", "2, 3", "4, 5", "6, 7"
    b exit_return
