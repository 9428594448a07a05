/*
 * join_entry.S - from the firmware to the kernel: a processor that another one started
 * (boot/join.h).
 *
 * As at boot_entry: supervisor mode, interrupts off, no address translation; a0 = number of this
 * hart (SBI specification 1.0, 9.1).
 */
#include "boot/join.h"

.text
.global join_begin
join_begin:
    csrw sie, zero
    la t0, stopped
    csrw stvec, t0
    la t0, join_expected
    li t1, -1 /* JOIN_NOBODY */
1:  lr.d.aqrl t2, (t0)
    bne t2, a0, boot_stop /* too late */
    sc.d.rl t2, t1, (t0)
    bnez t2, 1b
    la t0, join_index
    lw s0, 0(t0)
    la sp, join_stack_top
    call processor_init
    fence rw, w
    la t0, join_arrived
    sw s0, 0(t0)
    la t0, join_handover
2:  .4byte 0x0100000f /* pause */
    ld a1, 0(t0)
    beqz a1, 2b
    fence r, rw
    la t0, join_entry
    ld a0, 0(t0)
    mv a2, s0
    la t0, join_satp
    ld a3, 0(t0)
    j kernel_enter

.section .bss
.balign 16
    .skip JOIN_STACK_BYTES
.global join_stack_top
join_stack_top:

.section .note.GNU-stack, "", @progbits
