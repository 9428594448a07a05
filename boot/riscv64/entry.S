/*
 * entry.S - from the firmware to boot_main, and from there to the kernel.
 *
 * The firmware enters in supervisor mode with interrupts off and without address translation: a0 =
 * number of this hart, a1 = physical address of the device tree (SBI specification 1.0, 3).
 *
 * OpenSBI 1.1 marks a hart as startable before it writes where that hart is to begin. One that is
 * slow to come up may read the mark in between, and then begins here, with what it had by default.
 */
#define STACK_BYTES 16384

.section .text.start, "ax"
.global boot_entry
boot_entry:
    csrw sie, zero
    la t0, stopped
    csrw stvec, t0
    la t0, has_begun
    li t1, 1
    amoswap.w t1, t1, (t0)
    bnez t1, join_begin /* another hart prepares the machine, and has asked for this one */
    la sp, stack_top
    call boot_main

.text
.global boot_stop
boot_stop:
    wfi
    j boot_stop

.balign 4
.global stopped
stopped: /* an exception of the boot stage itself */
    wfi
    j stopped

/* The kernel's tables do not map what runs here: the instruction behind the one that loads them
 * faults, and that leads to the kernel's entry. */
.balign 4
.global kernel_enter
kernel_enter: /* entry, handover, index, satp */
    csrw stvec, a0
    mv a0, a1
    mv a1, a2
    fence.i    /* init's code was written as data */
    sfence.vma /* the tables are written before they are used */
    csrw satp, a3
    sfence.vma /* and nothing of before is used after */
    unimp

.section .bss
.balign 16
    .skip STACK_BYTES
stack_top:
has_begun:
    .skip 4

.section .note.GNU-stack, "", @progbits
