/*
 * trap_entry.S - the vector tables (Arm ARM D1.3.1): system calls, exceptions, interrupts.
 *
 * There are three tables, and which of them is in VBAR_EL1 says what user level is: `plain`, a
 * native thread; `open`, one that may use the vector registers; `guest`, a guest. From user level
 * all registers but those of a system call go to the thread, at which SP_EL1 is. In the
 * kernel, interrupts are never let in (interrupt.c), and an exception of the kernel itself is a
 * bug: last words, on a stack of their own.
 */
#include "kernel/arch/aarch64/entry.inc"

.section .text.vectors, "ax"
.global vectors_plain, vectors_open, vectors_guest

.macro FATAL_ENTRIES count
    .rept \count
    .balign 128
    b trap_from_kernel
    .endr
.endm

/* The two registers that are needed to find out more go to their places at once. */
.macro SYNCHRONOUS_ENTRY table, syscall
    .balign 128
    stp x10, x11, [sp, #SAVED + 80]
    mrs x11, esr_el1
    lsr x11, x11, #CLASS_SHIFT
    cmp x11, #CLASS_SYSCALL
    b.eq \syscall
    b trap_\table
.endm

.macro SAVE_CALLER
    mrs x11, sp_el0
    mrs x12, elr_el1
    stp x12, x11, [sp, #THREAD_PC]
.endm

/* Interrupts, fast ones too, and errors that come late. */
.macro OTHER_ENTRIES table
    .rept 2
    .balign 128
    stp x10, x11, [sp, #SAVED + 80]
    mov x11, xzr
    b trap_\table
    .endr
    FATAL_ENTRIES 5
.endm

.balign 2048
vectors_plain:
    FATAL_ENTRIES 8
    SYNCHRONOUS_ENTRY native, syscall_entry
    OTHER_ENTRIES native

.balign 2048
vectors_open:
    FATAL_ENTRIES 8
    SYNCHRONOUS_ENTRY native, syscall_open_entry
    OTHER_ENTRIES native

.balign 2048
vectors_guest:
    FATAL_ENTRIES 8
    SYNCHRONOUS_ENTRY guest, guest_syscall
    OTHER_ENTRIES guest

/* Behind it the linker puts fast_entry (kernel.ld). */
.section .text.syscall_entry, "ax"
.global syscall_entry_end
syscall_entry:
    SAVE_CALLER
syscall_entry_end:

.section .text.entry, "ax"

syscall_open_entry:
    SAVE_CALLER
    b syscall_open

/* All registers of user level but x10 and x11, which are there already. Leaves x19 = the thread,
 * x20 = the processor, x21 = x11: the class of the exception, 0 for an interrupt. */
.macro SAVE_ALL
    PAIRS stp, sp, SAVED, "0, 1", "2, 3", "4, 5", "6, 7", "8, 9", "12, 13", "14, 15", "16, 17", \
          "18, 19", "20, 21", "22, 23", "24, 25", "26, 27", "28, 29"
    mov x21, x11
    mrs x10, sp_el0
    mrs x11, elr_el1
    mrs x12, spsr_el1
    str x30, [sp, #SAVED + 240]
    stp x10, x11, [sp, #SAVED + FRAME_SP]
    str x12, [sp, #SAVED + FRAME_PSTATE]
    mov x19, sp
    mrs x20, tpidr_el1
    ldr x10, [x20, #CPU_STACK_TOP]
    mov sp, x10
.endm

trap_native:
    SAVE_ALL
    mov w10, #1 /* full, not in its guest */
trap_on:
    strh w10, [x19, #THREAD_FULL]
    mov x0, x21
    bl trap_from_user
    b exit_to_user

trap_guest:
    SAVE_ALL
    mrs x10, tpidr_el0
    str x10, [x19, #SAVED + FRAME_TPIDR]
    ldr x10, [x20, #CPU_VECTORS]
    msr vbar_el1, x10
    mov w10, #0x101 /* full, in its guest */
    b trap_on

/* Whatever the stack pointer was, it is not to be trusted. Builds what trap.c prints. */
trap_from_kernel:
    msr tpidr_el0, x0
    adrp x0, last_frame
    add x0, x0, #:lo12:last_frame
    PAIRS stp, x0, 0, "2, 3", "4, 5", "6, 7", "8, 9", "10, 11", "12, 13", "14, 15", "16, 17", \
          "18, 19", "20, 21", "22, 23", "24, 25", "26, 27", "28, 29"
    mov x2, sp
    stp x30, x2, [x0, #240]
    mrs x2, tpidr_el0
    stp x2, x1, [x0]
    mrs x2, elr_el1
    mrs x3, spsr_el1
    stp x2, x3, [x0, #256]
    mrs x2, esr_el1
    mrs x3, far_el1
    stp x2, x3, [x0, #272]
    adrp x2, last_stack_top
    add x2, x2, #:lo12:last_stack_top
    mov sp, x2
    b trap_last_words

.section .bss.last, "aw", @nobits
.balign 16
last_frame:
    .skip 36 * 8
    .skip 1024
last_stack_top:
